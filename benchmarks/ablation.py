"""What each part of the method is worth: `python benchmarks/ablation.py [WORLD ...] [--families 4000] [--seed N]`.

Each world is linked once as it comes and once without each part of `famlink.pipeline.linking.PARTS`, by the option
`LinkOptions.without`; nothing is patched. Families are in two halves. Where clusters are plain components, the match
threshold is the one with the best F1 on the tuning half; everything else keeps the default. Figures are of the test half.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from halves import HEADERS, TEST, TUNING, row_of, scores_of
from machine import PYTHON, seconds_of, table, versions
from two_class import THRESHOLDS


def ablate(world: Path) -> None:
    """Print the table of one world."""
    from famlink.linkage.evaluation import read_truth
    from famlink.pipeline.linking import PARTS, LinkOptions, link_records
    from famlink.pipeline.preparing import prepare
    from famlink.pipeline.walk import SEED
    from famlink.provenance import Recorder

    ready = prepare(world / "hub.toml", allow_rejects=True, recorder=Recorder(None))
    truth = read_truth(world / "truth")
    spec = ready.hub.link
    distinct = frozenset(source.agency for source in ready.hub.source if source.distinct)

    def people_of(without: frozenset[str], threshold: float | None = None, model=None):
        asked = spec
        if threshold is not None:
            bounds = spec.thresholds.model_copy(
                update={"match": threshold, "review": min(threshold, spec.thresholds.review)}
            )
            asked = spec.model_copy(update={"thresholds": bounds})
        linked = link_records(
            ready.merged, ready.extracts.ties, spec=asked, must_not_link=ready.must_not_link, distinct=distinct,
            options=LinkOptions(model=model, seed=SEED, without=without),
        )  # fmt: skip
        return linked.people, linked.model

    whole, model = people_of(frozenset())
    rows = [row_of("famlink", scores_of(whole, truth, TEST))]
    for part in PARTS:
        without = frozenset({part})
        if part == "additive":
            found = {one: people_of(without, one, model)[0] for one in THRESHOLDS}
            best = max(THRESHOLDS, key=lambda one: scores_of(found[one], truth, TUNING)["pairs"]["f1"])
            people, name = found[best], f"without {part} clustering: components at {best}"
        else:
            people, name = people_of(without)[0], f"without {part}"
        rows.append(row_of(name, scores_of(people, truth, TEST)))
    people, _ = people_of(frozenset(PARTS))
    rows.append(row_of("without any of them", scores_of(people, truth, TEST)))
    print(f"{world.name}: {ready.merged.height:,} records")
    print(table(HEADERS, rows))


def main() -> None:
    """Ablate worlds given, or one made."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("world", type=Path, nargs="*")
    parser.add_argument("--families", type=int, default=4_000)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    print(versions())
    for world in asked.world:
        ablate(world)
    if not asked.world:
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / f"families_{asked.families}_seed_{asked.seed}"
            command = ["synth", "--families", str(asked.families), "--seed", str(asked.seed), "--to", str(made)]
            seconds_of([PYTHON, "-m", "famlink", *command], rounds=1)
            ablate(made)


if __name__ == "__main__":
    main()
