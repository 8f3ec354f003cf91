"""Notations as data: how each kind of line is drawn in each profile, and the words of the legend."""

from __future__ import annotations

from dataclasses import dataclass

from famlink.errors import GenogramError


@dataclass(frozen=True)
class Profile:
    """A notation.

    Args:
        name: what the command line calls it.
        title: printed under the legend.
        unions: union kind -> line style.
        links: link kind -> line style.
        losses: how a pregnancy ended -> form of its mark, as :func:`famlink.genogram.symbols.loss_marks` names them.
        order: which partner of a couple a reader expects on the left.
        source: where the notation comes from.
    """

    name: str
    title: str
    unions: dict[str, str]
    links: dict[str, str]
    losses: dict[str, str]
    source: str


_LINKS = {
    "birth": "solid",
    "adoptive": "dashed",
    "foster": "dotted",
    "guardian": "dotted",
    "kinship": "dotted",
    "arrangement": "dotted",
    "step": "broken",
}

_LOSSES = {"miscarriage": "triangle", "termination": "struck", "stillbirth": "crossed"}

PROFILES = {
    "uk-ics": Profile(
        "uk-ics",
        "UK children's social care (uk-ics)",
        {"married": "solid", "cohabiting": "solid", "transitory": "broken", "unknown": "solid"},
        _LINKS,
        _LOSSES,
        "Department of Health (2000), Framework for the Assessment of Children in Need; practice of UK ICS systems",
    ),
    "mcgoldrick": Profile(
        "mcgoldrick",
        "McGoldrick, Gerson and Petry (mcgoldrick)",
        {"married": "solid", "cohabiting": "dashed", "transitory": "broken", "unknown": "dashed"},
        _LINKS,
        {"miscarriage": "dot", "termination": "saltire", "stillbirth": "crossed"},
        "McGoldrick, Gerson and Petry (2020), Genograms: Assessment and Treatment, 4th edition",
    ),
    "nsgc": Profile(
        "nsgc",
        "National Society of Genetic Counselors (nsgc)",
        {"married": "solid", "cohabiting": "solid", "transitory": "solid", "unknown": "solid"},
        {**_LINKS, "foster": "dashed", "guardian": "dashed", "kinship": "dashed", "arrangement": "dashed"},
        _LOSSES,
        "Bennett, French, Resta and Austin (2022), Practice resource-focused revision: Standardized pedigree nomenclature",
    ),
}
"""Every notation, the default first."""

DASHES = {"solid": "", "dashed": "8 4", "dotted": "2 4", "broken": "10 3 2 3"}
"""Line style -> stroke-dasharray."""

UNION_WORDS = {
    "married": "married or civil partners",
    "cohabiting": "living together",
    "transitory": "a short relationship",
    "unknown": "parents, or a relationship of unknown kind",
}
STATE_WORDS = {
    "separated": "one stroke: separated",
    "ended": "one stroke: a relationship that ended (not a divorce)",
    "divorced": "two strokes: divorced",
}
LINK_WORDS = {
    "birth": "child by birth",
    "adoptive": "adopted child",
    "foster": "foster child",
    "guardian": "child under a special guardian or guardian",
    "kinship": "child in the care of family or friends",
    "arrangement": "child under a child arrangements order",
    "step": "stepchild",
}
SHAPE_WORDS = {
    "square": "male",
    "circle": "female",
    "diamond": "sex {gap}, or the records disagree",
    "triangle": "unborn child, with the expected date",
}


LOSS_WORDS = {
    "miscarriage": "miscarriage",
    "termination": "termination of a pregnancy",
    "stillbirth": "stillbirth",
}


def profile_of(name: str) -> Profile:
    """The profile of a name.

    Args:
        name: ``uk-ics``, ``mcgoldrick`` or ``nsgc``.

    Returns:
        the profile.

    Raises:
        GenogramError: there is no such profile.

    Example:
        >>> profile_of("mcgoldrick").unions["cohabiting"]
        'dashed'
    """
    try:
        return PROFILES[name]
    except KeyError:
        raise GenogramError(
            f"notation profile: expected one of {', '.join(PROFILES)}, got {name!r}; name one of these"
        ) from None
