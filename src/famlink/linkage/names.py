"""How names are compared: as written, as sounded and shortened, exchanged, and as they were before."""

from __future__ import annotations

from famlink.linkage.conditions import MISSING, graded, together, when
from famlink.linkage.model import Comparison, Feature, Level, Term

NAME_CUTS = (0.92, 0.80)
EXCHANGE_CUTS = (1.0,)
"""Forename and surname count as exchanged where each is at most one edit from the other's: clerks misspell too. Looser
likeness would take Ahmad Mohammadi for Mohammad Ahmadzai."""

UNBORN, ANYBODY = "date_of_birth:unborn", "date_of_birth:anybody"
"""Fields made of births: one mark for a child not born yet, the same mark for everybody; they meet where one is unborn."""

WHOLE = "middle_names:whole"
"""Middle names that are more than an initial."""


def forename(*, middle: bool = False, aliases: bool = False) -> Comparison:
    """Forenames: exact, nickname, Jaro-Winkler levels, an initial, a middle name or alias used, forename and surname exchanged.

    Args:
        middle: whether there are middle names: many people go by theirs.
        aliases: whether there are other names a person is known by.

    Returns:
        the comparison.
    """
    features = [
        Feature("name", "forename", "forename", NAME_CUTS),
        Feature("damerau", "forename", "surname", EXCHANGE_CUTS),
        Feature("damerau", "surname", "forename", EXCHANGE_CUTS),
    ]
    other: list[tuple[Term, ...]] = []
    if middle:
        other += [graded(len(features), 1), graded(len(features) + 1, 1)]
        features += [Feature("equal", "forename", "middle_names"), Feature("equal", "middle_names", "forename")]
    if aliases:
        other.append(graded(len(features), 1))
        features.append(Feature("overlap", "forename:ever", "forename:ever"))
    used = Level("one goes by a middle name or alias of the other", tuple(other), 0.03, 0.002, (0.003,) * 4)
    return Comparison(
        name="forename",
        origin="person",
        features=tuple(features),
        missing=when(graded(0, *MISSING)),
        levels=(
            Level("forenames differ", (), 0.03, 0.93, (0.93, 0.93, 0.90, 0.95)),
            Level("one forename is the initial of the other", when(graded(0, 1)), 0.01, 0.005, (0.004,) * 4),
            Level("forenames are somewhat alike", when(graded(0, 2)), 0.02, 0.03, (0.035, 0.035, 0.03, 0.02)),
            Level("forenames are nearly the same", when(graded(0, 3)), 0.06, 0.004, (0.006, 0.006, 0.02, 0.004)),
            Level("one forename is a short form of the other", when(graded(0, 4)), 0.05, 0.002, (0.002,) * 4),
            *([used] if other else []),
            Level("forename and surname are exchanged", when(together((1, (1,)), (2, (1,)))), 0.004, 1e-5, (1e-5,) * 4),
            Level("forenames agree exactly", when(graded(0, 5)), 0.82, 0.006, (0.003, 0.003, 0.03, 0.004), 1.0),
        ),
        frequency_field="forename",
        frequency_classes=("sibling", "twin", "partner"),
    )


def surname(*, former: bool, unborn: bool = False) -> Comparison:
    """Surnames: exact, former surname, Jaro-Winkler levels; nothing where forename and surname are exchanged.

    Args:
        former: whether there are former surnames.
        unborn: whether there are expected dates of birth: an unborn child bears its mother's surname and may be registered
            under another, so that a different one says nothing.

    Returns:
        the comparison.
    """
    names = Feature("spelling", "surname", "surname", (1.0, *NAME_CUTS))
    exchanged = together((1, (1,)), (2, (1,)), (3, (0,)))
    features = [names]
    features += [
        Feature("damerau", *pair, EXCHANGE_CUTS) for pair in (("forename", "surname"), ("surname", "forename"))
    ]
    features.append(Feature("equal", "forename", "forename"))
    levels = [
        Level("surnames differ", (), 0.08, 0.965, (0.12, 0.1, 0.18, 0.3)),
        Level("surnames are somewhat alike", when(graded(0, 1)), 0.01, 0.03, (0.01,) * 4),
        Level("surnames are nearly the same", when(graded(0, 2)), 0.05, 0.003, (0.04,) * 4, 0.5),
        Level("surnames agree exactly", when(graded(0, 3)), 0.84, 0.002, (0.8, 0.82, 0.75, 0.6), 1.0),
    ]
    if former:
        features.append(Feature("overlap", "surname:ever", "surname:ever"))
        known = Level("a former surname agrees", when(graded(4, 1)), 0.02, 0.002, (0.03, 0.03, 0.03, 0.06))
        levels.insert(3, known)
    silent = [graded(0, *MISSING), exchanged]
    if unborn:
        first = len(features)
        features += [Feature("equal", UNBORN, ANYBODY), Feature("equal", ANYBODY, UNBORN)]
        silent += [together((0, (0, 1)), (first, (1,))), together((0, (0, 1)), (first + 1, (1,)))]
    return Comparison(
        name="surname",
        origin="family",
        features=tuple(features),
        missing=when(*silent),
        levels=tuple(levels),
        frequency_field="surname",
    )


def middle_names() -> Comparison:
    """Middle names: exact, alike, an initial."""
    return Comparison(
        name="middle_names",
        origin="person",
        features=(Feature("name", "middle_names", "middle_names", NAME_CUTS), Feature("equal", WHOLE, WHOLE)),
        missing=when(graded(0, *MISSING)),
        levels=(
            Level("middle names differ", (), 0.06, 0.95, (0.94, 0.94, 0.9, 0.95)),
            Level("a middle name is the initial of the other", when(graded(0, 1)), 0.05, 0.02, (0.02,) * 4),
            Level("middle initials agree", when(graded(0, 5)), 0.1, 0.04, (0.05,) * 4, 1.0),
            Level("middle names are alike", when(graded(0, 2, 3, 4)), 0.07, 0.02, (0.02,) * 4),
            Level(
                "middle names agree exactly",
                when(together((0, (5,)), (1, (1,)))),
                0.72,
                0.01,
                (0.02, 0.02, 0.06, 0.01),
                1.0,
            ),
        ),
        frequency_field="middle_names",
        frequency_classes=("sibling", "twin", "partner"),
    )
