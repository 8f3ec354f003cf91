"""What the hub's own linkage staff ask of a run: why two records are one person, and how right the run is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from famlink.errors import PolicyError, RequestError
from famlink.pipeline.asking import audit_of
from famlink.pipeline.run import Run, open_run
from famlink.provenance import Progress


def explain(run: Run | str | Path, left: tuple[str, str], right: tuple[str, str]) -> dict[str, Any]:
    """Say why two records are, or are not, one person.

    Args:
        run: a run, or its directory.
        left: (agency, record_id).
        right: (agency, record_id).

    Returns:
        ``{left, right, verdict, match_weight, match_probability, bars: [{field, origin, bits, sentence}]}``; the bars
        sum to the weight.

    Raises:
        RequestError: a record is not in the run, or both are the same.
        PolicyError: the must-not-link list keeps the two apart.

    Example:
        >>> import famlink as fl
        >>> run = fl.link(fl.demo_hub())
        >>> pair = run.links.filter(run.links["verdict"] == "match").row(0, named=True)
        >>> told = fl.explain(
        ...     run, (pair["agency_left"], pair["record_id_left"]), (pair["agency_right"], pair["record_id_right"])
        ... )
        >>> told["verdict"]
        'match'
    """
    from famlink.pipeline.explaining import explain_pair
    from famlink.sharing.audit import record as audited
    from famlink.standardisation.merging import merge_parts

    run = run if isinstance(run, Run) else open_run(run)
    if left == right:
        raise RequestError(f"{left[0]}:{left[1]} is given twice; give two different records")
    people = [run.person_of(*side) for side in (left, right)]
    ask = kept_apart(run, *people)
    audit = audit_of(run)
    sides = {"left": f"{left[0]}:{left[1]}", "right": f"{right[0]}:{right[1]}"}
    if ask is not None:
        audited(audit, "explain refused", sides)
        raise PolicyError(f"restricted: ask {ask}; nothing was shown")
    ids = [left[1], right[1]]
    rows = run.scan("standardised").filter(pl.col("record_id").is_in(ids)).collect()
    told = explain_pair(merge_parts(rows), run, left=left, right=right)
    run.unchanged()
    audited(audit, "explain", sides)
    return told


def kept_apart(run: Run, one: str, other: str) -> str | None:
    """Whom to ask where the must-not-link list keeps two persons apart; it binds every record of theirs.

    Args:
        run: the run.
        one: person_id.
        other: person_id.

    Returns:
        whom the list names, or the hub's linkage staff; None where nothing keeps them apart.
    """
    pairs = run.table("must_not_link")
    if pairs.is_empty():
        return None
    rows = run.scan("people").filter(pl.col("person_id").is_in([one, other])).collect()
    person_of = {
        (agency, key): person for agency, key, person in rows.select("agency", "record_id", "person_id").iter_rows()
    }
    for row in pairs.iter_rows(named=True):
        sides = {person_of.get((row[f"agency_{side}"], row[f"record_id_{side}"])) for side in ("left", "right")}
        if sides == {one, other}:
            return str(row["ask"] or "the hub's linkage staff")
    return None


def evaluate(run: Run | str | Path, truth: str | Path, *, progress: Progress | None = None) -> dict[str, Any]:
    """Score a run against the truth.

    Args:
        run: a run, or its directory.
        truth: a CSV with agency, record_id, person, or a folder as ``famlink synth`` writes.
        progress: called with (stage, done, total).

    Returns:
        ``{records, pairs: {precision, recall, f1}, b3: {...}, mixes_relatives, groups: [...]}`` and more where the
        truth says more.

    Raises:
        SourceError: the truth cannot be read or is of another hub.
    """
    from famlink.linkage.evaluation import evaluate as score
    from famlink.linkage.evaluation import read_truth

    run = run if isinstance(run, Run) else open_run(run)
    if progress:
        progress("evaluate", None, None)
    return score(run.people, read_truth(Path(truth)), links=run.links, relations=run.relations, incidents=run.incidents)
