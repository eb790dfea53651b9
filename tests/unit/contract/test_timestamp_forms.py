"""Timestamps that need not be ISO 8601; the first test can be checked by hand."""

from __future__ import annotations

import re
import warnings
from datetime import UTC, date, datetime, timedelta
from itertools import chain, pairwise
from pathlib import Path

import numpy as np
import pandas as pd  # type: ignore[import-untyped] # no stubs: an oracle of the tests alone
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_container.contract.date_forms import MONTHS, WEEKDAYS
from anomaly_container.contract.errors import ContractError
from anomaly_container.contract.timestamp_forms import DateOrder, possible_orders, read_form, read_forms
from anomaly_container.contract.timestamps import to_nanoseconds

DOCUMENTED = Path(__file__).resolve().parents[3] / "docs" / "errors.md"
MALFORMED = "'timestamp' or 'value' is malformed in 'series' Field."
ADVICE = "send ISO 8601, or month/day/year with a year of four digits."
JANUARY_31 = 1_738_281_600 * 10**9
"""2025-01-31T00:00:00Z."""
HOUR = 3600 * 10**9


def test_what_power_bi_sends() -> None:
    texts = ["1/31/2025 12:00:00 AM", "1/31/2025 12:00:00 PM", "2/1/2025 12:00:00 AM"]
    assert to_nanoseconds(texts).tolist() == [
        1_738_281_600_000_000_000,  # 2025-01-31T00:00:00Z
        1_738_324_800_000_000_000,  # 2025-01-31T12:00:00Z
        1_738_368_000_000_000_000,  # 2025-02-01T00:00:00Z
    ]


def pandas_reads(text: str, *, day_first: bool = False) -> int | None:
    """Return what pandas makes of one timestamp, None if it refuses or finds no time.

    Without `mixed` it guesses a layout, and takes the minute of `1 JAN 2000 00:01` for a month.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            moment = pd.to_datetime(text, utc=True, dayfirst=day_first, format="mixed").as_unit("ns")
    except (ValueError, OverflowError, AttributeError):
        return None
    return int(moment.value)


def refusal(*texts: object, order: DateOrder = DateOrder.MONTH_FIRST) -> str:
    with pytest.raises(ContractError) as caught:
        read_forms(texts, order)
    assert (caught.value.code, caught.value.status) == ("BadArgument", 400)
    return caught.value.message


def unclear(trouble: str) -> str:
    return f"{MALFORMED} A 'timestamp' {trouble}; {ADVICE}"


@pytest.mark.parametrize(
    "text",
    [
        "1/31/2025",
        "01/31/2025",
        "1/31/2025 0:00",
        "1/31/2025 00:00:00",
        "1/31/2025 12:00 AM",
        "1/31/2025 12 AM",
        "1/31/2025 12:00:00AM",
        "1/31/2025 12:00:00 am",
        "1/31/2025 12:00:00 a.m.",
        "1/31/2025 0:00 AM",
        "1/31/2025, 12:00:00 AM",
        "1/31/2025, 12:00:00\u202fAM",
        "1/31/2025  12:00:00  AM",
        "1/31/2025 12:00:00.000 AM",
        "1/31/2025 12:00:00 AM +00:00",
        "1/31/2025 00:00:00Z",
        "1/31/2025 00:00:00 GMT",
        "1/31/2025 00:00:00 UTC",
        "1/31/2025T00:00:00Z",
        "1/31/2025 5:30 AM +05:30",
        "1/30/2025 4:00:00 PM -08:00",
        "1/30/2025 19:00:00 -5",
        "1-31-2025",
        "01-31-2025 00:00",
        "Fri 1/31/2025",
        "Fri, 31 Jan 2025 00:00:00 GMT",
        "Fri, 31 Jan 2025 00:00:00 +0000",
        "Fri, 31 Jan 2025 02:00:00 +0200",
        "Friday, 31 January 2025",
        "Friday, January 31, 2025 12:00:00 AM",
        "Fri Jan 31 00:00:00 2025",
        "Fri Jan 31 00:00:00 UTC 2025",
        "Fri Jan 31 2025",
        "31-Jan-2025",
        "31-JAN-2025 00:00:00",
        "31JAN2025",
        "31/Jan/2025",
        "31. January 2025",
        "31 Jan 2025 12:00 AM",
        "31st January 2025",
        "Jan 31, 2025",
        "Jan. 31, 2025",
        "Jan-31-2025",
        "January 31st, 2025, 12:00 AM",
        "2025-Jan-31",
        "2025 Jan 31 00:00",
        "2025-01-31 12:00 AM",
        "2025-01-31 12:00:00 AM",
        "2025/1/31 12 AM",
        "20250131 12:00 AM",
        "20250131000000",
        "202501310000",
        "2025-01-31, 00:00",
        # ISO 8601 is one of the forms.
        "2025-01-31T00:00:00Z",
        "20250131T000000Z",
        "2025-01-31T00",
        "2025-01-31 00:00:00 GMT",
        "  2025-01-31  ",
    ],
)
def test_every_form_of_one_moment(text: str) -> None:
    assert read_form(text) == JANUARY_31
    assert to_nanoseconds([text]).tolist() == [JANUARY_31]
    assert pandas_reads(text) == JANUARY_31


@pytest.mark.parametrize("text", ["Jan 2025", "Jan-2025", "January 2025", "1/2025", "01-2025", "2025-01"])
def test_a_month_is_its_first_day(text: str) -> None:
    assert read_form(text) == pandas_reads(text) == JANUARY_31 - 30 * 24 * HOUR


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("31/1/2025", "is in the form day/month/year"),
        ("13/02/2020", "is in the form day/month/year"),
        ("31/01/2025 12:00 AM", "is in the form day/month/year"),
        ("31-1-2025", "is in the form day-month-year"),
        ("31.1.2025", "is in the form day.month.year"),
        ("1.2.2025", "is in the form day.month.year"),
        ("31.01.2025 10:00", "is in the form day.month.year"),
        ("1.31.2025", "is in the form month.day.year"),
        ("1/31/25", "has a year of two digits"),
        ("31/1/25", "has a year of two digits"),
        ("20-01-01", "has a year of two digits"),
        ("25-01-31", "has a year of two digits"),
        ("31-Jan-25", "has a year of two digits"),
        ("Friday, 31-Jan-25 00:00:00 GMT", "has a year of two digits"),
        ("Thu, 31 Jan 2025 00:00:00 GMT", "has a weekday that is not that of its date"),
        ("Fri 2/1/2025", "has a weekday that is not that of its date"),
        ("2025-01-31T00:00:00 GMT+1", "has an offset after the name of a zone"),
        ("Fri Jan 31 2025 00:00:00 GMT+0100", "has an offset after the name of a zone"),
        (
            "Fri Jan 31 2025 01:00:00 GMT+0100 (Central European Standard Time)",
            "has an offset after the name of a zone",
        ),
        ("1/31/2025 10:00 AM UTC-5", "has an offset after the name of a zone"),
    ],
)
def test_what_pandas_reads_by_luck_is_refused_by_name(text: str, trouble: str) -> None:
    assert refusal(text) == unclear(trouble)
    with pytest.raises(ContractError, match=re.escape(trouble)):
        to_nanoseconds([text])


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "today", "now", "x", "10:00", "10:00 1/31/2025", "1/31", "Jan 31", "31 Jan", "Q1 2025"),
        *("13/13/2025", "0/1/2025", "1/0/2025", "2/29/2025", "2/30/2024", "32 Jan 2025", "Feb 30, 2025"),
        *("1/31/2025 5", "1/31/2025 24:00", "1/31/2025 12:60", "1/31/2025 12:00:60", "1/31/2025 :00"),
        *("1/31/2025 13:00 PM", "1/31/2025 13:00 AM", "1/31/2025 0 PM", "1/31/2025 0:30 PM", "1/31/2025 PM"),
        *(
            "1/31/2025 10:00 EST",
            "1/31/2025 10:00 utc",
            "1/31/2025 10:00 Zulu",
            "1/31/2025 10:00 Europe/Paris",
        ),
        *("1/31/2025 10:00 +", "1/31/2025 10:00 +080", "1/31/2025 10:00 +24:00", "1/31/2025 10:00 +01:60"),
        *("1/31/2025 +01:00", "Jan 31, 2025 GMT", "1/31/2025Z", "1/31-2025", "1//31//2025", "1 31 2025"),
        *("1/31/20255", "1/31/0001", "1/31/1600", "1/31/2300", "1/31/2025 10:00:00.1234567 AM"),
        *("Enero 31, 2025", "Mai 2025", "31 Jän 2025", "Frb 1 2025", "Freitag, 31 Jan 2025", "Mon/31/2025"),
        *("2025Q1", "2025-W05-5", "2025-031", "2025-31-01", "1738281600", "\ufeff1/31/2025", "1/31/2025\0"),
        *("１/31/2025", "1/31/2025 10:00:00−05:00", "Fri, 31 ſan 2025"),  # noqa: RUF001 # look-alikes
        "1/31/2025" + " " * 10 + "x" * 87,
    ],
)
def test_what_is_no_timestamp(text: str) -> None:
    assert refusal(text) == MALFORMED
    assert refusal("1/30/2025", text).startswith(MALFORMED)


def test_how_much_white_space_there_is_does_not_matter() -> None:
    assert read_form(" " * 5000 + "1/31/2025" + "\t" * 5000 + "12:00 AM\r\n") == JANUARY_31


@pytest.mark.parametrize("stamp", [None, 1_577_836_800, 1.5, True, [], {}, b"1/31/2025"])
def test_only_texts_are_timestamps(stamp: object) -> None:
    assert refusal(stamp) == refusal("1/31/2025", stamp) == MALFORMED
    for stamps in ([stamp], ["1/31/2025", stamp], [stamp, "1/31/2025"]):
        with pytest.raises(ContractError):
            to_nanoseconds(stamps)


@pytest.mark.parametrize(
    ("texts", "trouble"),
    [
        (
            ("2025-01-30", "1/31/2025"),
            "is in the form ISO 8601, another in the form month/day/year",
        ),
        (
            ("1/30/2025", "2025-01-31"),
            "is in the form month/day/year, another in the form ISO 8601",
        ),
        (
            ("1/30/2025", "1-31-2025"),
            "is in the form month/day/year, another in the form month-day-year",
        ),
        (
            ("30 Jan 2025", "Jan 31, 2025"),
            "is in the form day month-name year, another in the form month-name day year",
        ),
        (("1/12/2025", "13/1/2025"), "is in the form day/month/year"),
        (("12/1/2025", "13/1/2025"), "is in the form day/month/year"),
        (("Wed 1/1/2025", "Thu 2/13/2025", "Mon 13/1/2025"), "is in the form day/month/year"),
        (("01-12-2025", "31-12-2025"), "is in the form day-month-year"),
        (("1/12/2025", "1/13/25"), "has a year of two digits"),
        (("2025-01-30", "31.1.2025"), "is in the form day.month.year"),
        (("1/30/2025 1:00 PM", "1/30/2025 2:00"), "has AM or PM, another has neither"),
        (("1/30/2025 1:00", "1/30/2025 2:00 PM"), "has AM or PM, another has neither"),
        (
            ("2025-01-30 1:00 PM", "2025-01-30 14:00"),
            "has AM or PM, another has neither",
        ),
    ],
)
def test_forms_that_contradict_each_other(texts: tuple[str, ...], trouble: str) -> None:
    assert refusal(*texts) == unclear(trouble)
    for stamps in (texts, texts[:1] * 3000 + texts[1:]):
        with pytest.raises(ContractError) as caught:
            to_nanoseconds(stamps)
        assert caught.value.message == unclear(trouble)


def test_a_date_alone_may_stand_beside_one_with_a_time() -> None:
    texts = ["1/31/2025", "1/31/2025 1:00:00 AM", "1/31/2025 1:00:00.5 PM"]
    assert read_forms(texts).tolist() == [JANUARY_31, JANUARY_31 + HOUR, JANUARY_31 + 13 * HOUR + 5 * 10**8]
    texts = ["1/31/2025", "1/31/2025 1:00", "1/31/2025 02:00:00 +01:00"]
    assert read_forms(texts).tolist() == [JANUARY_31, JANUARY_31 + HOUR, JANUARY_31 + HOUR]


DAY_FIRST = DateOrder.DAY_FIRST


@pytest.mark.parametrize("separator", "/-.")
def test_the_day_first_when_it_is_asked_for(separator: str) -> None:
    for text in ("31{}1{}2025", "31{}01{}2025 00:00", "Fri 31{}1{}2025 12:00 AM"):
        assert read_form(text.format(separator, separator), DAY_FIRST) == JANUARY_31
    ambiguous = f"2{separator}1{separator}2025"
    assert read_form(ambiguous, DAY_FIRST) == pandas_reads(ambiguous, day_first=True)
    assert read_form(ambiguous, DAY_FIRST) == JANUARY_31 - 29 * 24 * HOUR
    form = f"month{separator}day{separator}year"
    assert refusal(f"1{separator}31{separator}2025", order=DAY_FIRST) == unclear(f"is in the form {form}")


@pytest.mark.parametrize(
    ("texts", "orders"),
    [
        (["1/2/2025", "2/2/2025"], tuple(DateOrder)),
        (["1/2/2025", "13/2/2025"], (DAY_FIRST,)),
        (["1/2/2025", "2/13/2025"], (DateOrder.MONTH_FIRST,)),
        (["13/2/2025", "2/13/2025"], ()),
        (["1.2.2025"], (DAY_FIRST,)),
        (["1 Feb 2025"], tuple(DateOrder)),
        (["2025-02-01"], tuple(DateOrder)),
        (["1/2/25"], ()),
        (["x"], ()),
    ],
)
def test_which_orders_are_possible(texts: list[str], orders: tuple[DateOrder, ...]) -> None:
    assert possible_orders(texts) == orders


def test_as_many_layouts_as_one_form_has() -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC)
    moments = [start + timedelta(hours=hour) for hour in range(366 * 24)]
    texts = [
        f"{moment:%A}, {moment:%B} {moment.day}, {moment:%Y} {(moment.hour + 11) % 12 + 1}:{moment:%M %p}"
        for moment in moments
    ]
    layouts = {re.sub("[0-9]", "0", text) for text in texts}
    assert len(layouts) > 600
    assert read_forms(texts).tolist() == [int(moment.timestamp()) * 10**9 for moment in moments]


def test_more_layouts_than_one_form_has_are_refused() -> None:
    texts = [
        f"{a}{b}{c}, {day} {d}{e}{f} 2025 {hour}:00:00{fraction} {half}{m}"
        for a, b, c in ("tue", "TUE", "Tue", "tuE")
        for d, e, f in ("apr", "APR", "Apr", "aPr")
        for day in (1, 15)
        for hour in (1, 11)
        for fraction in ("", ".0", ".00", ".000", ".0000", ".00000", ".000000")
        for half, m in ("am", "AM", "aM", "Am", "pm", "PM", "pM", "Pm")
    ]
    assert len(texts) > 1024
    assert refusal(*texts) == unclear("is in another layout than 1024 others")
    assert read_forms(texts[:1000]).size == 1000


def test_every_example_of_the_documentation_is_read() -> None:
    section = (
        DOCUMENTED.read_text(encoding="utf-8").partition("### Forms of timestamps")[2].partition("\n## ")[0]
    )
    table = section.partition("| read | examples |")[2].partition("\n\n")[0]
    rows = [line.split("|")[2] for line in table.splitlines()[2:]]
    *dates, endings = [re.findall("`(.+?)`", row) for row in rows]
    assert sum(map(len, dates)) > 15
    for text in chain.from_iterable(dates):
        assert read_form(text) == pandas_reads(text), text
    for ending in endings:
        assert read_form(f"3/1/2026 1:00:00 {ending}") == pandas_reads(f"3/1/2026 1:00:00 {ending}"), ending
    assert len(endings) == 8


MOMENTS = st.datetimes(datetime(1700, 1, 1), datetime(2261, 12, 31))  # noqa: DTZ001 # the zone is drawn apart
MONTH_NAMES = [date(2025, month, 1).strftime("%B") for month in range(1, 13)]


@st.composite
def forms(draw: st.DrawFn) -> str:
    """One text in a form other than ISO 8601, every optional part drawn."""
    moment = draw(MOMENTS)
    name = draw(st.sampled_from(["%B", "%b"]))
    name = draw(st.sampled_from([str.upper, str.lower, str.title]))(moment.strftime(name))
    padded = draw(st.booleans())
    month, day = (f"{number:02}" if padded else str(number) for number in (moment.month, moment.day))
    year = f"{moment.year}"
    date_ = draw(
        st.sampled_from(
            [
                *(f"{month}/{day}/{year}", f"{month}-{day}-{year}", f"{day} {name} {year}"),
                *(
                    f"{day}-{name}-{year}",
                    f"{day}{name}{year}",
                    f"{day}/{name}/{year}",
                    f"{name} {day}, {year}",
                ),
                *(
                    f"{name} {day} {year}",
                    f"{name}-{day}-{year}",
                    f"{year}-{name}-{day}",
                    f"{year} {name} {day}",
                ),
                *(f"{year}-{month}-{day}", f"{year}/{month}/{day}", moment.strftime("%Y%m%d").rjust(8, "0")),
            ]
        )
    )
    weekday = moment.strftime(draw(st.sampled_from(["", "%a ", "%A, ", "%a, "])))
    hour = draw(st.sampled_from([f"{moment.hour:02}", str(moment.hour)]))
    clock = draw(
        st.sampled_from(["", "{0}:%M", "{0}:%M:%S", "{0}:%M:%S.{1}", "{2} %p", "{2}:%M %p", "{2}:%M:%S%p"])
    )
    fraction = draw(st.text("0123456789", min_size=1, max_size=6))
    clock = moment.strftime(clock.format(hour, fraction, (moment.hour + 11) % 12 + 1))
    if not clock:
        return weekday + date_
    zone = draw(st.sampled_from(["", " Z", " GMT", " UTC", " +01:00", "-0530", " +05", " -8"]))
    return f"{weekday}{date_}{draw(st.sampled_from([' ', ', ', '  ']))}{clock}{zone}"


@settings(deadline=None)
@given(forms())
def test_the_forms_read_as_in_pandas(text: str) -> None:
    assert read_form(text) == pandas_reads(text)


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *"0123456789/-.:, TZ+",
                *MONTHS,
                *WEEKDAYS,
                "January",
                "AM",
                "PM",
                "GMT",
                "2025",
                "31",
                "1/2/2025",
            ]
        ),
        max_size=12,
    ).map("".join),
    st.sampled_from(DateOrder),
)
def test_no_text_reads_otherwise_than_in_pandas(text: str, order: DateOrder) -> None:
    try:
        nanoseconds = read_form(text, order)
    except ContractError:
        return
    assert nanoseconds == pandas_reads(text, day_first=order is DAY_FIRST)


@settings(deadline=None)
@given(st.text(max_size=80), st.sampled_from(DateOrder))
def test_any_text_is_read_or_refused(text: str, order: DateOrder) -> None:
    try:
        read_form(text, order)
    except ContractError as error:
        assert error.message.startswith(MALFORMED)  # noqa: PT017 # most texts raise none


@settings(deadline=None, max_examples=30)
@given(
    st.lists(MOMENTS, min_size=1, max_size=40),
    st.sampled_from(["%m/%d/%Y %I:%M:%S %p", "%a, %d %b %Y %H:%M"]),
)
def test_a_series_reads_as_its_texts(moments: list[datetime], form: str) -> None:
    texts = [moment.strftime(form) for moment in moments]
    assert read_forms(texts).tolist() == [read_form(text) for text in texts]
    assert to_nanoseconds(texts).tolist() == read_forms(texts).tolist()


def test_a_long_series_changes_between_layouts_anywhere() -> None:
    start = datetime(2025, 1, 1, tzinfo=UTC)
    moments = [start + timedelta(hours=hour) for hour in range(5000)]
    texts = [f"{moment.month}/{moment.day}/{moment:%Y %H:%M}" for moment in moments]
    times = to_nanoseconds(texts)
    assert times.dtype == np.int64
    assert all(later - earlier == HOUR for earlier, later in pairwise(times.tolist()))
