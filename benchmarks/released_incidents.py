"""Incidents of what one viewer may see: `python benchmarks/released_incidents.py WORLD [--families N] [--seed S]`.

Claim: the few events of a released family are grouped more rightly by what the run learnt than by shipped weights. People
and relations are the truth's, as in incidents.py. For each of N people drawn, with at least eight events in two steps of
relations, the events of those people are grouped as the gate groups them, by shipped weights and by the run's; pairs and
repetitions are counted over all of them. Families drawn may overlap.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path

import polars as pl
from incidents import KEY, read

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

FEWEST_EVENTS = 8
STEPS = 2


def families(events, people, relations, *, many, seed):
    """Events, people and relations of people drawn, two steps around."""
    near = relations.group_by("person_id").agg(pl.col("relative_id").unique())
    near = dict(near.iter_rows())
    drawn = events.join(people, on=["agency", "record_id"])["person_id"].unique().sort().to_list()
    found = []
    for person in random.Random(seed).sample(drawn, min(many, len(drawn))):
        ring = {person}
        for _ in range(STEPS):
            ring |= {other for one in ring for other in near.get(one, ())}
        names = sorted(ring)
        inside = people.filter(pl.col("person_id").is_in(names))
        theirs = events.join(inside.select("agency", "record_id"), on=["agency", "record_id"], how="semi")
        if theirs.height >= FEWEST_EVENTS:
            kin = relations.filter(pl.col("person_id").is_in(names) & pl.col("relative_id").is_in(names))
            found.append((theirs, inside, kin))
    return found


def pairs(rows, name):
    """Pairs of events that share a value."""
    numbered = rows.with_row_index("n")
    return numbered.join(numbered, on=name, suffix="_other").filter(pl.col("n") < pl.col("n_other"))


def counted(found, truth, by):
    """True pairs, pairs found, true ones among them; repetitions of which both were told, and those merged."""
    true = truth.incidents.select(*KEY, "incident")
    again = truth.incidents.filter(pl.col("role") == "repetition").select("incident", "follows").unique().drop_nulls()
    sums = [0] * 5
    for events, people, relations in found:
        rows = by(events, people, relations).select(*KEY, "incident_id").join(true, on=KEY)
        joined, right = pairs(rows, "incident_id"), pairs(rows, "incident")
        told = rows.select("incident", "incident_id").unique()
        both = again.join(told, on="incident").join(told, left_on="follows", right_on="incident", suffix="_before")
        both = both.group_by("incident", "follows").agg(
            (pl.col("incident_id") == pl.col("incident_id_before")).any().alias("one")
        )
        of = (
            right.height,
            joined.height,
            right.filter(pl.col("incident_id") == pl.col("incident_id_other")).height,
            both.height,
            int(both["one"].sum()),
        )
        sums = [one + other for one, other in zip(sums, of, strict=True)]
    return sums


def main() -> None:
    from famlink.incidents.grouping import Known, group, group_and_keep

    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("world", type=Path)
    words.add_argument("--families", type=int, default=250)
    words.add_argument("--seed", type=int, default=5)
    asked = words.parse_args()
    events, people, relations, truth = read(asked.world)
    _, weights = group_and_keep(events, Known(people, relations))
    found = families(events, people, relations, many=asked.families, seed=asked.seed)
    print(f"{len(found)} families, {sum(part[0].height for part in found):,} events")
    ways = {
        "shipped weights": lambda e, p, _: group(e, p),
        "shipped weights, through close family": lambda e, p, r: group(e, p, relations=r),
        "the run's weights, through close family": lambda e, p, r: group(e, p, relations=r, weights=weights),
    }
    for name, by in ways.items():
        begun = time.process_time()
        true, joined, right, told, merged = counted(found, truth, by)
        each = (time.process_time() - begun) / max(len(found), 1)
        print(
            f"{name}: precision {right / max(joined, 1):.4f} of {joined}, recall {right / max(true, 1):.4f} of {true}, "
            f"repetitions merged {merged} of {told}; {each * 1000:.0f} ms of processor time a family"
        )


if __name__ == "__main__":
    main()
