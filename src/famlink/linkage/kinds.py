"""The kinds of comparison a hub can ask for, of a field or of a column of its own."""

from __future__ import annotations

from dataclasses import replace

from famlink.errors import SpecError
from famlink.linkage.conditions import MISSING, graded, when
from famlink.linkage.library import EVER, agreement, date_of_birth, identifier, residence
from famlink.linkage.model import Comparison, Feature, Level
from famlink.linkage.names import NAME_CUTS
from famlink.schema import EXTRA


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
                when(graded(0, grade)),
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
        missing=when(graded(0, *MISSING)),
        levels=tuple(levels),
        frequency_field=name if frequency else None,
    )


def overlapping(field: str) -> Comparison:
    """How many values two records' lists share: aliases, surnames or postcodes ever held, or an agency's own list.

    Args:
        field: a list, a column whose cells hold several values with ``;``, or a field with a list of other values
            (:data:`EVER`), which is then compared with them.

    Returns:
        the comparison.

    Example:
        >>> [level.label for level in overlapping("surname").levels]
        ['surnames ever held: none shared', 'surnames ever held: one shared', 'surnames ever held: two or more shared']
    """
    target = f"{field}:ever" if field in EVER else field
    words = f"{_words(field)}s ever held" if field in EVER else _words(field)
    levels = (
        Level(f"{words}: none shared", (), 0.3, 0.98, (0.6,) * 4),
        Level(f"{words}: one shared", when(graded(0, 1)), 0.5, 0.019, (0.3,) * 4),
        Level(f"{words}: two or more shared", when(graded(0, 2)), 0.2, 0.001, (0.1,) * 4),
    )
    features, missing = [Feature("shared", target, target, (2.0, 1.0))], [graded(0, *MISSING)]
    if field == "postcode":
        # Where today's postcodes agree the address has been paid for already.
        features.append(Feature("equal", field, field))
        missing.append(graded(1, 1))
    return Comparison(
        name=field,
        origin="family" if field in ("surname", "postcode", "phone") else "person",
        features=tuple(features),
        missing=tuple(missing),
        levels=levels,
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
    if kind in ("set", "category"):
        plain = agreement(field, field, label, origin="person", frequency=term_frequency)
        return overlapping(field) if kind == "set" else plain
    if kind == "identifier":
        return identifier(field, label, checked=False, former=False)
    if kind == "postcode":
        return residence(frozenset({"postcode"})) if field == "postcode" else _postal(field)
    if kind == "date":
        return _dates(field)
    if kind == "number":
        return _graded(field, "number", (0.0, 1.0, 5.0), ("are close", "are one apart", "agree"), frequency=False)
    if kind in ("text", "name"):
        cuts = (1.0, 0.92, 0.80)
        labels = ("are somewhat alike", "are nearly the same", "agree exactly")
        plain = _graded(field, "jaro_winkler", cuts, labels, frequency=term_frequency)
        return plain if kind == "text" else _named(plain)
    raise SpecError(
        f"comparison of {field!r}: unknown kind {kind!r}; give name, text, date, postcode, category, identifier, number, "
        "set or distance"
    )


def _named(text: Comparison) -> Comparison:
    """A text compared as a name: an initial and the sound count too."""
    field, label = text.name, f"{_words(text.name)} values"
    differ, alike, near, same = (replace(lv, when=()) for lv in text.levels)
    initial = Level(f"{label}: one is the initial of the other", when(graded(0, 1)), 0.02, 0.01, (0.1,) * 4)
    sound = Level(f"{label} sound alike", when(graded(1, 1)), 0.02, 0.01, (0.1,) * 4)
    short = Level(f"{label}: one is a short form of the other", when(graded(0, 4)), 0.03, 0.002, (0.05,) * 4)
    return replace(
        text,
        features=(Feature("name", field, field, NAME_CUTS), Feature("equal", f"{field}:sound", f"{field}:sound")),
        levels=(
            differ,
            initial,
            replace(alike, when=when(graded(0, 2))),
            sound,
            replace(near, when=when(graded(0, 3))),
            short,
            replace(same, when=when(graded(0, 5))),
        ),
    )


def _postal(field: str) -> Comparison:
    """An agency's own column of postcodes: the whole, the sector, the outcode; what is no postcode is missing."""
    label = f"{_words(field)} values"
    parts = ("outcode", "sector", "unit")
    told = (f"{label} share the postcode area", f"{label} share the postcode sector", f"{label} are one postcode")
    shares = ((0.1, 0.02), (0.1, 0.004), (0.5, 0.001))
    levels = [Level(f"{label} differ", (), 0.3, 0.975, (0.3,) * 4)]
    for place, (words, (m, u)) in enumerate(zip(told, shares, strict=True)):
        levels.append(Level(words, when(graded(place, 1)), m, u, (m,) * 4))
    features = tuple(Feature("equal", f"{field}:{part}", f"{field}:{part}") for part in parts)
    return Comparison(field, "person", features, when(graded(2, *MISSING)), tuple(levels))


def _dates(field: str) -> Comparison:
    """A date compared as dates of birth are."""
    base, label = date_of_birth(), f"{_words(field)} values"
    target = f"{field}:date" if field.startswith(EXTRA) else field
    levels = (
        replace(
            lv,
            label=lv.label.replace("dates of birth", label).replace("of birth are", f"of {label} are"),
            frequency=0.0,
        )
        for lv in base.levels
    )
    return replace(
        base,
        name=field,
        features=tuple(replace(feature, left=target, right=target) for feature in base.features),
        frequency_field=None,
        levels=tuple(levels),
    )
