"""Data as JSON text: what is read back is what was written, a row of a table on each line."""

from __future__ import annotations

import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from famlink.chronology.json_text import json_bytes

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=20)


@given(st.dictionaries(TEXTS, VALUES))
def test_values_are_read_back_as_they_were(data):
    assert json.loads(json_bytes(data)) == data


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
def test_a_table_is_a_list_of_its_rows_one_a_line(rows, after):
    schema = {"ref 100%s": pl.String, "themes": pl.List(pl.String), "key": pl.Boolean, "n": pl.Int64}
    table = pl.DataFrame(rows, schema=schema, orient="row")
    written = json_bytes({"lines": table, "after": after})
    assert json.loads(written) == {"lines": rows, "after": after}
    assert written.count(b"\n{") == table.height


@pytest.mark.parametrize(
    ("value", "error"), [(float("nan"), ValueError), (float("inf"), ValueError), (object(), TypeError)]
)
def test_what_json_cannot_hold_is_refused(value, error):
    with pytest.raises(error):
        json_bytes({"value": [value]})
