"""Seven comparisons with the levels that ``peer_splink.settings`` gives Splink, as famlink's features and conditions."""

from __future__ import annotations

from collections.abc import Sequence

from famlink.linkage.model import Comparison, Feature, Level, Term, When


def _is(feature: int, *grades: int) -> When:
    return ((Term(feature, grades),),)


NAME = ("jaro_winkler", (1.0, 0.92, 0.80))
SHAPES: dict[str, tuple[tuple[Feature, ...], list[When]]] = {
    "forename": ((Feature(NAME[0], "forename", "forename", NAME[1]),), [_is(0, g) for g in (3, 2, 1)]),
    "surname": ((Feature(NAME[0], "surname", "surname", NAME[1]),), [_is(0, g) for g in (3, 2, 1)]),
    "date_of_birth": (
        (Feature("date", "date_of_birth", "date_of_birth"),),
        [_is(0, *g) for g in ((8,), (7,), (6,), (5,), (4,), (3, 2), (1,))],
    ),
    "sex": ((Feature("equal", "sex", "sex"),), [_is(0, 1)]),
    "postcode": (
        tuple(Feature("equal", name, name) for name in ("postcode", "postcode:sector", "postcode:outcode")),
        [_is(n, 1) for n in range(3)],
    ),
    "nhs_number": (
        (
            Feature("equal", "nhs_number", "nhs_number"),
            Feature("levenshtein", "nhs_number", "nhs_number", (1.0,)),
        ),
        [_is(0, 1), _is(1, 1)],
    ),
    "phone": ((Feature("equal", "phone", "phone"),), [_is(0, 1)]),
}
"""Features of each comparison and the conditions of its levels, nearest first: those of ``peer_splink.settings``."""


def comparison(name: str, probabilities: Sequence[tuple[float, float]]) -> Comparison:
    """One of the seven, with m and u of its levels, nearest first."""
    features, conditions = SHAPES[name]
    levels = [
        Level(f"level {n}", when, m, u)
        for n, (when, (m, u)) in enumerate(zip([*conditions, ()], probabilities, strict=True))
    ]
    return Comparison(name, "person", features, _is(0, -1), tuple(reversed(levels)))
