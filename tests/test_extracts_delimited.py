"""CSV text: every row kept or told by number, whatever its quotation marks."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from famlink.errors import SourceError
from famlink.extracts import delimited
from famlink.extracts.delimited import read_delimited
from famlink.extracts.tabular import BAD_QUOTES, ROW, WRONG_COUNT

CELL = st.text(alphabet='ab ,"\n;é', max_size=6)


def rows(table):
    return {row.pop(ROW): list(row.values()) for row in table.frame.iter_rows(named=True)}


def test_short_and_long_rows_are_told_by_number():
    table = read_delimited(b"a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12\n", file="f")
    assert rows(table) == {1: ["1", "2", "3"], 4: ["10", "11", "12"]}
    assert table.unusable == ((2, WRONG_COUNT), (3, WRONG_COUNT))
    assert table.rows == 4


def test_cells_of_several_lines_are_one_row():
    table = read_delimited(b'id,address\r\n1,"12 High St\r\nTown"\r\n2,x\r\n3\r\n', file="f")
    assert rows(table) == {1: ["1", "12 High St\r\nTown"], 2: ["2", "x"]}
    assert table.unusable == ((3, WRONG_COUNT),)


def test_blank_lines_are_no_rows():
    table = read_delimited(b"a,b\n\n1,2\n   \n3,4\n\n\n", file="f")
    assert rows(table) == {1: ["1", "2"], 2: ["3", "4"]}
    assert table.rows == 2


def test_a_row_of_empty_cells_is_a_row_except_below_the_table():
    table = read_delimited(b"a,b\n,\n1,2\n,\n,\n", file="f")
    assert rows(table) == {1: [None, None], 2: ["1", "2"]}
    assert table.warnings == ("2 rows of empty cells below the table are no rows",)


def test_a_mark_inside_words_costs_nothing():
    table = read_delimited(b'a,b\n1,6" of snow\n2,"x"\n3,5\'10"\n', file="f")
    assert rows(table) == {1: ["1", '6" of snow'], 2: ["2", "x"], 3: ["3", "5'10\""]}
    assert not table.unusable


def test_a_mark_that_is_never_closed_costs_its_own_row():
    table = read_delimited(b'a,b,c\n1,x,y\n2,"x\n3,x,y\n4,"x,y\n5,p,q\n', file="f")
    assert table.rows == 5
    assert rows(table)[1] == ["1", "x", "y"]
    assert rows(table)[3] == ["3", "x", "y"]
    assert rows(table)[5] == ["5", "p", "q"]
    assert (2, BAD_QUOTES) in table.unusable


def test_trailing_empty_columns_are_dropped():
    table = read_delimited(b"a,b,,\n1,2,,\n3,4,,\n", file="f")
    assert table.names == ["a", "b"]
    assert rows(table) == {1: ["1", "2"], 2: ["3", "4"]}


def test_rows_that_all_end_in_empty_columns_the_header_lacks():
    table = read_delimited(b"a,b\n1,2,\n3,4,\n5,6,\n", file="f")
    assert rows(table) == {1: ["1", "2"], 2: ["3", "4"], 3: ["5", "6"]}
    assert not table.unusable


def test_a_shifted_row_that_ends_empty_is_not_misread():
    table = read_delimited(b"a,b\n1,2\n3,,4,\n5,6\n", file="f")
    assert table.unusable == ((2, WRONG_COUNT),)


def test_an_unnamed_column_that_holds_something_is_kept_and_told():
    table = read_delimited(b"a,,b\n1,x,2\n", file="f")
    assert table.names == ["a", "column_2", "b"]
    assert "column_2" in table.warnings[0]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"  \r\n"])
def test_an_empty_file(data):
    table = read_delimited(data, file="f")
    assert table.rows == 0
    assert table.names == []
    assert table.warnings == ("the file is empty",)


def test_a_header_and_nothing_else():
    table = read_delimited(b"a,b", file="f")
    assert table.names == ["a", "b"]
    assert table.rows == 0
    assert table.warnings == ("the file has a header and no rows",)


def test_a_column_named_twice_is_refused():
    with pytest.raises(SourceError, match="f: the header names 'dob' more than once"):
        read_delimited(b"id,dob,forename,dob\n1,2,3,4\n", file="f")


def test_a_first_line_that_is_a_person_is_not_quoted():
    with pytest.raises(SourceError, match="the header names 1 that look like no header") as caught:
        read_delimited(b"17,Canary,Canary,2010-05-03\n", file="f")
    assert "Canary" not in str(caught.value)


def test_semicolons_and_tabs_are_seen_and_told():
    table = read_delimited(b"a;b\n1;2\n", file="f")
    assert table.names == ["a", "b"]
    assert "separated by ';'" in table.warnings[0]
    assert read_delimited(b"a\tb\n1\t2\n", file="f", separator="\t").warnings == ()


def test_the_separator_excel_is_told_of():
    table = read_delimited(b"sep=;\r\na;b\r\n1;2\r\n", file="f")
    assert rows(table) == {1: ["1", "2"]}
    assert table.warnings == ()


def test_old_line_ends_and_no_last_line_end():
    assert rows(read_delimited(b"a,b\r1,2\r3,4", file="f")) == {1: ["1", "2"], 2: ["3", "4"]}


def test_a_header_of_several_lines():
    assert read_delimited(b'"a\nb",c\n1,2\n', file="f").names == ["a b", "c"]


def test_stretches_of_bytes_meet(monkeypatch):
    text = b"a,b\n" + b"".join(b'%d,"x, %d\n y"\n' % (i, i) if i % 3 else b"%d\n" % i for i in range(300))
    whole = read_delimited(text, file="f")
    monkeypatch.setattr(delimited, "_CHUNK", 7)
    monkeypatch.setattr(delimited, "BLOCK", 60)
    pieces = read_delimited(text, file="f")
    assert pieces.frame.equals(whole.frame)
    assert pieces.unusable == whole.unusable
    assert whole.frame.height == 200
    assert len(whole.unusable) == 100


@given(st.lists(st.lists(CELL, min_size=1, max_size=4), max_size=8))
@settings(max_examples=120, deadline=None)
def test_well_written_text_reads_as_the_standard_library_reads_it(cells):
    cells = [row for row in cells if any(cell.strip() for cell in row)]
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["p", "q"], *cells])
    table = read_delimited(out.getvalue().encode(), file="f")
    kept = {n: [c.strip() or None for c in row] for n, row in enumerate(cells, 1) if len(row) == 2}
    if any(len(row) > 2 for row in cells):
        # Rows that all end in the same empty columns have the header's width by design.
        return
    assert rows(table) == kept
    assert [number for number, _ in table.unusable] == [n for n, row in enumerate(cells, 1) if len(row) != 2]


@given(st.text(alphabet='ab,"\n\r', max_size=60))
@settings(max_examples=150, deadline=None)
def test_no_text_loses_a_row_or_repeats_a_number(text):
    table = read_delimited(("p,q\n" + text).encode(), file="f")
    numbers = sorted([*table.frame[ROW].to_list(), *(number for number, _ in table.unusable)])
    assert numbers == list(range(1, table.rows + 1))
