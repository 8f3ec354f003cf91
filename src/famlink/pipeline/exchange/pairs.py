"""Pairs of records as a pandas MultiIndex, and back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from famlink.errors import RequestError
from famlink.pipeline.run import Run, open_run

if TYPE_CHECKING:
    import pandas as pd

SIDES = ("agency_left", "record_id_left", "agency_right", "record_id_right")
VERDICTS = ("match", "review", "distinct")


def candidate_pairs(run: Run | str | Path, *, verdicts: Sequence[str] = VERDICTS) -> pd.MultiIndex:
    """The pairs a run kept, for recordlinkage to compare or classify.

    Args:
        run: a run, or its directory.
        verdicts: of the pairs wanted.

    Returns:
        a MultiIndex of left and right ("AGENCY:ID"), as in the run's links: pairs with a match probability of 1% or more,
        and those inside a person.

    Raises:
        RequestError: a verdict is unknown.

    Example:
        >>> import famlink as fl
        >>> run = fl.link(fl.demo_hub())
        >>> pairs = candidate_pairs(run, verdicts=["match"])
        >>> pairs.names, len(pairs) == (run.links["verdict"] == "match").sum()
        (FrozenList(['left', 'right']), True)
    """
    run = run if isinstance(run, Run) else open_run(run)
    unknown = sorted(set(verdicts) - set(VERDICTS))
    if unknown:
        raise RequestError(f"verdict {', '.join(map(repr, unknown))} is not one of {', '.join(VERDICTS)}")
    return pairs_index(run.links.filter(pl.col("verdict").is_in(list(verdicts))))


def pairs_index(pairs: pl.DataFrame, *, agencies: tuple[str, str] | None = None) -> pd.MultiIndex:
    """Pairs as recordlinkage writes them.

    Args:
        pairs: agency_left, record_id_left, agency_right, record_id_right.
        agencies: two agencies: their pairs alone, the first agency's record first, by the agencies' own ids. None: all
            pairs, by "AGENCY:ID".

    Returns:
        a MultiIndex of left and right, a row a pair, in the frame's order.

    Example:
        >>> pair = pl.DataFrame({"agency_left": ["police"], "record_id_left": ["p1"],
        ...                      "agency_right": ["health"], "record_id_right": ["h1"]})
        >>> pairs_index(pair).to_list(), pairs_index(pair, agencies=("health", "police")).to_list()
        ([('police:p1', 'health:h1')], [('h1', 'p1')])
    """
    import pandas as pd

    if agencies is None:
        told = pairs.select(pl.concat_str(pl.col(agency), pl.lit(":"), pl.col(record)).alias(side)
                            for side, agency, record in (("left", *SIDES[:2]), ("right", *SIDES[2:])))  # fmt: skip
    else:
        first, second = agencies
        kept = pairs.select(SIDES).filter(
            ((pl.col("agency_left") == first) & (pl.col("agency_right") == second))
            | ((pl.col("agency_left") == second) & (pl.col("agency_right") == first))
        )
        turned = pl.col("agency_left") != first
        told = kept.select(
            pl.when(turned).then("record_id_right").otherwise("record_id_left").alias("left"),
            pl.when(turned).then("record_id_left").otherwise("record_id_right").alias("right"),
        )
    return pd.MultiIndex.from_arrays([told["left"].to_list(), told["right"].to_list()], names=["left", "right"])


def pairs_frame(pairs: pd.MultiIndex | pl.DataFrame, *, agencies: tuple[str, str] | None = None) -> pl.DataFrame:
    """Pairs from recordlinkage as a frame.

    Args:
        pairs: a MultiIndex of two names, from recordlinkage's indexing or a classifier; a frame passes through.
        agencies: whose ids the two levels hold, where they are not "AGENCY:ID".

    Returns:
        agency_left, record_id_left, agency_right, record_id_right, a row a pair, in order.

    Raises:
        RequestError: it is not pairs of records.

    Example:
        >>> import pandas as pd
        >>> pairs_frame(pd.MultiIndex.from_tuples([("police:p1", "health:h1")])).row(0)
        ('police', 'p1', 'health', 'h1')
        >>> pairs_frame(pd.MultiIndex.from_tuples([("p1", "h1")]), agencies=("police", "health")).row(0)
        ('police', 'p1', 'health', 'h1')
    """
    if isinstance(pairs, pl.DataFrame):
        missing = [name for name in SIDES if name not in pairs.columns]
        if missing:
            raise RequestError(f"pairs: no column {', '.join(missing)}; give {', '.join(SIDES)}")
        return pairs.select(pl.col(name).cast(pl.String) for name in SIDES)
    if getattr(pairs, "nlevels", 0) != 2:
        raise RequestError(
            "pairs: expected a MultiIndex of two levels, left and right, or a frame of " + ", ".join(SIDES)
        )
    columns: dict[str, Any] = {}
    for place, side in enumerate(("left", "right")):
        labels = pl.Series(side, [str(label) for label in pairs.get_level_values(place)], dtype=pl.String)
        if agencies is not None:
            columns |= {
                f"agency_{side}": pl.repeat(agencies[place], len(labels), eager=True),
                f"record_id_{side}": labels,
            }
            continue
        halves = labels.str.splitn(":", 2).struct.rename_fields(["agency", "id"])
        agency, record = halves.struct.field("agency"), halves.struct.field("id")
        unnamed = int(record.is_null().sum())
        if unnamed:
            raise RequestError(
                f"pairs: {unnamed:,} of {len(labels):,} {side} records are not written AGENCY:ID; give agencies=(left, right)"
            )
        columns |= {f"agency_{side}": agency, f"record_id_{side}": record}
    return pl.DataFrame(columns, schema=dict.fromkeys(SIDES, pl.String))


def ordered_pairs(pairs: pd.MultiIndex | pl.DataFrame) -> pd.MultiIndex:
    """Every pair once, with its sides as a run writes them: so that pairs from two places can be joined or compared.

    recordlinkage's indexing puts the later record of a frame first; to pandas that is another pair.

    Args:
        pairs: as :func:`pairs_frame`.

    Returns:
        a MultiIndex of left and right, left before right by agency and id, sorted.

    Raises:
        RequestError: it is not pairs of records.

    Example:
        >>> import pandas as pd
        >>> twice = pd.MultiIndex.from_tuples([("police:p1", "health:h1"), ("health:h1", "police:p1")])
        >>> ordered_pairs(twice).to_list()
        [('health:h1', 'police:p1')]
    """
    frame = pairs_frame(pairs)
    turned = (pl.col("agency_left") > pl.col("agency_right")) | (
        (pl.col("agency_left") == pl.col("agency_right")) & (pl.col("record_id_left") > pl.col("record_id_right"))
    )
    one, other = SIDES[:2], SIDES[2:]
    ordered = frame.select(
        *(pl.when(turned).then(b).otherwise(a).alias(a) for a, b in zip(one, other, strict=True)),
        *(pl.when(turned).then(a).otherwise(b).alias(b) for a, b in zip(one, other, strict=True)),
    )
    return pairs_index(ordered.unique().sort(SIDES))


def known_pairs(pairs: pd.MultiIndex | pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Pairs as a frame, every record of which is there.

    Args:
        pairs: as :func:`pairs_frame`.
        records: agency, record_id of the records there are.

    Returns:
        as :func:`pairs_frame`.

    Raises:
        RequestError: a pair names a record that is not there, or one record twice; it is told by its id.
    """
    frame = pairs_frame(pairs)
    sides = [frame.select(pl.col(f"agency_{s}").alias("agency"), pl.col(f"record_id_{s}").alias("record_id"))
             for s in ("left", "right")]  # fmt: skip
    absent = pl.concat(sides).unique().join(records, on=["agency", "record_id"], how="anti").sort("agency", "record_id")
    if absent.height:
        raise RequestError(
            f"pairs: {absent.height:,} records named are not there, such as {':'.join(absent.row(0)[:2])}; "
            "give ids of records the agencies gave"
        )
    one = (pl.col("agency_left") == pl.col("agency_right")) & (pl.col("record_id_left") == pl.col("record_id_right"))
    alike = frame.filter(one)
    if alike.height:
        raise RequestError(f"pairs: {alike.height:,} are one record twice, such as {':'.join(alike.row(0)[:2])}")
    return frame
