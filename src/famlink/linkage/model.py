"""A Fellegi-Sunter model as data: comparisons with their levels, probabilities, priors and term frequencies.

A model is JSON, never a pickle. Value frequencies are kept under a hash of the value, so that the file names nobody.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, ClassVar

from famlink.errors import MissingFileError, ModelError
from famlink.private import write_private

FORMAT = "famlink-model"
VERSION = 1

KIN = ("sibling", "twin", "parent", "partner")
"""The kin classes, in the order of every ``k``."""

OPERATIONS = (
    "equal",
    "name",
    "jaro_winkler",
    "jaro",
    "damerau",
    "levenshtein",
    "date",
    "number",
    "overlap",
    "shared",
    "days",
    "distance",
    "spelling",
)
"""What a feature can measure; the grades of each are documented in :mod:`famlink.kernels.compare`."""

ORIGINS = ("person", "family", "relation", "constraint", "prior")
"""What kind of evidence a bar of an explanation shows."""


@dataclass(frozen=True)
class Feature:
    """One measurement of two values, giving a small whole number: its grade; none where a value is missing.

    Args:
        op: one of :data:`OPERATIONS`.
        left: field of the left record, ``field`` or ``field:part``.
        right: field of the right record.
        cuts: thresholds, strongest first; a grade counts the cuts from the weakest up to the strongest that holds.
    """

    op: str
    left: str
    right: str
    cuts: tuple[float, ...] = ()


@dataclass(frozen=True)
class Term:
    """A condition on one feature: its grade is one of these (-1: a value is missing).

    Args:
        feature: place of the feature in its comparison.
        grades: the grades that satisfy it.
    """

    feature: int
    grades: tuple[int, ...]


When = tuple[tuple[Term, ...], ...]
"""Alternatives, of each of which every term must hold."""


@dataclass(frozen=True)
class Level:
    """One comparison level.

    Args:
        label: what it says of the pair, in words: "forenames agree exactly".
        when: alternatives; none: all other.
        m: probability of the level for two records of one person, where the comparison is not missing.
        u: the same for two strangers.
        k: the same for each kin class of :data:`KIN`.
        frequency: how far the value's own frequency replaces the average one, 0 to 1.
        fixed: ``m``, ``u`` or both where they were given and are not learnt.
    """

    least: ClassVar[float] = 1e-9
    """No probability of the level weighs as if it were less."""

    label: str
    when: When = ()
    m: float = 0.5
    u: float = 0.5
    k: tuple[float, ...] = ()
    frequency: float = 0.0
    fixed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """How one field, or a few that belong together, are compared.

    Args:
        name: what it is called.
        origin: ``person``: evidence of the person alone; ``family``: shared by a household or family.
        features: the measurements its levels are made of.
        missing: when it says nothing (level -1): alternatives as in a level.
        levels: level 0 is all other; a larger level is closer, and is tried first.
        frequency_field: the field whose value frequencies adjust the weight, or None.
        frequency_classes: kin classes it is adjusted against too (strangers always).
        frequency_minimum: least frequency a value is taken to have.
        fading: levels whose weight may only rise in this order: disagreements, the freshest first.
    """

    name: str
    origin: str
    features: tuple[Feature, ...]
    missing: When
    levels: tuple[Level, ...]
    frequency_field: str | None = None
    frequency_classes: tuple[str, ...] = ()
    frequency_minimum: float = 0.0
    fading: tuple[int, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A blocking rule: records that agree on every part are compared.

    Args:
        on: parts: ``surname:4``, ``postcode:outcode``, ``date_of_birth:year`` ...
        trains: whether its pairs teach m: its parts must be personal, or relatives would teach it.
        most: records of one block above which it is split by a second key (2,000 records are two million pairs).
    """

    on: tuple[str, ...]
    trains: bool = False
    most: int = 2_000

    @property
    def name(self) -> str:
        """The rule as people read it."""
        return " + ".join(self.on)


@dataclass(frozen=True)
class Stratum:
    """How common each class is among the pairs of one kind.

    Args:
        match: probability that a pair is one person.
        kin: probability of each kin class of :data:`KIN`.
    """

    match: float
    kin: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Frequencies:
    """How often the values of one field occur.

    Args:
        total: records that have a value.
        counts: hash of a value (16 hex digits) -> records that have it, where three or more do.
    """

    total: int
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class NameGroups:
    """Groups of names that go together, learnt from the records; names are kept as hashes of 16 hex digits.

    Args:
        shares: of each group among people.
        forenames: forename -> the groups' shares among its bearers, two hex digits each.
        surnames: the same of surnames.
        sexes: forename -> probability that two bearers are of one sex, two hex digits.
    """

    shares: tuple[float, ...]
    forenames: dict[str, str] = field(default_factory=dict)
    surnames: dict[str, str] = field(default_factory=dict)
    sexes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Interval:
    """How sure a level's numbers are.

    Args:
        m: bounds of m, low and high, between which 95 of 100 resamples fall.
        u: the same of u.
        weight: the same of log2(m / u), in bits.
        matches: pairs of one person seen at the level, as estimated; 0.0 also where nothing could teach m.
        strangers: random pairs of strangers seen at the level, as estimated.
    """

    m: tuple[float, float]
    u: tuple[float, float]
    weight: tuple[float, float]
    matches: float
    strangers: float


@dataclass(frozen=True)
class Model:
    """A trained model.

    Args:
        comparisons: in order.
        blocking: rules, in order: a pair belongs to the first that yields it.
        across: priors of pairs of two agencies.
        within: priors of pairs of one agency, by agency.
        births: priors of pairs of one agency of which one record awaits a birth and the other gives one, by agency; an agency
            without has those of ``within``.
        match: match probability at and above which an edge may join two people.
        review: match probability at and above which a pair is put up for review.
        frequencies: by field.
        intervals: by comparison, one a level; empty where nothing was learnt.
        families: for each way two records share a relative, the priors of one person, strangers and each kin class.
        names: which forenames and surnames go together; None: taken to be independent.
        version: of the format.
    """

    comparisons: tuple[Comparison, ...]
    blocking: tuple[Rule, ...]
    across: Stratum
    within: dict[str, Stratum] = field(default_factory=dict)
    match: float = 0.95
    review: float = 0.5
    frequencies: dict[str, Frequencies] = field(default_factory=dict)
    intervals: dict[str, tuple[Interval, ...]] = field(default_factory=dict)
    families: dict[str, tuple[float, ...]] = field(default_factory=dict)
    names: NameGroups | None = None
    births: dict[str, Stratum] = field(default_factory=dict)
    version: int = VERSION

    def strata(self, agencies: Sequence[str]) -> list[Stratum]:
        """The priors by stratum, as pairs are numbered.

        Args:
            agencies: in the order of their codes.

        Returns:
            of two agencies, then within each agency, then of a birth awaited and a birth known within each.

        Example:
            >>> model = Model((), (), Stratum(0.1), within={"health": Stratum(0.2)}, births={"health": Stratum(0.3)})
            >>> [stratum.match for stratum in model.strata(("health", "police"))]
            [0.1, 0.2, 0.1, 0.3, 0.1]
        """
        within = [self.within.get(agency, self.across) for agency in agencies]
        births = [self.births.get(agency, one) for agency, one in zip(agencies, within, strict=True)]
        return [self.across, *within, *births]

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field, or ``field:part``, its features read, sorted."""
        found = {name for c in self.comparisons for f in c.features for name in (f.left, f.right)}
        return tuple(sorted(found | {c.frequency_field for c in self.comparisons if c.frequency_field}))

    def to_json(self) -> str:
        """The model as JSON text: the same model always gives the same bytes."""
        plain = _plain(self)
        # A hub without unborn children has the file it always had.
        plain = plain if self.births else {name: value for name, value in plain.items() if name != "births"}
        return json.dumps({"format": FORMAT, **plain}, ensure_ascii=False, indent=1, sort_keys=True) + "\n"

    @staticmethod
    def from_json(text: str, *, where: str = "model") -> Model:
        """Read a model.

        Args:
            text: what :meth:`to_json` wrote.
            where: what errors call the text: a file's path.

        Returns:
            the model, equal to the one written.

        Raises:
            ModelError: the text is not a model of this version; all faults in one message.

        Example:
            >>> plain = Model(comparisons=(), blocking=(Rule(("surname",)),), across=Stratum(0.1))
            >>> Model.from_json(plain.to_json()) == plain
            True
        """
        try:
            raw = json.loads(text)
        except ValueError:
            raise ModelError(f"{where}: not JSON; give a model.json that famlink wrote") from None
        if not isinstance(raw, dict) or raw.get("format") != FORMAT:
            raise ModelError(
                f"{where}: not a famlink model (no format {FORMAT!r}); give a model.json that famlink wrote"
            )
        if raw.get("version") != VERSION:
            raise ModelError(f"{where}: model version {raw.get('version')!r}, expected {VERSION}; train it again")
        try:
            model = _model(raw)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise ModelError(f"{where}: not a complete model ({type(error).__name__}); train it again") from None
        faults = list(_faults(model))
        if faults:
            raise ModelError(f"{where}: " + "; ".join(faults))
        return model

    def write(self, path: str | Path) -> None:
        """Write the model to a file that only its owner can read: a rare value could be guessed from its hash."""
        write_private(path, self.to_json())

    @staticmethod
    def read(path: str | Path) -> Model:
        """Read a model from a file.

        Args:
            path: the file.

        Returns:
            the model.

        Raises:
            MissingFileError: the file is not there.
            ModelError: it is not a model.
        """
        if not Path(path).is_file():
            raise MissingFileError(f"{path}: no such file; give the path of a model.json")
        try:
            text = Path(path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise ModelError(f"{path}: not UTF-8 text; give a model.json that famlink wrote") from None
        return Model.from_json(text, where=str(path))


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _when(raw: Any) -> When:
    return tuple(tuple(Term(int(t["feature"]), tuple(int(g) for g in t["grades"])) for t in terms) for terms in raw)


def _floats(raw: Any) -> tuple[float, ...]:
    return tuple(float(item) for item in raw)


def _level(raw: Any) -> Level:
    return Level(
        label=str(raw["label"]),
        when=_when(raw["when"]),
        m=float(raw["m"]),
        u=float(raw["u"]),
        k=_floats(raw["k"]),
        frequency=float(raw["frequency"]),
        fixed=tuple(str(name) for name in raw.get("fixed", ())),
    )


def _comparison(raw: Any) -> Comparison:
    features = (Feature(str(f["op"]), str(f["left"]), str(f["right"]), _floats(f["cuts"])) for f in raw["features"])
    return Comparison(
        name=str(raw["name"]),
        origin=str(raw["origin"]),
        features=tuple(features),
        missing=_when(raw["missing"]),
        levels=tuple(_level(level) for level in raw["levels"]),
        frequency_field=raw["frequency_field"],
        frequency_classes=tuple(str(c) for c in raw["frequency_classes"]),
        frequency_minimum=float(raw["frequency_minimum"]),
        fading=tuple(int(place) for place in raw.get("fading", ())),
    )


def _stratum(raw: Any) -> Stratum:
    return Stratum(float(raw["match"]), _floats(raw["kin"]))


def _bounds(raw: Any) -> tuple[float, float]:
    low, high = raw
    return float(low), float(high)


def _interval(raw: Any) -> Interval:
    return Interval(
        m=_bounds(raw["m"]),
        u=_bounds(raw["u"]),
        weight=_bounds(raw["weight"]),
        matches=float(raw["matches"]),
        strangers=float(raw["strangers"]),
    )


def _names(raw: Any) -> NameGroups:
    tables = [{str(key): str(row) for key, row in raw[name].items()} for name in ("forenames", "surnames", "sexes")]
    return NameGroups(_floats(raw["shares"]), *tables)


def _model(raw: Any) -> Model:
    return Model(
        comparisons=tuple(_comparison(c) for c in raw["comparisons"]),
        blocking=tuple(
            Rule(tuple(str(p) for p in r["on"]), bool(r["trains"]), int(r["most"])) for r in raw["blocking"]
        ),
        across=_stratum(raw["across"]),
        within={str(agency): _stratum(s) for agency, s in raw["within"].items()},
        match=float(raw["match"]),
        review=float(raw["review"]),
        frequencies={
            str(name): Frequencies(int(f["total"]), {str(h): int(n) for h, n in f["counts"].items()})
            for name, f in raw["frequencies"].items()
        },
        intervals={str(name): tuple(_interval(i) for i in some) for name, some in raw.get("intervals", {}).items()},
        families={str(name): _floats(priors) for name, priors in raw.get("families", {}).items()},
        names=_names(raw["names"]) if raw.get("names") else None,
        births={str(agency): _stratum(s) for agency, s in raw.get("births", {}).items()},
        version=int(raw["version"]),
    )


def _share(value: float) -> bool:
    return math.isfinite(value) and 0.0 <= value <= 1.0


def _sound(names: NameGroups) -> bool:
    digits = 2 * len(names.shares)
    rows = [(row, digits) for table in (names.forenames, names.surnames) for row in table.values()]
    rows += [(row, 2) for row in names.sexes.values()]
    whole = all(len(row) == size and set(row) <= set("0123456789abcdef") for row, size in rows)
    return bool(names.shares) and all(_share(share) and share > 0.0 for share in names.shares) and whole


def _faults(model: Model) -> Iterable[str]:
    names = [c.name for c in model.comparisons]
    yield from (f"comparison {name!r} is there twice" for name in sorted({n for n in names if names.count(n) > 1}))
    for comparison in model.comparisons:
        yield from _comparison_faults(comparison)
    priors_of = [(f"{kind} {a}", s) for kind in ("within", "births") for a, s in getattr(model, kind).items()]
    for name, stratum in [("across", model.across), *priors_of]:
        if not _share(stratum.match) or not all(map(_share, stratum.kin)) or len(stratum.kin) != len(KIN):
            yield f"prior {name!r} is not one probability for a match and one for each of {len(KIN)} kin classes"
    for name, priors in model.families.items():
        if not all(map(_share, priors)) or len(priors) != 2 + len(KIN) or priors[0] <= 0.0:
            yield f"family prior {name!r} is not a probability for one person, for strangers and for each of {len(KIN)} kin classes"
    if model.names is not None and not _sound(model.names):
        yield "name groups are not one positive share a group, two hex digits a group for each name and two for its sex"
    if not 0.0 < model.review <= model.match < 1.0:
        yield "thresholds are not 0 < review <= match < 1"
    levels = {c.name: len(c.levels) for c in model.comparisons}
    for name, some in model.intervals.items():
        if levels.get(name) != len(some):
            yield f"intervals of {name!r} are not one for each level of a comparison"
    yield from ("a blocking rule has no parts" for rule in model.blocking if not rule.on)


def _comparison_faults(comparison: Comparison) -> Iterable[str]:
    where = f"comparison {comparison.name!r}"
    if comparison.origin not in ORIGINS:
        yield f"{where}: origin {comparison.origin!r} is not one of {', '.join(ORIGINS)}"
    if len(comparison.levels) < 2:
        yield f"{where}: fewer than two levels"
    yield from (f"{where}: unknown operation {f.op!r}" for f in comparison.features if f.op not in OPERATIONS)
    terms = [t for when in (comparison.missing, *(lv.when for lv in comparison.levels)) for alt in when for t in alt]
    if any(not 0 <= term.feature < len(comparison.features) for term in terms):
        yield f"{where}: a condition names a feature that is not there"
    if any(not -1 <= grade < 31 for term in terms for grade in term.grades):
        yield f"{where}: a condition names a grade outside -1 to 30"
    if any(not 0 <= place < len(comparison.levels) for place in comparison.fading):
        yield f"{where}: a fading level is not there"
    for level in comparison.levels:
        if not all(map(_share, (level.m, level.u, level.frequency, *level.k))) or len(level.k) not in (0, len(KIN)):
            yield f"{where}: level {level.label!r} has a number that is not a probability"
        if not set(level.fixed) <= {"m", "u"}:
            yield f"{where}: level {level.label!r} fixes something other than m and u"
    yield from (f"{where}: unknown kin class {name!r}" for name in comparison.frequency_classes if name not in KIN)
