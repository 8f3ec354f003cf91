"""Who is in an event: its own record's person, and the people of the records it names with their roles."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from famlink.errors import InvariantError
from famlink.incidents.keys import Ints, codes_of, enum_of, names_of, perhaps_among
from famlink.texts import numbered as numbers
from famlink.vocabulary.events import Crosswalk, agency_kinds, crosswalk

MOST_TEXT = 2000
"""Characters of a description that are read for evidence: a text of a megabyte tells no more than its beginning."""

CLOSE = ("parent", "child", "sibling", "partner", "spouse", "ex-partner", "ex-spouse", "special guardian", "kinship carer", "foster carer",
         "child under special guardianship", "child in kinship care", "child in foster care", "carer", "person cared for")  # fmt: skip
"""Relationships through which one happening reaches a second person: a mother's assault is her child's school note."""

WORDS = {
    "precision": ("day", "month", "uncertain", "year"),
    "family": ("any", "routine", "unmapped"),
    "stage": ("account", "happening", "response", "routine", "unmapped"),
}
"""Words of these columns that rules ask for, whether a run has them or not."""

MAY_TELL = ("note", "visit", "repairs")
"""Routine kinds whose entries may tell of a happening: a worker's note, a visit, an inspection."""

HARMED = ("victim", "complainant", "injured", "aggrieved", "patient", "child", "subject", "missing")
HARMING = ("suspect", "perpetrator", "offender", "accused", "defendant", "abuser", "alleged")


def close_people(relations: pl.DataFrame, ids: pl.Series, inside: pl.DataFrame) -> pl.DataFrame:
    """Of the relations through which a happening reaches a second person, those between two people who are in events.

    Args:
        relations: table ``relations``.
        ids: as :func:`participants` gives.
        inside: as :func:`participants` gives.

    Returns:
        ``person_id``, ``relative_id``: numbers of people.
    """
    # Somebody in no event is nobody's meeting point: most relatives of a county are left out here, before names are numbered.
    present = inside["person_id"].unique()
    names = pl.DataFrame({"number": present, "id": ids.gather(present)})
    near = [perhaps_among(names["id"], relations[side]) for side in ("person_id", "relative_id")]
    kin = relations.select("person_id", "relative_id", "relationship").filter(pl.Series(near[0] & near[1]))
    kin = kin.filter(pl.col("relationship").is_in(CLOSE)).select("person_id", "relative_id")
    for name in kin.columns:
        kin = kin.join(names.rename({"id": name, "number": f"{name}_number"}), on=name)
    return kin.select(pl.col("person_id_number").alias("person_id"), pl.col("relative_id_number").alias("relative_id"))


@dataclass(frozen=True)
class Entries:
    """Events in a fixed order: by agency and event_id.

    Args:
        rows: dates and what few words are said in, by ``number`` (dense from 0): ``agency``, ``date``, ``latest``,
            ``precision``, ``recorded_on``, ``kind``, ``family``, ``stage`` and ``stratum`` (agency and category in one). Words are of
            type Enum, in order of text. ``person_id``, a number, comes with :func:`participants`.
        given: the events as they were given, with their ``number``: what is long or seldom is not put in order.
        order: the rows of ``given`` by number.
    """

    rows: pl.DataFrame
    given: pl.DataFrame
    order: Ints


def numbered(events: pl.DataFrame, *, words: Crosswalk | None = None) -> Entries:
    """Number events in a fixed order and give each its kind.

    Args:
        events: table ``events``.
        words: the crosswalk; the shipped one by default.

    Returns:
        the events.
    """
    agency = enum_of(events["agency"])
    kinds, stratum = _kinds(events, agency, words)
    order = _order(agency, events["event_id"])
    number = np.empty(events.height, dtype=np.uint32)
    number[order] = np.arange(events.height, dtype=np.uint32)
    rows = events.select("date", "latest", "recorded_on").with_columns(
        agency, enum_of(events["precision"], WORDS["precision"]), *kinds, stratum
    )
    rows = _talking(rows, events["description"], words or crosswalk())
    return Entries(
        in_order(rows, order).with_row_index("number"), events.with_columns(pl.Series("number", number)), order
    )


def _talking(rows: pl.DataFrame, description: pl.Series, table: Crosswalk) -> pl.DataFrame:
    """Notes and visits that tell of something that happened may be accounts of it: what they are called says nothing."""
    note = rows["kind"].cast(pl.String).is_in(MAY_TELL)
    if not note.any():
        return rows
    text, texts = numbers(description.filter(note).str.slice(0, MOST_TEXT))
    starts = sorted({f" {start}" for listed in table.mentions.values() for start in listed})
    plain = pl.lit(" ") + texts.str.to_lowercase().str.replace_all(r"[^a-z0-9]+", " ") + pl.lit(" ")
    says = np.append(pl.select(plain.str.contains_any(starts)).to_series().to_numpy(), False)
    tells = np.zeros(rows.height, dtype=np.bool_)
    tells[note.arg_true().to_numpy()] = says[text.fill_null(texts.len()).to_numpy()]
    return rows.with_columns(
        pl.when(pl.Series(tells)).then(pl.lit("unmapped", dtype=rows.schema[name])).otherwise(name).alias(name)
        for name in ("family", "stage")
    )


def in_order(rows: pl.DataFrame, order: Ints) -> pl.DataFrame:
    """Rows in another order; as they are where it is the same."""
    same = bool((order[1:] > order[:-1]).all())
    return rows if same else rows[order.astype(np.uint32)]


def _kinds(events: pl.DataFrame, agency: pl.Series, words: Crosswalk | None) -> tuple[list[pl.Series], pl.Series]:
    """The kind, family and stage of each event; and its stratum: agency and category, whatever its capitals."""
    number, distinct = numbers(events["category"])
    texts = pl.concat([distinct, pl.Series(distinct.name, [None], dtype=pl.String)])
    row = number.fill_null(distinct.len()).to_numpy().astype(np.int64)
    # A word means what its agency means by it: each word of each agency is read once.
    both, place = np.unique(codes_of(agency) * texts.len() + row, return_inverse=True)
    pairs = pl.DataFrame(
        {"agency": names_of(agency).gather(both // texts.len()), "category": texts.gather(both % texts.len())}
    )
    kinds = agency_kinds(pairs, words=words)
    strata = pairs.select(pl.col("agency") + "\x1f" + pl.col("category").str.to_lowercase().fill_null("")).to_series()
    of = [enum_of(kinds[name], WORDS.get(name, ())).gather(place).alias(name) for name in ("kind", "family", "stage")]
    return of, enum_of(strata).gather(place).alias("stratum")


def _order(agency: pl.Series, event_id: pl.Series) -> Ints:
    """Rows by agency and event_id: agencies one by one, for a file's own ids mostly stand in order."""
    code = codes_of(agency)
    rows = np.argsort(code, kind="stable")
    ends = np.cumsum(np.bincount(code))
    return np.concatenate(
        [part[event_id.gather(part).arg_sort().to_numpy()] for part in np.split(rows, ends[:-1])] or [rows]
    )


def participants(entries: Entries, people: pl.DataFrame) -> tuple[Entries, pl.DataFrame, pl.Series]:
    """Everybody in each event. People are numbers here: joins and sorts of a whole run are then of numbers.

    Args:
        entries: as :func:`numbered` gives.
        people: table ``people``.

    Returns:
        the events with ``person_id``, their own record's; ``number``, ``person_id``, ``role`` (``harmed``, ``harming`` or
        ``other``) and ``own`` (whether the event's own record is this person), one row an event and person, sorted; and the
        ids of people by number. A record the agency did not give is left out.

    Raises:
        InvariantError: an event's record is no person's.
    """
    key = ["agency", "record_id"]
    roles = pl.Enum(["harmed", "harming", "other"])
    given, others = entries.given, _named(entries.given)
    # Most records of a hub are in no event.
    asked = perhaps_among(pl.concat([given["record_id"], others["record_id"]]), people["record_id"])
    people = people.select(*key, "person_id").filter(pl.Series(asked))
    number, ids = numbers(people["person_id"])
    people = people.with_columns(number)
    person = given.select(key).join(people, on=key, how="left", maintain_order="left")["person_id"]
    homeless = person.null_count()
    if homeless:
        raise InvariantError(
            f"{homeless} of {given.height} events are of records that are in no person; link them first"
        )
    events = entries.rows.with_columns(person.gather(entries.order))
    own = events.select(
        "number", "person_id", pl.lit(value=True).alias("own"), pl.lit("other", dtype=roles).alias("role")
    )
    named = others.join(people, on=key).select(
        "number", "person_id", pl.lit(value=False).alias("own"), _role(pl.col("word")).cast(roles).alias("role")
    )
    # Most events name nobody: they are as they are.
    many = np.zeros(events.height, dtype=np.bool_)
    many[named["number"].to_numpy()] = True
    several = (
        pl.concat([own.filter(pl.Series(many)), named])
        .group_by("number", "person_id")
        .agg(pl.col("own").any(), pl.col("role").min())
        .sort("number", "person_id")
    )
    return replace(entries, rows=events), own.filter(pl.Series(~many)).merge_sorted(several, key="number"), ids


def _named(given: pl.DataFrame) -> pl.DataFrame:
    """The records events name beside their own: ``number``, ``agency``, ``record_id`` and ``word``, the role as written."""
    return (
        given.select("number", "agency", "others")
        .filter(pl.col("others").list.len() > 0)
        .explode("others", keep_nulls=False, empty_as_null=False)
        .drop_nulls("others")
        .with_columns(pl.col("others").str.split_exact(":", 1).struct.rename_fields(["word", "id"]).alias("named"))
        .unnest("named")
        .select(
            "number",
            "agency",
            pl.coalesce("id", "word").str.strip_chars().alias("record_id"),
            "word",
        )
    )


def _role(word: pl.Expr) -> pl.Expr:
    plain = word.str.to_lowercase()
    return (
        pl.when(plain.str.contains_any(list(HARMING)))
        .then(pl.lit("harming"))
        .when(plain.str.contains_any(list(HARMED)))
        .then(pl.lit("harmed"))
        .otherwise(pl.lit("other"))
    )
