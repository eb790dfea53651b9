"""The page of a replay: a single HTML file that refers to no other file."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from anomaly_container.cli.streams.texts import change, clock, reasons
from anomaly_container.services.streams.chart import svg
from anomaly_container.services.streams.report_page import STYLE, section, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.cli.streams.episode_counts import Row
    from anomaly_container.cli.streams.findings import Findings

HEAD: Final = ("episode", "flagged", "main reasons")
MOST_OUTLIERS: Final = 500


def page(findings: Findings, title: str, rows: Sequence[Row]) -> str:
    """Return the page.

    Parameters
    ----------
    findings
        The findings of the replay.
    title
        The title.
    rows
        The flagged events of each episode; empty if there are no episodes.
    """
    counted = findings.counted
    summary = f"{counted['anomalies']:,} of {counted['results']:,} events are outliers."
    highest = sorted(findings.outliers, key=lambda one: (-one.score, one.id))[:MOST_OUTLIERS]
    shown = sorted(highest, key=lambda one: (one.time, one.id))
    outliers = [(clock(one.time), one.id, one.score, one.threshold, reasons(one)) for one in shown]
    head = f"Outliers, the {len(shown):,} highest" if len(shown) < counted["anomalies"] else "Outliers"
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><h1>{escape(title)}</h1>",
        f"<p>{summary}</p><figure>{svg(findings.series(title))}</figure>",
        section("Episodes", table(HEAD, rows) if rows else ""),
        section("Alarms", _list([change(one) for one in findings.changes])),
        section(head, table(("time", "event", "score", "threshold", "reasons"), outliers)),
        "</body></html>\n",
    ]
    return "".join(parts)


def _list(lines: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>" if lines else ""
