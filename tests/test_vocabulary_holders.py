"""The alias table of policy holders."""

import pytest

from famlink.vocabulary.holders import ALIASES, HOLDERS, holder_of


@pytest.mark.parametrize(
    ("agency", "holder"),
    [
        ("csc", "social-care"),
        ("childrens_social_care", "social-care"),
        ("childrens_centre", "early-help"),
        ("school", "education"),
        ("probation", "justice"),
        ("youth_justice", "justice"),
        ("asc", "adult-social-care"),
        ("council_tax", "housing"),
        ("benefits", "housing"),
        ("gp", "health"),
        ("acute", "health"),
        ("community", "health"),
        ("police", "police"),
        ("Children's Social Care", "social-care"),
        ("adult social care", "adult-social-care"),
        ("restricted-health", "restricted-health"),
        ("fire", None),
    ],
)
def test_agency_names(agency, holder):
    assert holder_of(agency) == holder


def test_a_given_holder_wins_and_an_unknown_one_is_none():
    assert holder_of("police", "housing") == "housing"
    assert holder_of("police", "milkman") is None


def test_every_alias_means_a_holder():
    assert set(ALIASES.values()) == set(HOLDERS)
