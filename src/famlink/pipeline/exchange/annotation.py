"""recordlinkage's annotation file: pairs out to be labelled by people, their labels back as judgements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from famlink.errors import MissingFileError, SourceError
from famlink.linkage.judgements import judgements
from famlink.pipeline.asking import audit_of
from famlink.pipeline.exchange.pairs import SIDES, known_pairs, pairs_frame, pairs_index
from famlink.pipeline.exchange.records import FIELDS, records_frame
from famlink.pipeline.run import Run, open_run
from famlink.private import written

if TYPE_CHECKING:
    import pandas as pd


def write_annotation(
    run: Run | str | Path,
    pairs: pd.MultiIndex | pl.DataFrame,
    *,
    to: str | Path,
    fields: Sequence[str] | None = None,
) -> Path:
    """Write pairs as an annotation file, for the hub's linkage staff to label in recordlinkage's annotator.

    The file shows people's values, as a reviewer must see them: it is readable by its owner alone, and the audit gets a
    line with the number of pairs.

    Args:
        run: a run, or its directory.
        pairs: of records of the run, such as ``candidate_pairs(run, verdicts=["review"])``.
        to: the file, JSON.
        fields: shown of both records, in order; None: names, dates, address and NHS number, where there are any.

    Returns:
        the path.

    Raises:
        RequestError: a record is not in the run.
        SpecError: no source has a field.
        RunError: the file cannot be written.

    Example:
        >>> import tempfile, famlink as fl
        >>> from famlink.pipeline.exchange import candidate_pairs
        >>> run = fl.link(fl.demo_hub())
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = write_annotation(run, candidate_pairs(run)[:2], to=Path(folder) / "pairs.json")
        ...     read_annotation(file, who="nobody").height
        0
    """
    import recordlinkage

    from famlink.sharing.audit import record as audited

    run = run if isinstance(run, Run) else open_run(run)
    frame = known_pairs(pairs, run.table("standardised").select("agency", "record_id"))
    there = set(run.table("standardised").columns)
    shown = records_frame(run, fields=fields or [name for name in FIELDS if name in there])
    index = pairs_index(frame)
    wanted = index.get_level_values(0).union(index.get_level_values(1)).unique()
    shown = shown.loc[wanted]
    for name in shown.columns:
        if shown[name].dtype.kind == "M":
            shown[name] = shown[name].dt.strftime("%Y-%m-%d")
    # recordlinkage reads a pair's sides by number: levels without names keep pandas from guessing what 0 means.
    index = index.set_names([None, None])
    hub = str(run.parameters["hub"])
    audited(audit_of(run), "annotation", {"pairs": len(index), "fields": list(shown.columns)})
    return written(to, lambda part: recordlinkage.write_annotation_file(part, index, shown, dataset_a_name=hub))


def read_annotation(path: str | Path, *, who: str, why: str | None = None, when: dt.date | None = None) -> pl.DataFrame:
    """Read the labels of an annotation file as judgements of a person.

    Args:
        path: what the annotator saved.
        who: the person who labelled.
        why: the reason, without anybody's values.
        when: the day; None takes today.

    Returns:
        as :func:`famlink.linkage.judgements.judgements` makes them: match for a link, distinct for a pair labelled
        distinct; pairs without a label are left out. ``write_judgements`` adds them to the hub's log.

    Raises:
        MissingFileError: there is no such file.
        SourceError: it is not an annotation file of "AGENCY:ID" records.
    """
    import recordlinkage

    file = Path(path)
    if not file.is_file():
        raise MissingFileError(f"{file}: no such file; give the file that the annotator saved")
    try:
        found = recordlinkage.read_annotation_file(file)
        labelled = [("match", found.links), ("distinct", found.distinct)]
        made = [
            judgements(pairs_frame(index), verdict=verdict, by="person", who=who, why=why, when=when)
            for verdict, index in labelled
            if index is not None
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SourceError(
            f"{file}: not an annotation file of recordlinkage with records written AGENCY:ID; write it with write_annotation"
        ) from None
    none = pairs_frame(pl.DataFrame(schema=dict.fromkeys(SIDES, pl.String)))
    empty = judgements(none, verdict="unsure", by="person", who=who, when=when)
    return pl.concat([empty, *made]).sort("left", "right")
