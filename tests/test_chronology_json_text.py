"""Data as JSON text: byte for byte what the standard library writes."""

from __future__ import annotations

import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from famlink.chronology import json_text
from famlink.chronology.json_text import json_bytes

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=20)


def by_the_library(data):
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


@given(st.dictionaries(TEXTS, VALUES))
def test_values_are_written_as_the_standard_library_writes_them(data):
    assert json_bytes(data) == by_the_library(data)


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "ref 100%s": st.none() | TEXTS,
                "themes": st.none() | st.lists(TEXTS),
                "key": st.none() | st.booleans(),
                "n": st.none() | st.integers(0, 2**31),
            }
        )
    ),
    TEXTS,
)
def test_a_table_is_written_as_a_list_of_its_rows(rows, after):
    schema = {"ref 100%s": pl.String, "themes": pl.List(pl.String), "key": pl.Boolean, "n": pl.Int64}
    table = pl.DataFrame(rows, schema=schema, orient="row")
    assert json_bytes({"lines": table, "after": after}) == by_the_library({"lines": table.to_dicts(), "after": after})


def test_rows_are_the_same_however_many_are_turned_into_text_together(monkeypatch):
    table = pl.DataFrame({"ref": [str(n) for n in range(10)]})
    whole = json_bytes({"lines": table})
    monkeypatch.setattr(json_text, "_AT_ONCE", 3)
    assert json_bytes({"lines": table}) == whole == by_the_library({"lines": table.to_dicts()})


@pytest.mark.parametrize(
    ("value", "error"), [(float("nan"), ValueError), (float("inf"), ValueError), (object(), TypeError)]
)
def test_what_json_cannot_hold_is_refused(value, error):
    with pytest.raises(error):
        json_bytes({"value": [value]})
