"""Who is in an event: its own record's person, and the people of the records it names with their roles."""

from __future__ import annotations

import polars as pl

from famlink.errors import InvariantError
from famlink.texts import numbered as numbers
from famlink.vocabulary.events import Crosswalk, event_kinds

MOST_TEXT = 2000
"""Characters of a description that are read for evidence: a text of a megabyte tells no more than its beginning."""

HARMED = ("victim", "complainant", "injured", "aggrieved", "patient", "child", "subject", "missing")
HARMING = ("suspect", "perpetrator", "offender", "accused", "defendant", "abuser", "alleged")


def coded(
    people: pl.DataFrame, relations: pl.DataFrame | None
) -> tuple[pl.DataFrame, pl.DataFrame | None, pl.DataFrame]:
    """Give everybody a number in place of their id: joins and sorts of a whole run are then of numbers.

    Args:
        people: table ``people``.
        relations: table ``relations``, or None.

    Returns:
        ``agency``, ``record_id``, ``person_id`` (a number); ``person_id``, ``relative_id``, ``relationship`` (numbers, unique;
        None where none were given); and ``person_id`` (a number), ``known_as`` (the id).
    """
    number, ids = numbers(people["person_id"])
    records = people.select("agency", "record_id", number.alias("person_id"))
    known = pl.DataFrame({"person_id": pl.int_range(len(ids), dtype=pl.UInt32, eager=True), "known_as": ids})
    names = known.rename({"person_id": "number", "known_as": "person_id"})
    if relations is None:
        return records, None, known
    kin = (
        relations.select("person_id", "relative_id", "relationship")
        .join(names, on="person_id")
        .join(names.rename({"person_id": "relative_id", "number": "relative"}), on="relative_id")
        .select(pl.col("number").alias("person_id"), pl.col("relative").alias("relative_id"), "relationship")
    )
    return records, kin, known


def numbered(events: pl.DataFrame, people: pl.DataFrame, *, words: Crosswalk | None = None) -> pl.DataFrame:
    """Number events in a fixed order and give each its person and its kind.

    Args:
        events: table ``events``.
        people: table ``people``.
        words: the crosswalk; the shipped one by default.

    Returns:
        the events sorted by agency and event_id, with ``number`` (dense from 0), ``person_id``, ``kind``, ``family`` and
        ``stage``.

    Raises:
        InvariantError: an event's record is no person's.
    """
    who = people.select("agency", "record_id", "person_id")
    kinds = event_kinds(events["category"], words=words).select("category", "kind", "family", "stage")
    placed = (
        events.join(who, on=["agency", "record_id"], how="left", maintain_order="left")
        .join(kinds, on="category", how="left", nulls_equal=True)
        .sort("agency", "event_id")
        .with_row_index("number")
    )
    homeless = placed["person_id"].null_count()
    if homeless:
        raise InvariantError(
            f"{homeless} of {events.height} events are of records that are in no person; link them first"
        )
    return placed


def participants(events: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Everybody in each event.

    Args:
        events: as :func:`numbered` gives.
        people: table ``people``.

    Returns:
        ``number``, ``person_id``, ``role`` (``harmed``, ``harming`` or ``other``) and ``own`` (whether the event's own record is
        this person), one row an event and person, sorted. A record the agency did not give is left out.
    """
    own = events.select("number", "person_id", pl.lit(value=True).alias("own"), pl.lit("other").alias("role"))
    named = (
        events.select("number", "agency", "others")
        .filter(pl.col("others").list.len() > 0)
        .explode("others", keep_nulls=False, empty_as_null=False)
        .drop_nulls("others")
        .with_columns(pl.col("others").str.split_exact(":", 1).struct.rename_fields(["word", "id"]).alias("named"))
        .unnest("named")
        .with_columns(pl.coalesce("id", "word").str.strip_chars().alias("record_id"))
        .join(people.select("agency", "record_id", "person_id"), on=["agency", "record_id"], how="inner")
        .select("number", "person_id", pl.lit(value=False).alias("own"), _role(pl.col("word")).alias("role"))
    )
    return (
        pl.concat([own, named])
        .group_by("number", "person_id")
        .agg(
            pl.col("own").any(),
            pl.col("role").filter(pl.col("role") != "other").sort().first().fill_null("other"),
        )
        .sort("number", "person_id")
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
