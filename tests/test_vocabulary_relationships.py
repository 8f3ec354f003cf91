"""The registry of relationships and the words agencies use."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from famlink.vocabulary.relationships import (
    QUALIFIERS,
    UNKNOWN_TEXT,
    Relationship,
    inverse,
    join_qualifiers,
    kinds,
    read_relationship,
    read_relationships,
)

F, M, N = "female", "male", None

SAID = [
    # words, kind, qualifier, sex of the relative
    ("Mother", "parent", "", F),
    ("  MOTHER. ", "parent", "", F),
    ("MOT", "parent", "", F),
    ("FA", "parent", "", M),
    ("mum", "parent", "", F),
    ("SMOT", "parent", "step", F),
    ("stepdad", "parent", "step", M),
    ("Step-Father", "parent", "step", M),
    ("step father", "parent", "step", M),
    ("Birth Mother", "parent", "birth", F),
    ("biological father", "parent", "birth", M),
    ("Putative Father", "parent", "presumed", M),
    ("adoptive parent", "parent", "adoptive", N),
    ("Foster Mother", "parent", "foster", F),
    ("Mother : Unborn Child", "parent of unborn", "", F),
    ("mother of unborn", "parent of unborn", "", F),
    ("Unborn Child : Mother", "unborn child", "", N),
    ("unborn", "unborn child", "", N),
    ("Mother : Child", "parent", "", F),
    ("CHI", "child", "", N),
    ("Son", "child", "", M),
    ("step daughter", "child", "step", F),
    ("half-brother", "sibling", "half", M),
    ("Half Sister (maternal)", "sibling", "half maternal", F),
    ("twin", "sibling", "twin", N),
    ("Twin brother", "sibling", "twin", M),
    ("identical twin sister", "sibling", "identical twin", F),
    ("elder brother", "sibling", "", M),
    ("GRPARNT", "grandparent", "", N),
    ("MGM", "grandparent", "maternal", F),
    ("PGF", "grandparent", "paternal", M),
    ("maternal grandmother", "grandparent", "maternal", F),
    ("nan", "grandparent", "", F),
    ("grand-son", "grandchild", "", M),
    ("great grandmother", "great-grandparent", "", F),
    ("great-aunt", "aunt or uncle", "great", F),
    ("Aunt/Uncle", "aunt or uncle", "", N),
    ("second cousin", "cousin", "second", N),
    ("ex partner", "ex-partner", "", N),
    ("Ex-Husband", "ex-spouse", "", M),
    ("former wife", "ex-spouse", "", F),
    ("boyfriend", "partner", "", M),
    ("Civil Partner", "spouse", "civil", N),
    ("fiancée", "partner", "", F),
    ("cohabitee", "partner", "", N),
    ("Mother\u2019s partner", "parent's partner", "maternal", N),
    ("mum's boyfriend", "parent's partner", "maternal", M),
    ("mother-in-law", "parent-in-law", "", F),
    ("Foster Carer", "foster carer", "", N),
    ("male carer", "carer", "", M),
    ("Private foster carer", "private foster carer", "", N),
    ("SGO", "special guardian", "", N),
    ("Connected Person", "kinship carer", "", N),
    ("Legal Guardian", "guardian", "", N),
    ("neighbor", "neighbour", "", N),
    ("Social Worker", "professional", "", N),
    ("GP", "professional", "", N),
    ("lodger", "lodger", "", N),
    ("Joint Tenant", "household member", "", N),
    ("next of kin", "other", "", N),
    ("NOT KNOWN", "unknown", "", N),
    ("", "unknown", "", N),
]  # fmt: skip


@pytest.mark.parametrize(("words", "kind", "qualifier", "sex"), SAID)
def test_words_agencies_use(words, kind, qualifier, sex):
    assert read_relationship(words) == Relationship(kind, qualifier, sex)


@pytest.mark.parametrize(
    "words", ["keeps the goldfish", "sister's partner's dog", "twin mother", "xyzzy", "mother aunt", "\u6bcd"]
)
def test_unknown_words_are_other_and_reported(words):
    assert read_relationship(words) == UNKNOWN_TEXT
    assert not read_relationship(words).known


@pytest.mark.parametrize("kind", list(kinds()))
def test_inverse_of_inverse(kind):
    assert inverse(inverse(kind)) == kind
    assert kinds()[kind].means in kinds()
    assert inverse(kinds()[kind].means) == kinds()[inverse(kind)].means


@pytest.mark.parametrize("kind", list(kinds()))
def test_the_words_a_page_prints_read_back_as_a_known_relationship(kind):
    assert read_relationship(kinds()[kind].neutral).known


@given(st.text(max_size=60))
def test_any_text_is_read(text):
    read = read_relationship(text)
    assert read.kind in kinds()
    assert join_qualifiers(read.qualifier.split()) == read.qualifier


@given(
    st.sampled_from([row[0] for row in SAID if ":" not in row[0]]), st.sampled_from([str.upper, str.lower, str.title])
)
def test_case_and_spacing_do_not_matter(words, change):
    assert read_relationship("  " + change(words).replace("-", "  ") + " ") == read_relationship(words)


def test_every_shipped_qualifier_is_declared():
    for words, *_ in SAID:
        assert set(read_relationship(words).qualifier.split()) <= set(QUALIFIERS)


def test_a_column_is_read_once_a_distinct_text():
    read = read_relationships(pl.Series(["Mum", None, "Mum", "goldfish keeper"]))
    assert read["words"].to_list() == ["Mum", "goldfish keeper"]
    assert read["known"].to_list() == [True, False]
    assert read_relationships(pl.Series([], dtype=pl.String)).is_empty()
