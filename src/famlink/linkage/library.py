"""The comparisons and blocking rules that suit UK person data, and how a hub adds its own: words as data.

Every probability here is only where estimation starts; :mod:`famlink.linkage.estimation` learns them from the data.
"""

from __future__ import annotations

from famlink.linkage.conditions import MISSING, graded, together, when
from famlink.linkage.dated import dated
from famlink.linkage.model import Comparison, Feature, Level, Rule, Term
from famlink.linkage.names import forename, middle_names, surname

IDENTIFIERS = {
    "nhs_number": "NHS numbers",
    "upn": "unique pupil numbers",
    "uln": "unique learner numbers",
    "ni_number": "National Insurance numbers",
    "pnc": "Police National Computer ids",
    "cro": "Criminal Records Office numbers",
}
PARTS = {
    "postcode": ("outcode", "sector"),
    "date_of_birth": ("year", "month", "day", "year_month", "month_day", "unordered", "due_year"),
}
"""Parts a field has besides a number of first letters, soundex and (for lists) ever; ``due_year`` is the year of birth, or
the one a child not born yet is expected in."""

EVER = {
    "forename": ("forename", "aliases"),
    "surname": ("surname", "former_surnames"),
    "nhs_number": ("nhs_number", "former_nhs_number"),
    "upn": ("upn", "former_upn"),
    "phone": ("phone", "phones"),
    "postcode": ("postcode", "postcodes"),
}
"""``field:ever``: every value a record has or had."""

TWO_NAMES = ("names:unordered", "names:initials")
"""Parts of forename and surname together, in either order: both whole, or their first letters."""

DATED = ("surname", "address", "school")
"""Comparisons of what people change: a disagreement of records years apart counts less."""
DATES_OF_VALUES = ("recorded_on", "address_to")
"""Columns that say when a value was last true; the second of an address alone."""


BIRTH_CUTS = (300.0, 5110.0)
"""Days within which two births of one mother are of one pregnancy (no brother or sister but a twin is so near), and within
which nobody is another's parent."""


def date_of_birth() -> Comparison:
    """Dates of birth: exact, day and month exchanged, one digit out, parts that agree."""
    return Comparison(
        name="date_of_birth",
        origin="person",
        features=(
            Feature("date", "date_of_birth", "date_of_birth"),
            Feature("days", "date_of_birth", "date_of_birth", BIRTH_CUTS),
        ),
        missing=when(graded(0, *MISSING)),
        levels=(
            Level("dates of birth are over fourteen years apart", (), 0.005, 0.6, (0.05, 0.001, 0.965, 0.15)),
            Level(
                "dates of birth differ", when(together((0, (0,)), (1, (1, 2)))), 0.01, 0.33, (0.68, 0.003, 0.005, 0.71)
            ),
            Level(
                "dates of birth are in neighbouring years", when(graded(0, 1)), 0.005, 0.03, (0.17, 0.002, 0.01, 0.08)
            ),
            Level("dates of birth share the year", when(graded(0, 2, 3)), 0.01, 0.02, (0.01, 0.004, 0.005, 0.04)),
            Level(
                "dates of birth share the day and month", when(graded(0, 4)), 0.01, 0.003, (0.003, 0.01, 0.003, 0.003)
            ),
            Level(
                "dates of birth share the month and year", when(graded(0, 5)), 0.02, 0.002, (0.001, 0.02, 0.001, 0.003)
            ),
            Level(
                "dates of birth are one digit of the year apart",
                when(graded(0, 6)),
                0.01,
                0.002,
                (0.003, 0.001, 0.002, 0.003),
            ),
            Level(
                "dates of birth are one digit of the day or month apart",
                when(together((0, (6,)), (1, (2,)))),
                0.04,
                0.001,
                (1e-4, 0.05, 1e-4, 0.001),
            ),
            Level("day and month of birth are exchanged", when(graded(0, 7)), 0.01, 1e-4, (1e-4, 0.01, 1e-4, 1e-4)),
            Level("dates of birth agree exactly", when(graded(0, 8)), 0.88, 5e-5, (5e-5, 0.9, 3e-5, 6e-5), 1.0),
        ),
        frequency_field="date_of_birth",
    )


def expected_birth() -> Comparison:
    """Expected dates of birth, of each other and against a date of birth: an unborn child's, where no two births are known.

    Source: nine births of ten fall within three weeks of the day expected (Jukic et al. 2013, "Length of human pregnancy and
    contributors to its natural variation"); a child born ten weeks early is rare.
    """
    born, due = "date_of_birth", "expected_date_of_birth"
    features = (
        Feature("date", born, born),
        *(Feature("days", one, other, (4.0, 21.0, 70.0)) for one, other in ((due, due), (born, due), (due, born))),
    )
    near = (graded(1, 1), graded(2, 1), graded(3, 1))
    close = (graded(1, 2), graded(2, 2, 3), graded(3, 2, 3))
    return Comparison(
        name="expected_date_of_birth",
        origin="person",
        features=features,
        missing=when(graded(0, *range(9)), together(*((feature, MISSING) for feature in (1, 2, 3)))),
        levels=(
            Level("the births are expected at other times", (), 0.03, 0.97, (0.99, 0.02, 0.99, 0.99)),
            Level("the births are expected within ten weeks", near, 0.07, 0.02, (0.006, 0.08, 0.005, 0.005)),
            Level("the births are expected within three weeks", close, 0.6, 0.015, (0.003, 0.3, 0.003, 0.003)),
            Level("the births are expected within days", when(graded(1, 3)), 0.3, 0.005, (0.001, 0.6, 0.002, 0.002)),
        ),
    )


def sex() -> Comparison:
    """Sexes."""
    return Comparison(
        name="sex",
        origin="person",
        features=(Feature("equal", "sex", "sex"),),
        missing=when(graded(0, *MISSING)),
        levels=(
            Level("sexes differ", (), 0.01, 0.5, (0.5, 0.4, 0.5, 0.93)),
            Level("sexes agree", when(graded(0, 1)), 0.99, 0.5, (0.5, 0.6, 0.5, 0.07)),
        ),
    )


def residence(present: frozenset[str]) -> Comparison:
    """Where they live, once: property number, house number and street, postcode, its sector, its outcode."""
    features: list[Feature] = []
    place: dict[str, int] = {}
    for name in ("postcode", "postcode:sector", "postcode:outcode", "house_number", "street", "uprn"):
        if name.split(":")[0] in present:
            place[name] = len(features)
            features.append(Feature("equal", name, name))
    same: list[tuple[Term, ...]] = []
    if "uprn" in place:
        same.append(graded(place["uprn"], 1))
    if "house_number" in place:
        number = (place["house_number"], (1,))
        if "postcode" in place:
            same.append(together(number, (place["postcode"], (1,))))
        if "street" in place:
            same.append(together(number, (place["street"], (1,))))
    nearer = [
        ("postcode", "postcodes agree"),
        ("street", "streets agree"),
        ("postcode:sector", "postcode sectors agree"),
    ]
    levels = [Level("addresses differ", (), 0.25, 0.98, (0.3, 0.2, 0.4, 0.25))]
    if "postcode:outcode" in place:
        levels.append(
            Level("postcode areas agree", when(graded(place["postcode:outcode"], 1)), 0.07, 0.012, (0.07,) * 4)
        )
    for name, label in reversed(nearer):
        if name in place:
            levels.append(Level(label, when(graded(place[name], 1)), 0.06, 0.003, (0.06,) * 4))
    if same:
        levels.append(Level("addresses agree", tuple(same), 0.5, 3e-5, (0.45, 0.6, 0.4, 0.55)))
    known = [place[name] for name in ("postcode", "street", "uprn") if name in place]
    return Comparison(
        name="address",
        origin="family",
        features=tuple(features),
        missing=when(together(*((feature, MISSING) for feature in known))),
        levels=tuple(levels),
    )


def identifier(name: str, label: str, *, checked: bool, former: bool) -> Comparison:
    """A number that should be one person's: exact and valid, exact, one character out."""
    features = [Feature("equal", name, name), Feature("damerau", name, name, (1.0,))]
    trusted = graded(0, 1)
    if checked:
        features.append(Feature("equal", f"{name}:checked", f"{name}:checked"))
        trusted = graded(2, 1)
    agree: list[tuple[Term, ...]] = [graded(0, 1)] if checked else []
    if former:
        features.append(Feature("overlap", f"{name}:ever", f"{name}:ever"))
        agree.append(graded(len(features) - 1, 1))
    levels = [
        Level(f"{label} differ", (), 0.02, 0.99999, (0.999,) * 4),
        Level(f"{label} are one character apart", when(graded(1, 1)), 0.03, 1e-6, (1e-5,) * 4),
    ]
    if agree:
        said = f"{label} agree, one of them former or failing its check"
        levels.append(Level(said, tuple(agree), 0.02, 1e-6, (1e-4,) * 4))
    levels.append(Level(f"{label} agree exactly", when(trusted), 0.93, 1e-6, (1e-4,) * 4))
    return Comparison(
        name=name, origin="person", features=tuple(features), missing=when(graded(0, *MISSING)), levels=tuple(levels)
    )


def agreement(
    name: str, field: str, label: str, *, origin: str, op: str = "equal", frequency: bool = False
) -> Comparison:
    """A field that agrees or differs."""
    return Comparison(
        name=name,
        origin=origin,
        features=(Feature(op, field, field),),
        missing=when(graded(0, *MISSING)),
        levels=(
            Level(f"{label} differ", (), 0.3, 0.99, (0.5,) * 4),
            Level(f"{label} agree", when(graded(0, 1)), 0.7, 0.01, (0.5,) * 4, 1.0 if frequency else 0.0),
        ),
        frequency_field=field if frequency else None,
    )


def default_comparisons(present: frozenset[str]) -> tuple[Comparison, ...]:
    """The comparisons that suit UK person data, of the fields a hub really has.

    Args:
        present: columns of the standardised table with at least two different values.

    Returns:
        the comparisons, in order.

    Example:
        >>> [c.name for c in default_comparisons(frozenset({"forename", "surname", "sex"}))]
        ['forename', 'surname', 'sex']
    """
    found: list[Comparison] = []
    if "forename" in present:
        found.append(forename(middle="middle_names" in present, aliases="aliases" in present))
    if "middle_names" in present:
        found.append(middle_names())
    if "surname" in present:
        unborn = {"date_of_birth", "expected_date_of_birth"} <= present
        found.append(surname(former="former_surnames" in present, unborn=unborn))
    if "date_of_birth" in present:
        found.append(date_of_birth())
    if {"date_of_birth", "expected_date_of_birth"} <= present:
        found.append(expected_birth())
    if "sex" in present:
        found.append(sex())
    if present & {"postcode", "street", "uprn"}:
        found.append(residence(present))
    found += [
        identifier(name, label, checked=f"{name}_valid" in present, former=f"former_{name}" in present)
        for name, label in IDENTIFIERS.items()
        if name in present
    ]
    if "phones" in present:
        found.append(agreement("phone", "phone:ever", "telephone numbers", origin="family", op="overlap"))
    if "email" in present:
        found.append(agreement("email", "email", "email addresses", origin="family"))
    if "school" in present:
        found.append(agreement("school", "school", "schools", origin="family"))
    return tuple(with_dates(comparison, present) for comparison in found)


def with_dates(comparison: Comparison, present: frozenset[str]) -> Comparison:
    """A comparison of what people change, told apart by date where records carry one.

    Args:
        comparison: any.
        present: columns of the standardised table with at least two different values.

    Returns:
        the comparison, its disagreement split by date if it is one of :data:`DATED` and there are dates.
    """
    days = set(DATES_OF_VALUES if comparison.name == "address" else DATES_OF_VALUES[:1])
    return dated(comparison, comparison.name) if comparison.name in DATED and present & days else comparison


_PERSONAL = (
    ("forename", "date_of_birth"),
    ("surname", "date_of_birth"),
    ("date_of_birth", "postcode"),
    ("forename", "postcode"),
    ("forename", "surname"),
    ("forename:3", "surname:4", "date_of_birth:year"),
)
_FURTHER = (
    ("surname", "postcode"),
    ("forename:3", "surname:4"),
    ("forename:1", "surname:soundex", "date_of_birth:year"),
    ("forename:1", "surname:soundex", "postcode:outcode"),
    ("surname:soundex", "forename:1", "date_of_birth:month_day"),
    ("surname", "date_of_birth:year_month"),
    ("forename", "date_of_birth:year_month"),
    ("names:unordered",),
    ("surname", "date_of_birth:unordered"),
    ("forename", "date_of_birth:unordered"),
    ("surname:ever", "date_of_birth"),
    ("surname:ever", "forename"),
    ("phone:ever", "forename:1"),
    ("uprn", "forename:1"),
    ("house_number", "street", "forename:1"),
    ("postcode", "forename:1"),
    ("postcode", "date_of_birth:due_year"),
    ("house_number", "street", "date_of_birth:due_year"),
    ("phone:ever", "date_of_birth:due_year"),
    ("names:initials", "date_of_birth"),
    ("date_of_birth", "postcode:outcode"),
    ("forename:3", "date_of_birth"),
    ("surname:4", "date_of_birth"),
)


_WITHOUT_POSTCODES = (("surname", "house_number", "street"),)
"""What stands in for surname and postcode where no source has postcodes, or the same one for everybody."""


_MOST = {("forename", "surname"): 150, ("names:unordered",): 150, ("forename:3", "surname:4"): 50}
"""Rules of names alone: a name that many have says too little by itself, and its pairs grow with the square."""


def default_blocking(present: frozenset[str]) -> tuple[Rule, ...]:
    """The blocking rules that suit UK person data, of the fields a hub really has.

    Args:
        present: columns of the standardised table with at least two different values.

    Returns:
        the rules, in order; those that teach m first.

    Example:
        >>> [rule.name for rule in default_blocking(frozenset({"forename", "surname"}))]
        ['forename + surname', 'forename:3 + surname:4', 'names:unordered']
    """
    rules = [
        Rule((f"{name}:ever" if f"former_{name}" in present else name,), trains=True)
        for name in IDENTIFIERS
        if name in present
    ]
    rules += [Rule(on, trains=True, most=_MOST.get(on, Rule.most)) for on in _PERSONAL]
    rules += [Rule(on, most=_MOST.get(on, Rule.most)) for on in _FURTHER]
    rules += [] if "postcode" in present else [Rule(on, trains=True) for on in _WITHOUT_POSTCODES]
    return tuple(rule for rule in rules if all(_possible(part, present) for part in rule.on))


def _possible(part: str, present: frozenset[str]) -> bool:
    field, _, _ = part.partition(":")
    if part in TWO_NAMES:
        return {"forename", "surname"} <= present
    if part.endswith(":ever"):
        return EVER[field][1] in present
    return field in present
