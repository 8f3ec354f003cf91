"""The comparisons and blocking rules that suit UK person data, and how a hub adds its own: words as data.

Every probability here is only where estimation starts; :mod:`famlink.linkage.estimation` learns them from the data.
"""

from __future__ import annotations

from dataclasses import replace

from famlink.errors import SpecError
from famlink.linkage.dated import dated
from famlink.linkage.model import Comparison, Feature, Level, Rule, Term, When
from famlink.schema import EXTRA

NAME_CUTS = (0.92, 0.80)
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
    "date_of_birth": ("year", "month", "day", "year_month", "month_day", "unordered"),
}
"""Parts a field has besides a number of first letters, soundex and (for lists) ever."""

EVER = {
    "surname": ("surname", "former_surnames"),
    "nhs_number": ("nhs_number", "former_nhs_number"),
    "upn": ("upn", "former_upn"),
    "phone": ("phone", "phones"),
}
"""``field:ever``: every value a record has or had."""

DATED = ("surname", "address", "school")
"""Comparisons of what people change: a disagreement of records years apart counts less."""


def _all(*terms: tuple[int, tuple[int, ...]]) -> tuple[Term, ...]:
    return tuple(Term(feature, grades) for feature, grades in terms)


def _when(*alternatives: tuple[Term, ...]) -> When:
    return alternatives


def _is(feature: int, *grades: int) -> tuple[Term, ...]:
    return _all((feature, grades))


_MISSING = (-1,)


def forename() -> Comparison:
    """Forenames: exact, nickname, Jaro-Winkler levels, an initial, and forename and surname exchanged."""
    return Comparison(
        name="forename",
        origin="person",
        features=(
            Feature("name", "forename", "forename", NAME_CUTS),
            Feature("equal", "forename", "surname"),
            Feature("equal", "surname", "forename"),
        ),
        missing=_when(_is(0, *_MISSING)),
        levels=(
            Level("forenames differ", (), 0.03, 0.93, (0.93, 0.93, 0.90, 0.95)),
            Level("one forename is the initial of the other", _when(_is(0, 1)), 0.01, 0.005, (0.004,) * 4),
            Level("forenames are somewhat alike", _when(_is(0, 2)), 0.02, 0.03, (0.035, 0.035, 0.03, 0.02)),
            Level("forenames are nearly the same", _when(_is(0, 3)), 0.06, 0.004, (0.006, 0.006, 0.02, 0.004)),
            Level("one forename is a short form of the other", _when(_is(0, 4)), 0.05, 0.002, (0.002,) * 4),
            Level("forename and surname are exchanged", _when(_all((1, (1,)), (2, (1,)))), 0.004, 1e-5, (1e-5,) * 4),
            Level("forenames agree exactly", _when(_is(0, 5)), 0.82, 0.006, (0.003, 0.003, 0.03, 0.004), 1.0),
        ),
        frequency_field="forename",
        frequency_classes=("sibling", "twin", "partner"),
    )


def surname(*, former: bool) -> Comparison:
    """Surnames: exact, former surname, Jaro-Winkler levels; nothing where forename and surname are exchanged."""
    names = Feature("jaro_winkler", "surname", "surname", (1.0, *NAME_CUTS))
    exchanged = _all((1, (1,)), (2, (1,)), (3, (0, 1, 2, 3, 4)))
    features = [names, Feature("equal", "forename", "surname"), Feature("equal", "surname", "forename")]
    features.append(Feature("name", "forename", "forename", NAME_CUTS))
    levels = [
        Level("surnames differ", (), 0.08, 0.965, (0.12, 0.1, 0.18, 0.3)),
        Level("surnames are somewhat alike", _when(_is(0, 1)), 0.01, 0.03, (0.01,) * 4),
        Level("surnames are nearly the same", _when(_is(0, 2)), 0.05, 0.003, (0.04,) * 4, 0.5),
        Level("surnames agree exactly", _when(_is(0, 3)), 0.84, 0.002, (0.8, 0.82, 0.75, 0.6), 1.0),
    ]
    if former:
        features.append(Feature("overlap", "surname:ever", "surname:ever"))
        known = Level("a former surname agrees", _when(_is(4, 1)), 0.02, 0.002, (0.03, 0.03, 0.03, 0.06))
        levels.insert(3, known)
    return Comparison(
        name="surname",
        origin="family",
        features=tuple(features),
        missing=_when(_is(0, *_MISSING), exchanged),
        levels=tuple(levels),
        frequency_field="surname",
    )


def middle_names() -> Comparison:
    """Middle names: exact, alike, an initial."""
    return Comparison(
        name="middle_names",
        origin="person",
        features=(Feature("name", "middle_names", "middle_names", NAME_CUTS),),
        missing=_when(_is(0, *_MISSING)),
        levels=(
            Level("middle names differ", (), 0.06, 0.95, (0.94, 0.94, 0.9, 0.95)),
            Level("a middle name is the initial of the other", _when(_is(0, 1)), 0.05, 0.02, (0.02,) * 4),
            Level("middle names are alike", _when(_is(0, 2, 3, 4)), 0.07, 0.02, (0.02,) * 4),
            Level("middle names agree exactly", _when(_is(0, 5)), 0.82, 0.01, (0.02, 0.02, 0.06, 0.01), 1.0),
        ),
        frequency_field="middle_names",
        frequency_classes=("sibling", "twin", "partner"),
    )


def date_of_birth() -> Comparison:
    """Dates of birth: exact, day and month exchanged, one digit out, parts that agree."""
    return Comparison(
        name="date_of_birth",
        origin="person",
        features=(Feature("date", "date_of_birth", "date_of_birth"),),
        missing=_when(_is(0, *_MISSING)),
        levels=(
            Level("dates of birth differ", (), 0.015, 0.93, (0.73, 0.004, 0.97, 0.86)),
            Level("dates of birth are in neighbouring years", _when(_is(0, 1)), 0.005, 0.03, (0.17, 0.002, 0.01, 0.08)),
            Level("dates of birth share the year", _when(_is(0, 2, 3)), 0.01, 0.02, (0.01, 0.004, 0.005, 0.04)),
            Level("dates of birth share the day and month", _when(_is(0, 4)), 0.01, 0.003, (0.003, 0.01, 0.003, 0.003)),
            Level(
                "dates of birth share the month and year", _when(_is(0, 5)), 0.02, 0.002, (0.001, 0.02, 0.001, 0.003)
            ),
            Level("dates of birth are one digit apart", _when(_is(0, 6)), 0.05, 0.003, (0.003, 0.05, 0.002, 0.004)),
            Level("day and month of birth are exchanged", _when(_is(0, 7)), 0.01, 1e-4, (1e-4, 0.01, 1e-4, 1e-4)),
            Level("dates of birth agree exactly", _when(_is(0, 8)), 0.88, 5e-5, (5e-5, 0.9, 3e-5, 6e-5), 1.0),
        ),
        frequency_field="date_of_birth",
    )


def sex() -> Comparison:
    """Sexes."""
    return Comparison(
        name="sex",
        origin="person",
        features=(Feature("equal", "sex", "sex"),),
        missing=_when(_is(0, *_MISSING)),
        levels=(
            Level("sexes differ", (), 0.01, 0.5, (0.5, 0.4, 0.5, 0.93)),
            Level("sexes agree", _when(_is(0, 1)), 0.99, 0.5, (0.5, 0.6, 0.5, 0.07)),
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
        same.append(_is(place["uprn"], 1))
    if "house_number" in place:
        number = (place["house_number"], (1,))
        if "postcode" in place:
            same.append(_all(number, (place["postcode"], (1,))))
        if "street" in place:
            same.append(_all(number, (place["street"], (1,))))
    nearer = [
        ("postcode", "postcodes agree"),
        ("street", "streets agree"),
        ("postcode:sector", "postcode sectors agree"),
    ]
    levels = [Level("addresses differ", (), 0.25, 0.98, (0.3, 0.2, 0.4, 0.25))]
    if "postcode:outcode" in place:
        levels.append(Level("postcode areas agree", _when(_is(place["postcode:outcode"], 1)), 0.07, 0.012, (0.07,) * 4))
    for name, label in reversed(nearer):
        if name in place:
            levels.append(Level(label, _when(_is(place[name], 1)), 0.06, 0.003, (0.06,) * 4))
    if same:
        levels.append(Level("addresses agree", tuple(same), 0.5, 3e-5, (0.45, 0.6, 0.4, 0.55)))
    known = [place[name] for name in ("postcode", "street", "uprn") if name in place]
    return Comparison(
        name="address",
        origin="family",
        features=tuple(features),
        missing=_when(_all(*((feature, _MISSING) for feature in known))),
        levels=tuple(levels),
    )


def identifier(name: str, label: str, *, checked: bool, former: bool) -> Comparison:
    """A number that should be one person's: exact and valid, exact, one character out."""
    features = [Feature("equal", name, name), Feature("damerau", name, name, (1.0,))]
    trusted = _is(0, 1)
    if checked:
        features.append(Feature("equal", f"{name}:checked", f"{name}:checked"))
        trusted = _is(2, 1)
    agree: list[tuple[Term, ...]] = [_is(0, 1)] if checked else []
    if former:
        features.append(Feature("overlap", f"{name}:ever", f"{name}:ever"))
        agree.append(_is(len(features) - 1, 1))
    levels = [
        Level(f"{label} differ", (), 0.02, 0.99999, (0.999,) * 4),
        Level(f"{label} are one character apart", _when(_is(1, 1)), 0.03, 1e-6, (1e-5,) * 4),
    ]
    if agree:
        said = f"{label} agree, one of them former or failing its check"
        levels.append(Level(said, tuple(agree), 0.02, 1e-6, (1e-4,) * 4))
    levels.append(Level(f"{label} agree exactly", _when(trusted), 0.93, 1e-6, (1e-4,) * 4))
    return Comparison(
        name=name, origin="person", features=tuple(features), missing=_when(_is(0, *_MISSING)), levels=tuple(levels)
    )


def agreement(
    name: str, field: str, label: str, *, origin: str, op: str = "equal", frequency: bool = False
) -> Comparison:
    """A field that agrees or differs."""
    return Comparison(
        name=name,
        origin=origin,
        features=(Feature(op, field, field),),
        missing=_when(_is(0, *_MISSING)),
        levels=(
            Level(f"{label} differ", (), 0.3, 0.99, (0.5,) * 4),
            Level(f"{label} agree", _when(_is(0, 1)), 0.7, 0.01, (0.5,) * 4, 1.0 if frequency else 0.0),
        ),
        frequency_field=field if frequency else None,
    )


def _words(field: str) -> str:
    return field.removeprefix(EXTRA).replace("_", " ")


def _graded(name: str, op: str, cuts: tuple[float, ...], labels: tuple[str, ...], *, frequency: bool) -> Comparison:
    """One feature whose grades are the levels, from the weakest cut up."""
    top = len(labels)
    levels = [Level(f"{_words(name)} values differ", (), 0.1, 0.95, (0.5,) * 4)]
    for grade, label in enumerate(labels, start=1):
        last = grade == top
        m, u = (0.8, 0.01) if last else (0.1 / (top - 1), 0.04 / (top - 1))
        levels.append(
            Level(
                f"{_words(name)} values {label}",
                _when(_is(0, grade)),
                m,
                u,
                (0.5 / top,) * 4,
                float(last and frequency),
            )
        )
    return Comparison(
        name=name,
        origin="person",
        features=(Feature(op, name, name, cuts),),
        missing=_when(_is(0, *_MISSING)),
        levels=tuple(levels),
        frequency_field=name if frequency else None,
    )


def requested(field: str, kind: str, *, term_frequency: bool = False) -> Comparison:
    """The comparison of one ``[[link.comparison]]``.

    Args:
        field: a column of the standardised table.
        kind: name, text, date, postcode, category, identifier, number or set.
        term_frequency: whether how common a value is counts.

    Returns:
        the comparison.

    Raises:
        SpecError: the kind is not one of these.

    Example:
        >>> [level.label for level in requested("extra.birth_place", "category").levels]
        ['birth place values differ', 'birth place values agree']
    """
    label = f"{_words(field)} values"
    if kind in ("category", "set"):
        op = "overlap" if kind == "set" else "equal"
        return agreement(field, field, label, origin="person", op=op, frequency=term_frequency and kind == "category")
    if kind == "identifier":
        return identifier(field, label, checked=False, former=False)
    if kind == "postcode" and field == "postcode":
        return residence(frozenset({"postcode"}))
    if kind == "date":
        base = date_of_birth()
        renamed = (replace(lv, label=lv.label.replace("dates of birth", label), frequency=0.0) for lv in base.levels)
        return replace(
            base, name=field, features=(Feature("date", field, field),), frequency_field=None, levels=tuple(renamed)
        )
    if kind == "number":
        return _graded(field, "number", (0.0, 1.0, 5.0), ("are close", "are one apart", "agree"), frequency=False)
    if kind in ("text", "name", "postcode"):
        cuts = (1.0, 0.92, 0.80)
        labels = ("are somewhat alike", "are nearly the same", "agree exactly")
        return _graded(field, "jaro_winkler", cuts, labels, frequency=term_frequency)
    raise SpecError(
        f"comparison of {field!r}: unknown kind {kind!r}; give name, text, date, postcode, category, identifier, number or set"
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
        found.append(forename())
    if "middle_names" in present:
        found.append(middle_names())
    if "surname" in present:
        found.append(surname(former="former_surnames" in present))
    if "date_of_birth" in present:
        found.append(date_of_birth())
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
    days = {"recorded_on", "address_to"} if comparison.name == "address" else {"recorded_on"}
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
    ("postcode", "date_of_birth:year"),
    ("date_of_birth", "postcode:outcode"),
    ("forename:3", "date_of_birth"),
    ("surname:4", "date_of_birth"),
)


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
    return tuple(rule for rule in rules if all(_possible(part, present) for part in rule.on))


def _possible(part: str, present: frozenset[str]) -> bool:
    field, _, _ = part.partition(":")
    if part == "names:unordered":
        return {"forename", "surname"} <= present
    if part.endswith(":ever"):
        return EVER[field][1] in present
    return field in present
