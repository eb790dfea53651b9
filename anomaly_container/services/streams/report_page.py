"""The report of an hour as a page: a single HTML file that refers to no other file."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Any, Final

from anomaly_container.services.streams.chart import Series, svg
from anomaly_container.services.streams.report import hour_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from anomaly_container.services.streams.report import HourReport

STYLE: Final = """
:root{color-scheme:light dark;--text:#17212b;--muted:#52606d;--line:#d6dde4;--page:#f4f6f8;--surface:#fff}
@media(prefers-color-scheme:dark){:root{--text:#e6edf3;--muted:#a3b1bf;--line:#34414e;--page:#0f151b;
--surface:#18212a}}
body{margin:0 auto;max-width:70rem;padding:1.2rem;background:var(--page);color:var(--text);
font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.3rem}
h2{font-size:1.05rem;margin:0 0 .4rem}
section,figure{background:var(--surface);border:1px solid var(--line);border-radius:8px;
padding:.8rem 1rem;margin:1rem 0}
table{border-collapse:collapse}
th,td{text-align:left;padding:.2rem .9rem .2rem 0;border-bottom:1px solid var(--line);
overflow-wrap:anywhere}
th.number,td.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
th{color:var(--muted);font-weight:500}
svg{width:100%;height:auto}
"""
COMPARISONS: Final = (
    ("events", "Events"),
    ("anomalies", "Anomalies"),
    ("rate", "Rate"),
    ("p95", "Response p95, ms"),
)
DISTRIBUTION: Final = ("mean", "p50", "p90", "p95", "p99", "max")
ABSENT: Final = "-"
NUMBER: Final = ' class="number"'
HEADS: Final = {"meanShare": "mean share"}
LEGEND: Final = "Response time (blue), score (orange), threshold (dashed), anomalies (dots)"


def html(report: HourReport) -> str:
    """Return the report as a page of its own; it needs no script and makes no requests.

    Parameters
    ----------
    report
        The report.
    """
    title = f"{report.stream}: {hour_text(report.hour)[:16].replace('T', ' ')} UTC"
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><h1>{escape(title)}</h1>",
        f"<figure>{svg(replace(Series.of(report), title=LEGEND))}</figure>",
        section("Compared", _compared(report)),
        section("Distribution", _distribution(report)),
        section("Reasons", _counted(report.features, ("feature", "anomalies", "meanShare"))),
        section("Levels", _counted(report.levels, ("value", "events", "anomalies"))),
        section("Methods", _counted(report.methods, ("value", "events", "anomalies"))),
        section("Paths", _counted(report.paths, ("value", "events", "anomalies"))),
        section("Worst events", _worst(report.worst)),
        section("Alarms", _counted(report.alarm_changes, ("time", "alarm", "before", "after", "count"))),
        section("Besides", _besides(report)),
        "</body></html>\n",
    ]
    return "".join(parts)


def section(title: str, content: str) -> str:
    """Return a part of a page with a heading; nothing without content.

    Parameters
    ----------
    title, content
        HTML.
    """
    return f"<section><h2>{title}</h2>{content}</section>" if content else ""


def _compared(report: HourReport) -> str:
    now = report.figures
    rows = [
        [
            label,
            getattr(now, name),
            *(_then(compared, name) for compared in (report.hour_before, report.week_before)),
        ]
        for name, label in COMPARISONS
    ]
    return table(("", "This hour", "The hour before", "A week before"), rows)


def _then(compared: Mapping[str, Any] | None, name: str) -> str:
    if compared is None or compared[name]["then"] is None:
        return ABSENT
    percent = compared[name]["percent"]
    change = "" if percent is None else f" ({percent:+.1f} %)"
    return f"{_shown(compared[name]['then'])}{change}"


def _distribution(report: HourReport) -> str:
    rows = [
        [label, *(values[name] for name in DISTRIBUTION)]
        for label, values in (("Score", report.score), ("Response time, ms", report.response_time))
    ]
    return table(("", *DISTRIBUTION), rows)


def _counted(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str:
    if not rows:
        return ""
    heads = [HEADS.get(name, name) for name in names]
    return table(heads, [[row[name] if row[name] != "" else "(absent)" for name in names] for row in rows])


def _worst(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return ""
    cells = [
        [
            row["id"],
            row["time"],
            row["score"],
            row["responseTime"],
            ", ".join(f"{one['feature']} {one['direction']} ({one['share']:.0%})" for one in row["reasons"]),
        ]
        for row in rows
    ]
    return table(("event", "time", "score", "response time, ms", "reasons"), cells)


def _besides(report: HourReport) -> str:
    rows: list[list[Any]] = [["parked", reason, count] for reason, count in report.parked.items()]
    rows += [["filled", feature, count] for feature, count in report.filled.items()]
    if report.late_from_before:
        rows.append(["late", "of hours before", report.late_from_before])
    if report.future:
        rows.append(["future", "ahead of the clock", report.future])
    return table(("what", "which", "how many"), rows) if rows else ""


def table(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table as HTML; columns of numbers are aligned right.

    Parameters
    ----------
    names
        The heads of the columns.
    rows
        Texts, numbers or None.
    """
    rows = list(rows)
    numeric = [any(isinstance(row[place], int | float) for row in rows) for place in range(len(names))]
    head = "".join(
        f"<th{NUMBER if right else ''}>{escape(name)}</th>"
        for name, right in zip(names, numeric, strict=True)
    )
    body = "".join(f"<tr>{''.join(map(_cell, row, numeric))}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: Any, right: bool) -> str:  # noqa: ANN401  # text, number or None; as its column
    return f"<td{NUMBER if right else ''}>{escape(_shown(value))}</td>"


def _shown(value: Any) -> str:  # noqa: ANN401  # text, number or None
    if value is None:
        return ABSENT
    return f"{value:.4g}" if isinstance(value, float) else str(value)
