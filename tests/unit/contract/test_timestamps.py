from __future__ import annotations

import warnings
from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pandas as pd  # type: ignore[import-untyped] # no stubs: an oracle of the tests alone
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_container.contract.errors import ContractError
from anomaly_container.contract.timestamps import to_nanoseconds

SECOND = 10**9
NEW_YEAR_2020 = 1_577_836_800 * SECOND
LAST = 2**63 - 1


def read(text: str) -> int:
    """Read one timestamp, once alone and once among others, which are two ways through the code."""
    alone = to_nanoseconds([text])
    among_others = to_nanoseconds(["2020-01-01", text, "2020-01-01T00:00:00.5+01:00"])
    assert alone.dtype == among_others.dtype == np.int64
    assert among_others[0] == NEW_YEAR_2020
    assert among_others[2] == NEW_YEAR_2020 - 3600 * SECOND + SECOND // 2
    assert alone[0] == among_others[1]
    return int(alone[0])


def pandas_reads(text: str) -> int | None:
    """Return what pandas makes of one timestamp, None if it refuses or finds no time."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            moment = pd.to_datetime(text, utc=True).as_unit("ns")
    except (ValueError, OverflowError, AttributeError):
        return None
    return int(moment.value)


def refuses(*texts: object) -> bool:
    with pytest.raises(ContractError) as caught:
        to_nanoseconds(texts)
    assert (caught.value.code, caught.value.status) == ("BadArgument", 400)
    assert caught.value.message == "'timestamp' or 'value' is malformed in 'series' Field."
    return True


SECONDS = "2020-01-01T00:00:00"


@pytest.mark.parametrize(
    "text",
    [
        "2020-01-01T00:00:00Z",
        "2020-01-01T00:00:00z",
        "2020-01-01t00:00:00Z",
        "2020-01-01 00:00:00",
        "2020-01-01T00:00:00",
        "2020-01-01T00:00Z",
        "2020-01-01T00:00",
        "2020-01-01T00",
        "2020-01-01T00Z",
        "2020-01-01",
        "2020-01",
        "2020",
        "2020/01/01",
        "2020/01/01 00:00:00",
        "2020.01.01 00:00",
        "2020 01 01",
        "2020-1-1",
        "2020/1/1 0:00",
        "2020-1-01T0:0:0Z",
        "20200101",
        "20200101T00",
        "20200101T0000",
        "20200101T000000Z",
        "20200101 000000",
        "2020-01-01T000000Z",
        "20200101T00:00:00Z",
        f"{SECONDS} UTC",
        f"{SECONDS}GMT",
        f"{SECONDS} Z",
        f"{SECONDS}  Z",
        f"{SECONDS}+00:00",
        f"{SECONDS}-00:00",
        f"{SECONDS}+0000",
        f"{SECONDS}+00",
        f"{SECONDS}+0",
        "2020-01-01T08:00:00+08:00",
        "2020-01-01T08:00:00 +08:00",
        "2020-01-01T08:00:00+0800",
        "2020-01-01T08:00:00+08",
        "2020-01-01T08:00:00+8",
        "2020-01-01T08:00:00+8:00",
        "2020-01-01T08:00+08:00",
        "2020-01-01T08+08",
        "2019-12-31T19:00:00-05",
        "2019-12-31T18:30:00-05:30",
        "2020-01-01T23:59:00+23:59",
        "2020-01-01T00:00:00.0Z",
        "2020-01-01T00:00:00,000Z",
        "2020-01-01T00:00:00.000+00:00",
        "2020-01-01T00:00:00.000000000Z",
        "2020-01-01T00:00:00.000000000999999999Z",
        " 2020-01-01T00:00:00Z",
        "2020-01-01T00:00:00Z ",
        "\t2020-01-01T00:00:00Z\r\n",
        "2020-01-01 ",
    ],
)
def test_every_layout_of_one_moment(text: str) -> None:
    assert read(text) == NEW_YEAR_2020
    assert pandas_reads(text) == NEW_YEAR_2020


@pytest.mark.parametrize("digits", range(1, 19))
def test_nine_digits_of_a_fraction_count(digits: int) -> None:
    fraction = "123456789123456789"[:digits]
    text = f"2020-01-01T00:00:00.{fraction}Z"
    assert read(text) == NEW_YEAR_2020 + int(fraction[:9].ljust(9, "0"))
    assert pandas_reads(text) == read(text)


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1969-12-31T23:59:59.999999999Z", -1),
        ("1969-12-31T23:59:59.5Z", -SECOND // 2),
        ("2020-02-29", 1_582_934_400 * SECOND),
        ("2000-02-29T23:59:59Z", 951_868_799 * SECOND),
        ("1972-01-01T00:00:00.000Z", 63_072_000 * SECOND),
        ("2262-04-11T23:47:16.854775807Z", LAST),
        ("1677-09-21T00:12:43.145224193Z", -LAST),
        ("1677-09-21T00:12:44Z", -LAST + 854_775_807),
    ],
)
def test_known_instants(text: str, nanoseconds: int) -> None:
    assert read(text) == nanoseconds
    assert pandas_reads(text) == nanoseconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "NaT",
        "nan",
        "null",
        "now",
        "today",
        "2021-02-29",
        "1900-02-29",
        "2020-02-30T00:00:00Z",
        "2020-04-31",
        "2020-00-01",
        "2020-13-01",
        "2020-01-00",
        "2020-01-32",
        "2020-01-01T24:00:00Z",
        "2020-01-01T24:00",
        "2020-01-01T23:60:00Z",
        "2020-01-01T23:59:60Z",
        "2020-01-01T00:00:00+24:00",
        "2020-01-01T00:00:00+14:60",
        "2020-01-01T00:00:00+08:00:00",
        "2020-01-01T00:00:00+080",
        "2020-01-01T00:00:00+",
        "2020-01-01T00:00:00*08:00",
        "2020-01-01T00:00:00/08:00",
        "2020-01-01T00:00:00ZZ",
        "2020-01-01T00:00:00Z+01",
        "2020-01-01T00:00:00 EST",
        "2020-01-01T00:00:00[UTC]",
        "2020-01-01T00:00:00.Z",
        "2020-01-01T00:00:00.",
        "2020-01-01T00:00:00.1234567891234567891Z",
        "2020-01-01T00:00:",
        "2020-01-01T00:",
        "2020-01-01T",
        "2020-01-01Z",
        "2020-01-01+08:00",
        "2020-01-01_00:00:00",
        "2020-01/01",
        "2020-01-01T00:00.5Z",
        "202001",
        "2020011",
        "2020-001",
        "2020001",
        "20200101T000",
        "20200101T00000",
        "2020-W01-1",
        "2020W011",
        "02020-01-01",
        "12020-01-01",
        "-2020-01-01",
        "+2020-01-01",
        "/Date(1577836800000)/",
        "1577836800",
        "12:00",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "1677-09-20T00:00:00Z",
        "1677-09-21T00:12:43.145224191Z",
        "1677-08-31T00:00:00Z",
        "2262-04-11T23:47:16.854775808Z",
        "2262-04-12",
        "2262-07-01",
        "9999-12-31T23:59:59Z",
        "２０２０-01-01",  # noqa: RUF001 # digits, but not ASCII
        "2020-01-01T00:00:00−05:00",  # noqa: RUF001 # the minus of mathematics
        "2020-01-01\0",
        "2020-01-01T00:00:00\0Z",
        "2020-01-01T00:00:00\ud800",
        "2020-01-01T00:00:00Z\0" + "2020-01-02T00:00:00Z",
    ],
)
def test_malformed(text: str) -> None:
    assert refuses(text)
    assert refuses("2020-01-01T00:00:00Z", text)
    assert refuses(text, "2020-01-01T00:00:00Z", "2020-01-03")


@pytest.mark.parametrize("stamp", [None, 1_577_836_800, 1.5, True, [], {}, b"2020-01-01"])
def test_only_texts_are_timestamps(stamp: object) -> None:
    assert refuses(stamp)
    assert refuses("2020-01-01", stamp)


def test_texts_of_unequal_length_do_not_run_into_each_other() -> None:
    assert refuses("2020-01-01T00:00:00Z", "2020-01-01T00:00:00", "Z2020-01-01T00:00:00Z")
    assert refuses("2020-01-01", "2020-01-01\02020-01-01", "")


@pytest.mark.parametrize("character", "*(),./0Z ")
def test_a_sign_is_plus_or_minus(character: str) -> None:
    assert refuses("2020-01-01T00:00:00+08:00", f"2020-01-02T00:00:00{character}08:00")


def test_an_offset_may_bring_a_time_back_into_range() -> None:
    assert read("2262-04-12T23:46:16.854775807+23:59") == LAST
    assert refuses("2262-04-11T23:47:16.854775807-00:01")


def test_signs_of_offsets_may_differ_within_a_series() -> None:
    nanoseconds = to_nanoseconds(
        ["2020-03-29T00:00:00-01:00", "2020-03-29T01:00:00+00:00", "2020-03-29T02:00:00+01:00"]
    )
    assert (np.diff(nanoseconds) == 0).all()


MOMENTS = st.datetimes(datetime(1678, 1, 1), datetime(2262, 4, 1))  # noqa: DTZ001 # the zone is drawn apart
OFFSETS = st.one_of(
    st.sampled_from(["", "Z", " Z"]),
    st.builds("{}{:02}:{:02}".format, st.sampled_from("+-"), st.integers(0, 23), st.integers(0, 59)),
    st.builds("{}{:02}{:02}".format, st.sampled_from("+-"), st.integers(0, 23), st.integers(0, 59)),
    st.builds("{}{:02}".format, st.sampled_from("+-"), st.integers(0, 23)),
)


@st.composite
def iso_texts(draw: st.DrawFn) -> str:
    """One text of the family, every optional part drawn."""
    moment = draw(MOMENTS)
    dash = draw(st.sampled_from(["-", "/", ".", ""]))
    day = moment.strftime(f"%Y{dash}%m{dash}%d").rjust(8 + 2 * len(dash), "0")
    colon = draw(st.sampled_from([":", ""]))
    clock = draw(st.sampled_from(["", "%H", "%H{0}%M", "%H{0}%M{0}%S", "%H{0}%M{0}%S"])).format(colon)
    if not clock:
        return day
    # What is not strictly ISO 8601 pandas reads in another way, which drops all behind the microseconds.
    letters, point, zones, digits = draw(
        st.sampled_from(
            [("T ", ".", OFFSETS, 18), ("Tt ", ",", st.sampled_from(["", "z", " UTC", "GMT"]), 6)]
        )
    )
    fraction = draw(st.text("0123456789", max_size=digits)) if "%S" in clock else ""
    return (
        day
        + draw(st.sampled_from(letters))
        + moment.strftime(clock)
        + (point + fraction if fraction else "")
        + draw(zones)
    )


@settings(deadline=None)
@given(iso_texts())
def test_the_family_reads_as_in_pandas(text: str) -> None:
    assert read(text) == pandas_reads(text)


@settings(deadline=None)
@given(st.lists(iso_texts(), min_size=1, max_size=8))
def test_a_series_reads_as_its_texts(texts: list[str]) -> None:
    assert to_nanoseconds(texts).tolist() == [read(text) for text in texts]


@settings(deadline=None)
@given(st.text("0123456789-:TZ .+/", max_size=26))
def test_no_text_reads_otherwise_than_in_pandas(text: str) -> None:
    try:
        nanoseconds = read(text)
    except ContractError:
        return
    assert nanoseconds == pandas_reads(text)


@settings(deadline=None)
@given(st.lists(MOMENTS.map(lambda moment: moment.replace(tzinfo=UTC)), min_size=1))
def test_one_layout_reads_as_datetime_does(moments: list[datetime]) -> None:
    expected = [
        (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000 for moment in moments
    ]
    for zone in (UTC, timezone(timedelta(hours=-9, minutes=-30))):
        texts = [moment.astimezone(zone).isoformat(timespec="microseconds") for moment in moments]
        assert to_nanoseconds(texts).tolist() == expected


def test_every_day_of_the_calendar() -> None:
    days = [
        date.fromordinal(ordinal)
        for ordinal in range(date(1700, 1, 1).toordinal(), date(2262, 1, 1).toordinal())
    ]
    expected = [(day.toordinal() - date(1970, 1, 1).toordinal()) * 86_400 * SECOND for day in days]
    assert to_nanoseconds([day.isoformat() for day in days]).tolist() == expected


MANY = 4097
"""More than are read together, and one more."""


def test_a_long_series_reads_as_its_texts() -> None:
    moments = [datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=number) for number in range(MANY)]
    texts = [f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in moments]
    wanted = [int(moment.timestamp()) * 10**9 for moment in moments]
    assert to_nanoseconds(texts).tolist() == wanted
    # Layouts may change anywhere.
    texts[2048:] = [f"{moment:%Y%m%d %H%M}" for moment in moments[2048:]]
    texts[-1] = f"{moments[-1]:%Y-%m-%d %H:%M:%S+00:00}"
    assert to_nanoseconds(texts).tolist() == wanted


@pytest.mark.parametrize("wrong", [0, 2047, 2048, MANY - 1])
@pytest.mark.parametrize("stamp", ["yesterday", None, "2020-02-30"])
def test_one_that_is_wrong_is_found_anywhere(wrong: int, stamp: object) -> None:
    texts: list[object] = ["2020-01-01"] * MANY
    texts[wrong] = stamp
    with pytest.raises(ContractError):
        to_nanoseconds(texts)
