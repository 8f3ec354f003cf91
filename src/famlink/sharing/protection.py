"""People whose whereabouts are protected, everyone who could lead to them, and the values that would.

A record marked restricted protects its person everywhere, whichever agency marked it and whether or not that agency's
record is itself released. Protected too are the children of a restricted adult, the carers of a restricted child, and
whoever is recorded at the address of the marked record or as living with them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl

from famlink.family.residence import stays
from famlink.sharing.consent import Ages
from famlink.sharing.evidence import Evidence
from famlink.sharing.texts import Forbidden, Gathered, address_forms, phone_forms, setting_forms, squeeze

LOCATION = (
    "uprn",
    "address",
    "postcode",
    "phone",
    "email",
    "gp_practice",
    "school",
    "upn",
    "former_upn",
    "address_from",
    "address_to",
    "household_id",
)
"""Columns of ``records`` that could lead to a person (a pupil number names the school that gave it)."""

LOCATION_CLEANED = (*LOCATION, "upn_valid", "house_number", "street", "outcode", "sector", "phones")
"""The same in ``standardised``."""

_ADDRESS = ("uprn", "address", "postcode", "house_number", "street", "outcode", "sector", "household_id")
_PLACES = (*_ADDRESS, "phone", "phones", "email")
_CARED_FOR = (
    "child",
    "unborn child",
    "child in foster care",
    "privately fostered child",
    "child under special guardianship",
    "child in kinship care",
    "ward",
    "person cared for",
)
_CARERS = (
    "foster carer",
    "private foster carer",
    "special guardian",
    "kinship carer",
    "guardian",
    "carer",
)
_OTHER_PARENT = ("parent", "partner", "spouse", "ex-partner", "ex-spouse", "co-parent")


@dataclass(frozen=True)
class Protection:
    """Whom and what to protect.

    Args:
        people: persons whose whereabouts no output may show or lead to.
        flagged: (agency, record_id) of records marked restricted.
        forbidden: the values that may stand in no text.
        places: those of them that may be no address or telephone of anybody else (a school may be named after a town).
    """

    people: frozenset[str] = frozenset()
    flagged: frozenset[tuple[str, str]] = frozenset()
    forbidden: Forbidden = field(default_factory=Forbidden)
    places: Forbidden = field(default_factory=Forbidden)

    def betrays(self, *names: str | None) -> bool:
        """Whether an agency's or system's own name would say where a protected person is."""
        return any(part in squeeze(name) for name in names if name for part in self.forbidden.parts)


def protection(evidence: Evidence, ages: Ages) -> Protection:
    """Find everyone whose whereabouts are protected.

    Args:
        evidence: everything held about the people near the subjects.
        ages: who is a child and who is an adult.

    Returns:
        the protection; empty where no record is marked.
    """
    marked = evidence.standardised.filter(is_restricted(pl.col("restricted"))).select("agency", "record_id").unique()
    if marked.is_empty():
        return Protection()
    flagged = frozenset((agency, record_id) for agency, record_id in marked.iter_rows())
    person_of = evidence.person_of()
    restricted = {person_of[key] for key in flagged if key in person_of}
    places = stays(evidence.people, evidence.standardised).filter(
        pl.col("end").is_null() | (pl.col("end") > evidence.as_at)
    )
    marked_places = places.join(marked, on=["agency", "record_id"], how="semi")
    together = places.filter(
        pl.col("place").is_in(marked_places["place"].implode())
        | pl.col("household").is_in(marked_places["household"].drop_nulls().implode())
    )
    group = restricted | set(together["person_id"]) | _living_with(evidence, restricted)
    group |= _led_by(evidence.relations, restricted, ages)
    return Protection(
        frozenset(group),
        flagged,
        _values(evidence, group, flagged, ages, settings=True),
        _values(evidence, group, flagged, ages, settings=False),
    )


def is_restricted(column: pl.Expr) -> pl.Expr:
    """Whether a cleaned ``restricted`` cell protects."""
    return column.is_not_null() & (column != "no")


def _led_by(relations: pl.DataFrame, restricted: set[str], ages: Ages) -> set[str]:
    near = relations.filter(pl.col("person_id").is_in(sorted(restricted)))
    led: set[str] = set()
    for person, relative, kind, qualifier in near.select(
        "person_id", "relative_id", "relationship", "qualifier"
    ).iter_rows():
        is_child = kind in _CARED_FOR and ages.may_be_child(relative)
        is_carer = kind in _CARERS or (kind == "parent" and "adoptive" in (qualifier or ""))
        if is_child or (is_carer and ages.may_be_child(person)):
            led.add(relative)
    return led


def _living_with(evidence: Evidence, restricted: set[str]) -> set[str]:
    person_of = evidence.person_of()
    found: set[str] = set()
    lives = evidence.ties.filter(pl.col("lives_with") & (pl.col("end").is_null() | (pl.col("end") > evidence.as_at)))
    for agency, one, other in lives.select("agency", "record_id", "relative_record_id").iter_rows():
        pair = {person_of.get((agency, one)), person_of.get((agency, other))}
        if pair & restricted:
            found |= {person for person in pair if person is not None}
    return found


def _values(
    evidence: Evidence, group: set[str], flagged: frozenset[tuple[str, str]], ages: Ages, *, settings: bool
) -> Forbidden:
    """Every place value of the group, but not those that are another parent's own, unless a marked record gives them."""
    of = evidence.people.select("agency", "record_id", "person_id")
    raw = evidence.records.join(of, on=["agency", "record_id"], how="inner")
    cleaned = evidence.standardised.join(of, on=["agency", "record_id"], how="inner")
    ended = cleaned.filter(pl.col("address_to") <= evidence.as_at).select("agency", "record_id", "part")
    mine = pl.col("person_id").is_in(sorted(group))
    marked = pl.struct("agency", "record_id").is_in([{"agency": a, "record_id": r} for a, r in sorted(flagged)])
    # An address that a marked record does not give and that ended before today says where nobody is.
    still = raw.filter(mine & ~marked).join(ended, on=["agency", "record_id", "part"], how="anti")
    still_cleaned = cleaned.filter(mine & ~marked).join(ended, on=["agency", "record_id", "part"], how="anti")
    certain = location_values(raw.filter(marked), cleaned.filter(marked), settings=settings)
    parents = _other_parents(evidence.relations, group, ages) - group
    theirs = pl.col("person_id").is_in(sorted(parents))
    exempt = location_values(raw.filter(theirs), cleaned.filter(theirs), settings=settings)
    return certain | (location_values(still, still_cleaned, settings=settings) - exempt)


def _other_parents(relations: pl.DataFrame, group: set[str], ages: Ages) -> set[str]:
    near = relations.filter(
        pl.col("person_id").is_in(sorted(group)) & pl.col("relationship").is_in(list(_OTHER_PARENT))
    )
    return {relative for relative in near["relative_id"] if not ages.is_child(relative)}


def location_values(
    records: pl.DataFrame, cleaned: pl.DataFrame, *, hints: bool = True, settings: bool = True
) -> Forbidden:
    """The values of records that say where somebody is, in the forms in which a note may hold them.

    Args:
        records: rows of table ``records``.
        cleaned: rows of table ``standardised``.
        hints: also what only leads there: the street without its number, the school, the practice.
        settings: the school and practice among them.
    """
    found = Gathered()
    for name in ("uprn", "postcode", "email"):
        found.values(part for cell in _cells(records, name) for part in cell.split(";"))
    for cell in _cells(records, "address"):
        for part in (cell, *cell.replace("\n", ",").split(",")):
            if any(letter.isdigit() for letter in part) or (hints and len(part.split()) > 1):
                found.parts |= address_forms(part)
    if hints:
        for cell in _cells(cleaned, "street"):
            if len(cell.split()) > 1:
                found.parts |= address_forms(cell)
        for name in ("school", "gp_practice") if settings else ():
            for cell in _cells(records, name):
                found.parts |= setting_forms(cell)
    for cell in _cells(records, "phone"):
        for part in cell.split(";"):
            found.parts |= phone_forms(part)
    return found.frozen()


def _cells(frame: pl.DataFrame, name: str) -> Iterable[str]:
    return frame[name].drop_nulls().unique(maintain_order=True).to_list() if name in frame.columns else ()


def mask_locations(frame: pl.DataFrame, guarded: Protection, *, keys: pl.DataFrame) -> pl.DataFrame:
    """Empty every cell that says, or could say, where a protected person is.

    Args:
        frame: rows of ``records`` or ``standardised``.
        guarded: the protection.
        keys: agency, record_id of the protected people's records.

    Returns:
        the frame; protected people's place columns and extra columns are empty, and other people's where they hold a
        protected value.
    """
    if not guarded.people:
        return frame
    # The word of reason (refuge, witness) says more than that somebody is protected.
    protects = is_restricted(pl.col("restricted").str.strip_chars().str.to_lowercase())
    frame = frame.with_columns(
        pl.when(protects).then(pl.lit("yes")).otherwise(pl.col("restricted")).alias("restricted")
    )
    extra = [name for name in frame.columns if name.startswith("extra.")]
    places = [name for name in LOCATION_CLEANED if name in frame.columns]
    inside = frame.join(keys, on=["agency", "record_id"], how="semi").with_columns(
        pl.lit(None, dtype=frame.schema[name]).alias(name) for name in (*places, *extra)
    )
    outside = frame.join(keys, on=["agency", "record_id"], how="anti")
    holds = {
        name: [
            (guarded.places if name in _PLACES else guarded.forbidden).found_in(_as_text(cell))
            for cell in outside[name].to_list()
        ]
        for name in (*places, *extra)
        if name not in ("address_from", "address_to", "upn_valid")
    }
    at_home = [any(row) for row in zip(*(holds[name] for name in _ADDRESS if name in holds), strict=True)]
    for name in _ADDRESS:
        if name in holds:
            holds[name] = at_home
    if "phones" in holds:
        holds["phone"] = holds["phones"] = [a or b for a, b in zip(holds["phone"], holds["phones"], strict=True)]
    outside = outside.with_columns(
        pl.when(~pl.Series(name, said, dtype=pl.Boolean)).then(pl.col(name)).alias(name) for name, said in holds.items()
    )
    return pl.concat([inside, outside]).sort("agency", "record_id", "part")


def _as_text(cell: object) -> str | None:
    if cell is None:
        return None
    return "; ".join(map(str, cell)) if isinstance(cell, list | tuple) else str(cell)
