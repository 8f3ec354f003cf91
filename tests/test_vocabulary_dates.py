"""Every form agencies write a date in, and none that is not one."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from famlink.vocabulary.dates import Written, is_open_end, parse_dates, read_date, written

DAYS = st.dates(min_value=dt.date(1800, 1, 1), max_value=dt.date(2199, 12, 31))


@pytest.mark.parametrize(
    "text",
    [
        "2012-05-03",
        "2012-5-3",
        "03/05/2012",
        "3/5/2012",
        "3.5.2012",
        "03-05-2012",
        "2012-May-03 00:00:00",
        "2012-05-03T23:40:00Z",
        "2012-05-03 23:40",
        "2012-05-03T23:40:00.123+01:00",
        "3 May 2012",
        "3rd of May 2012",
        "03-MAY-2012",
        "May 3, 2012",
        "Thursday 3 May 2012",
        "20120503",
        "2012/05/03",
        "41032",
        "41032.0",
        "41032.75",
        " 03/05/2012 ",
        "03/05/2012 11:40 PM",
    ],
)
def test_a_day_in_every_form(text):
    assert read_date(text) == Written(dt.date(2012, 5, 3), dt.date(2012, 5, 3), "day")


@pytest.mark.parametrize(
    ("text", "earliest", "latest", "precision"),
    [
        ("2024-05", dt.date(2024, 5, 1), dt.date(2024, 5, 31), "month"),
        ("05/2024", dt.date(2024, 5, 1), dt.date(2024, 5, 31), "month"),
        ("May 2024", dt.date(2024, 5, 1), dt.date(2024, 5, 31), "month"),
        ("12/2023", dt.date(2023, 12, 1), dt.date(2023, 12, 31), "month"),
        ("Feb-2024", dt.date(2024, 2, 1), dt.date(2024, 2, 29), "month"),
        ("2024", dt.date(2024, 1, 1), dt.date(2024, 12, 31), "year"),
        ("?2024-05-03", dt.date(2024, 5, 3), dt.date(2024, 5, 3), "uncertain"),
        ("?2024-05", dt.date(2024, 5, 1), dt.date(2024, 5, 31), "uncertain"),
        ("circa 2019", dt.date(2019, 1, 1), dt.date(2019, 12, 31), "uncertain"),
        ("03/05/2024?", dt.date(2024, 5, 3), dt.date(2024, 5, 3), "uncertain"),
        ("early 2019", dt.date(2019, 1, 1), dt.date(2019, 12, 31), "uncertain"),
        ("Mid-2019", dt.date(2019, 1, 1), dt.date(2019, 12, 31), "uncertain"),
        ("late March 2020", dt.date(2020, 3, 1), dt.date(2020, 3, 31), "uncertain"),
        ("early May 2020", dt.date(2020, 5, 1), dt.date(2020, 5, 31), "uncertain"),
        ("c. 2019", dt.date(2019, 1, 1), dt.date(2019, 12, 31), "uncertain"),
        ("around 3 May 2020", dt.date(2020, 5, 3), dt.date(2020, 5, 3), "uncertain"),
        ("00/05/2019", dt.date(2019, 5, 1), dt.date(2019, 5, 31), "month"),
        ("XX.05.2019", dt.date(2019, 5, 1), dt.date(2019, 5, 31), "month"),
        ("??/05/2019", dt.date(2019, 5, 1), dt.date(2019, 5, 31), "month"),
        ("2019-05-00", dt.date(2019, 5, 1), dt.date(2019, 5, 31), "month"),
        ("00/00/2019", dt.date(2019, 1, 1), dt.date(2019, 12, 31), "year"),
        ("2019-00-00", dt.date(2019, 1, 1), dt.date(2019, 12, 31), "year"),
        ("Summer 2019", dt.date(2019, 6, 1), dt.date(2019, 9, 22), "uncertain"),
        ("late spring 2019", dt.date(2019, 3, 1), dt.date(2019, 6, 20), "uncertain"),
        ("autumn 2019", dt.date(2019, 9, 1), dt.date(2019, 12, 21), "uncertain"),
        ("winter 2019", dt.date(2019, 1, 1), dt.date(2020, 3, 20), "uncertain"),
        ("Winter 2019/20", dt.date(2019, 12, 1), dt.date(2020, 3, 20), "uncertain"),
        ("Spring term 2020", dt.date(2020, 1, 1), dt.date(2020, 4, 30), "uncertain"),
        ("summer term 2020", dt.date(2020, 4, 1), dt.date(2020, 8, 15), "uncertain"),
        ("Autumn Term 2020", dt.date(2020, 8, 15), dt.date(2020, 12, 31), "uncertain"),
        ("Q1 2020", dt.date(2020, 1, 1), dt.date(2020, 3, 31), "uncertain"),
        ("2020-Q4", dt.date(2020, 10, 1), dt.date(2020, 12, 31), "uncertain"),
        ("second quarter of 2020", dt.date(2020, 4, 1), dt.date(2020, 6, 30), "uncertain"),
        ("Q1 2020/21", dt.date(2020, 4, 1), dt.date(2020, 6, 30), "uncertain"),
        ("Q4 2020-21", dt.date(2021, 1, 1), dt.date(2021, 3, 31), "uncertain"),
        ("2020-W10", dt.date(2020, 3, 2), dt.date(2020, 3, 8), "uncertain"),
        ("3/4 May 2020", dt.date(2020, 5, 3), dt.date(2020, 5, 4), "uncertain"),
        ("May 3-5, 2020", dt.date(2020, 5, 3), dt.date(2020, 5, 5), "uncertain"),
        ("Fri 1 - Sun 3 May 2020", dt.date(2020, 5, 1), dt.date(2020, 5, 3), "uncertain"),
        ("30 December to 2 January 2020", dt.date(2019, 12, 30), dt.date(2020, 1, 2), "uncertain"),
        ("Mar/Apr 2020", dt.date(2020, 3, 1), dt.date(2020, 4, 30), "uncertain"),
        ("December-January 2020", dt.date(2019, 12, 1), dt.date(2020, 1, 31), "uncertain"),
        ("between 2018 and 2020", dt.date(2018, 1, 1), dt.date(2020, 12, 31), "uncertain"),
        ("between March and 5 May 2020", dt.date(2020, 3, 1), dt.date(2020, 5, 5), "uncertain"),
        ("1 May 2020 10:00 - 11:00", dt.date(2020, 5, 1), dt.date(2020, 5, 1), "day"),
        ("week of 4 March 2020", dt.date(2020, 3, 2), dt.date(2020, 3, 8), "uncertain"),
        ("Week commencing: 04/03/2020", dt.date(2020, 3, 4), dt.date(2020, 3, 10), "uncertain"),
        ("w/c 2020-03-02", dt.date(2020, 3, 2), dt.date(2020, 3, 8), "uncertain"),
        ("wc 2020-03-02", dt.date(2020, 3, 2), dt.date(2020, 3, 8), "uncertain"),
        ("W/E 08/03/2020", dt.date(2020, 3, 2), dt.date(2020, 3, 8), "uncertain"),
    ],
)
def test_partial_and_uncertain_dates(text, earliest, latest, precision):
    assert read_date(text) == Written(earliest, latest, precision)


@pytest.mark.parametrize(
    "text",
    [
        "31/02/2020",
        "29/02/2023",
        "05/23/2012",
        "2012-13-01",
        "00/13/2012",
        "05/00/2012",
        "2012-00-03",
        "5-3 May 2020",
        "28-31 February 2021",
        "31 April - 3 May 2020",
        "03/05/2020 or 05/03/2020",
        "05/03/2020 or 03/05/2020",
        "2018 or 2020",
        "May 2020 to March 2020",
        "between May 2020 and",
        "between 3 and 5",
        "3 to May 2020",
        "3-5 May",
        "3-5 May 20",
        "Q5 2020",
        "Q1",
        "Q1 2020/22",
        "2011/13",
        "Spring term",
        "winter term 2020",
        "summer 2019/20",
        "2021-W53",
        "since 2018",
        "3/5/12",
        "not a date",
        "12",
        "99999",
        "0012-05-03",
        "?",
        "3 Smarch 2012",
        "2012-05-03-04",
        "1/2/3",
        "13/2024",
        "week of 2020",
        "w/c 31/02/2020",
        "week of 31/12/9999",
        "weekly",
        "early",
        "summer",
        "w/c",
    ],
)
def test_what_is_no_date(text):
    assert read_date(text) is None


def test_29_february_only_in_leap_years():
    assert read_date("29/02/2024") is not None
    assert read_date("29/02/1900") is None
    assert read_date("29/02/2000") is not None


@given(DAYS)
@settings(deadline=None, max_examples=60)
def test_days_come_back_from_every_form(day):
    forms = ["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%Y-%b-%d 00:00:00", "%d %B %Y", "%Y-%m-%dT%H:%M:%S"]
    assert {read_date(day.strftime(form)) for form in forms} == {Written(day, day, "day")}


def _plain(day):
    return f"{day.day} {day:%B} {day.year}"


@given(DAYS, st.integers(1, 400))
@settings(deadline=None, max_examples=80)
def test_spans_of_any_two_days(first, more):
    last = first + dt.timedelta(days=more)
    span = Written(first, last, "uncertain")
    one, other = _plain(first), _plain(last)
    forms = [f"{one} - {other}", f"between {one} and {other}", f"From {one} to {other}", f"{first}/{last}"]
    assert read_date(f"{one} or {other}") == (span if more <= 7 else None)
    forms += [f"{first:%d/%m/%Y}-{last:%d/%m/%Y}", f"{one}\N{EN DASH}{other}"]
    if first.year == last.year:
        forms += [f"{first.day} {first:%B} to {other}", f"{first:%d/%m} - {last:%d/%m/%Y}"]
    if (first.year, first.month) == (last.year, last.month):
        forms += [
            f"{first.day}-{other}",
            f"between {first.day} and {other}",
            f"{first:%B} {first.day}-{last.day}, {last.year}",
        ]
    assert {text: read_date(text) for text in forms} == dict.fromkeys(forms, span)
    backwards = [f"{other} - {one}", f"between {other} and {one}", f"{last}/{first}"]
    assert [read_date(text) for text in backwards] == [None] * 3


@given(st.integers(1800, 2199), st.integers(1, 4))
@settings(deadline=None, max_examples=40)
def test_quarters_of_a_year_follow_each_other(year, number):
    for text, after in ((f"Q{number} {year}", f"Q{number % 4 + 1} {year + number // 4}"),
                        (f"Q{number} {year}/{(year + 1) % 100:02}", f"Q{number % 4 + 1} {year + number // 4}/{(year + 1 + number // 4) % 100:02}")):  # fmt: skip
        one, other = read_date(text), read_date(after)
        assert 90 <= (one.latest - one.earliest).days + 1 <= 92
        assert other.earliest == one.latest + dt.timedelta(days=1)


WORDS = st.sampled_from(
    [
        "0",
        "00",
        "3",
        "5",
        "12",
        "31",
        "2020",
        "2020/21",
        "May",
        "march",
        "-",
        "/",
        "to",
        "and",
        "between",
        "Q1",
        "2020-W10",
        "spring",
        "term",
        "winter",
        "xx",
        "??",
        "c.",
        "early",
        "w/c",
        "of",
    ]
)


@given(st.lists(WORDS, min_size=1, max_size=6), st.sampled_from([" ", "", "/", "-"]))
@settings(deadline=None, max_examples=400)
def test_whatever_is_read_is_an_interval(words, between):
    text = between.join(words)
    read = read_date(text)
    parsed = parse_dates(pl.Series([text])).row(0)
    if read is None:
        assert parsed == (None, None, None, False)
    else:
        assert read.earliest <= read.latest
        assert parsed == (read.earliest, read.latest, read.precision, True)


@given(DAYS, st.sampled_from(["day", "month", "year", "uncertain"]))
@settings(deadline=None, max_examples=60)
def test_written_dates_read_back(day, precision):
    back = read_date(written(day, precision))
    assert back is not None
    assert back.precision == precision
    assert back.earliest <= day <= back.latest


# Python strips the four separators of ASCII, which Unicode does not call white space.
TEXTS = st.text(max_size=14, alphabet=st.characters(codec="utf-8", exclude_characters="\x1c\x1d\x1e\x1f"))


@given(st.lists(st.one_of(st.none(), TEXTS, DAYS.map(str), DAYS.map(lambda d: f"{d:%d/%m/%Y}"))))
@settings(max_examples=100, deadline=None)
def test_a_column_agrees_with_its_cells_one_by_one(cells):
    got = parse_dates(pl.Series(cells, dtype=pl.String))
    assert got.height == len(cells)
    for cell, row in zip(cells, got.iter_rows(named=True), strict=True):
        if cell is None or not cell.strip():
            assert row == {"earliest": None, "latest": None, "precision": None, "readable": None}
            continue
        one = read_date(cell)
        assert row["readable"] == (one is not None)
        assert row["earliest"] == (one and one.earliest)
        assert row["precision"] == (one and one.precision)


def test_a_column_of_impossible_iso_days():
    got = parse_dates(pl.Series(["2023-02-29", "2024-02-29", ""]))
    assert got["readable"].to_list() == [False, True, None]
    assert got["precision"].to_list() == [None, "day", None]


def test_open_ends():
    ends = pl.DataFrame({"end": [dt.date(1900, 1, 1), dt.date(9999, 12, 31), dt.date(1900, 1, 2), None]})
    assert ends.select(is_open_end(pl.col("end"))).to_series().to_list() == [True, True, False, None]
