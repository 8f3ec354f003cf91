"""How good genograms are, computed from x and row alone; beside Graphviz dot on the same families.

    python benchmarks/geometry.py            # our families: table of defects, against dot where its binary is there
    python benchmarks/geometry.py --list     # one line a family
    python benchmarks/geometry.py --random 100 --seed 7   # families of mixed shape grown from seeds 7, 8 ...
    python benchmarks/geometry.py A.ged ...  # GEDCOM files

A drawing is defect-free when, under a canonical routing (couple bar from centre to centre, drop from its middle, one bar a
sibship, risers), no line of one union crosses a line of another, nobody stands between a couple or inside a sibship
beyond the unavoidable, siblings share a row and nothing overlaps. ``bound to have one`` counts the families of which it can
be proved, from who married whom alone, that no order of the rows is without a defect.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from collections import Counter, defaultdict
from itertools import combinations, pairwise
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / part) for part in ("src", "tests")]

WIDTH = 0.36  # half a symbol, in units of the least distance of neighbours on a row


def score(people, unions, places):
    """Count the defects of one drawing.

    people: ids. unions: [(partners, children)]. places: id -> (x, row). Returns a Counter of defects by kind.
    """
    found = Counter()
    rows = defaultdict(list)
    for person in people:
        x, row = places[person]
        rows[row].append((x, person))
    unit = min((b[0] - a[0] for r in rows.values() for a, b in pairwise(sorted(r))), default=1.0)
    mates, sibs = defaultdict(set), defaultdict(set)
    for partners, children in unions:
        for a, b in combinations(partners, 2):
            mates[a].add(b)
            mates[b].add(a)
        for child in children:
            sibs[child] |= set(children)
    if unit <= 0:
        found["overlap"] += 1
        unit = 1.0
    split = 0
    for partners, _ in unions:
        if len(partners) < 2:
            continue
        (xa, ra), (xb, rb) = (places[p] for p in partners)
        if ra != rb:
            found["slanted"] += 1
            continue
        between = [p for x, p in rows[ra] if min(xa, xb) < x < max(xa, xb)]
        split += bool(between)
        found["split couple"] += any(not mates[p] & set(partners) for p in between)
    unavoidable = sum(max(0, len(m) - 2) for m in mates.values())
    found["split couple"] += max(0, split - unavoidable - found["split couple"])
    for _, children in unions:
        if len({places[c][1] for c in children}) > 1:
            found["siblings on two rows"] += 1
            continue
        if children:
            xs = [places[c][0] for c in children]
            for x, p in rows[places[children[0]][1]]:
                near = {p, *mates[p]} | {q for m in mates[p] for q in mates[m]}
                found["outsider"] += min(xs) < x < max(xs) and not near & set(children) and not near & sibs[children[0]]
    found["crossing"] = crossings(unions, places, unit)
    return +found


def crossings(unions, places, unit):
    """Crossings of the canonical routing, each pair of sibship bars stacked the better way."""
    bars, couples = [], []
    for partners, children in unions:
        rows = {places[p][1] for p in partners}
        if len(rows) > 1 or not partners:
            continue
        row = rows.pop()
        xs = [places[p][0] for p in partners]
        if len(xs) > 1:
            couples.append((min(xs), max(xs), row, set(partners)))
        if children:
            drop = sum(xs) / len(xs)
            bars.append((drop, row, [places[c] for c in children], set(partners), set(children)))
    count = 0
    tiny = unit * 1e-6
    for a, b in combinations(bars, 2):
        if a[1] != b[1] or a[3] == b[3]:
            continue
        count += min(_stacked(a, b, tiny), _stacked(b, a, tiny))
    for _, row, children, partners, _ in bars:
        for x, below in children:
            for low, high, r, couple in couples:  # a riser to a deeper row passes the rows between
                count += row < r < below and low + tiny < x < high - tiny and not couple & partners
    return count


def _stacked(upper, lower, tiny):
    """Crossings when one bar runs above the other: the lower's drop through the upper's bar, the upper's risers through the lower's."""
    spans = []
    for drop, _, children, _, _ in (upper, lower):
        xs = [drop, *(x for x, _ in children)]
        spans.append((min(xs), max(xs)))
    (ul, uh), (ll, lh) = spans
    return (ul + tiny < lower[0] < uh - tiny) + sum(ll + tiny < x < lh - tiny for x, _ in upper[2])


def bound(unions, places):
    """Whether every order of these rows has a defect: marriages between sibships that no line of sibships can hold.

    Sibships with different parents on a row stand side by side, or lines cross; so each has at most two neighbours. A
    couple of two sibships needs them to be neighbours, and only one couple can stand where they touch. A row with more
    such couples than a path through its sibships has places splits a couple, or crosses. Partners without parents who
    join two sibships count like a couple; half-siblings' sibships, and people with three partners, are left out.
    """
    home, mates = {}, defaultdict(set)
    several = set()
    for i, (partners, children) in enumerate(unions):
        for a, b in combinations(partners, 2):
            if places[a][1] == places[b][1]:
                mates[a].add(b)
                mates[b].add(a)
        for child in children if partners else ():
            several |= {child} & set(home)
            home.setdefault(child, i)
    parents = {i: set(partners) for i, (partners, _) in enumerate(unions)}
    joins = defaultdict(set)  # pair of sibships -> the couples that join them

    def join(a, b, row):
        left, right = sorted((home[a], home[b]))
        if (
            left != right
            and not parents[left] & parents[right]
            and not {a, b} & several
            and all(len(mates[p]) < 3 for p in (a, b))
        ):
            joins[row].add((left, right, tuple(sorted((a, b)))))

    for person, others in mates.items():
        if person in home:
            for other in others & set(home):
                join(person, other, places[person][1])
        elif len(others & set(home)) == 2 == len(others):
            join(*others, places[person][1])
    for found in joins.values():
        pairs = {(left, right) for left, right, _ in found}
        degree = Counter(i for pair in pairs for i in pair)
        group = {i: i for i in degree}

        def find(i, group=group):
            while group[i] != i:
                i = group[i]
            return i

        for left, right in pairs:
            group[find(left)] = find(right)
        trees = len({find(i) for i in group})
        if len(found) > min(sum(min(d, 2) for d in degree.values()) // 2, len(degree) - trees):
            return True
    return False


def ours(family):
    from famlink.genogram.drawing import render

    start = time.perf_counter()
    drawing = render(family)
    seconds = time.perf_counter() - start
    shapes = {s["id"]: (s["x"], s["row"]) for s in drawing.geometry["symbols"]}
    return shapes, seconds, drawing.geometry


def dot(family):
    """The same family as Graphviz dot draws it, couples on one rank, unions as points."""
    lines = [
        "digraph g {",
        'ranksep=0.6; nodesep=0.3; node [shape=box width=0.5 height=0.5 label=""]; edge [dir=none];',
    ]
    names = {p.id: f"p{i}" for i, p in enumerate(family.people)}
    lines += [f"{n};" for n in names.values()]
    below = defaultdict(list)
    for link in family.links:
        below[link.union].append(link.child)
    for i, union in enumerate(family.unions):
        lines.append(f"u{i} [shape=point width=0.05];")
        if union.partners:
            lines.append("{rank=same; " + " ".join([*(names[p] for p in union.partners), f"u{i}"]) + ";}")
        if len(union.partners) == 2:
            a, b = union.partners
            lines.append(f"{names[a]} -> u{i} [weight=8]; u{i} -> {names[b]} [weight=8];")
        elif union.partners:
            lines.append(f"{names[union.partners[0]]} -> u{i} [weight=8];")
        lines += [f"u{i} -> {names[c]};" for c in below[union.id]]
    lines.append("}")
    plain = subprocess.run(
        ["dot", "-Tplain"], input="\n".join(lines), capture_output=True, text=True, check=True
    ).stdout
    back = {n: p for p, n in names.items()}
    spots = {}
    for line in plain.splitlines():
        parts = line.split()
        if parts[0] == "node" and parts[1] in back:
            spots[back[parts[1]]] = (float(parts[2]), -float(parts[3]))
    levels = {y: i for i, y in enumerate(sorted({y for _, y in spots.values()}))}
    return {p: (x, levels[y]) for p, (x, y) in spots.items()}


def overlaps(geometry):
    """Symbols, labels and lines that run over each other in the drawing as drawn."""
    boxes = [(s, "symbol") for s in geometry["symbols"]] + [(k, "label") for k in geometry["labels"]]
    found = Counter()
    for (a, ka), (b, kb) in combinations(boxes, 2):
        if (
            abs(a["x"] - b["x"]) < (a["width"] + b["width"]) / 2 - 0.5
            and abs(a["y"] - b["y"]) < (a["height"] + b["height"]) / 2 - 0.5
        ):
            found[f"{ka} on {kb}"] += 1
    for line in geometry["lines"]:
        if line["kind"] == "mark":
            continue
        home = line["kind"] == "household"
        air = 1.2 if home else -0.6  # an outline keeps clear of text and of symbols, its own too
        points = [*line["points"], line["points"][0]] if home else line["points"]
        for (x0, y0), (x1, y1) in pairwise(points):
            for box, kind in boxes:
                half, tall = box["width"] / 2 + air, box["height"] / 2 + air
                if _meets(x0 - box["x"], y0 - box["y"], x1 - box["x"], y1 - box["y"], half, tall):
                    found[f"{'outline' if home else 'line'} through {kind}"] += 1
    return found


def _meets(x0, y0, x1, y1, half, tall):
    """Whether a segment enters a box round the origin (Liang and Barsky 1984)."""
    low, high = 0.0, 1.0
    for delta, start, most in ((x1 - x0, x0, half), (y1 - y0, y0, tall)):
        if delta == 0:
            if abs(start) >= most:
                return False
            continue
        t0, t1 = sorted(((-most - start) / delta, (most - start) / delta))
        low, high = max(low, t0), min(high, t1)
    return low < high


def unions_of(family):
    below = defaultdict(list)
    for link in family.links:
        if link.kind == "birth":
            below[link.union].append(link.child)
    return [(u.partners, below[u.id]) for u in family.unions]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", help="GEDCOM files instead of our families")
    parser.add_argument("--list", action="store_true", help="one line a family")
    parser.add_argument("--random", type=int, default=0, metavar="N", help="N families grown at random instead of ours")
    parser.add_argument("--seed", type=int, default=1, help="the first seed of the families grown at random")
    args = parser.parse_args()
    if args.files:
        from famlink.genogram.files import read_family

        families = {Path(f).name: read_family(Path(f)) for f in args.files}
    elif args.random:
        from families import mixed, parse

        families = {f"seed {seed}": parse(mixed(seed)) for seed in range(args.seed, args.seed + args.random)}
    else:
        from families import FAMILIES, parse

        families = {name: parse(text) for name, text in FAMILIES.items()}
    peer = shutil.which("dot") is not None
    tally, theirs, drawn = Counter(), Counter(), Counter()
    slowest, worse = 0.0, []
    ours(next(iter(families.values())))  # warm
    for name, family in families.items():
        people, unions = [p.id for p in family.people], unions_of(family)
        places, seconds, geometry = ours(family)
        again = ours(family)[2]
        tally["drawn unlike twice"] += again != geometry
        tally["lost"] += geometry["counts"] != family.counts
        faults = score(people, unions, places)
        over = overlaps(geometry)
        drawn.update(over)
        clean = not (set(faults) - {"slanted"}) and not over
        tally["defect-free"] += clean
        tally["bound to have one"] += bound(unions, places)
        tally["defect-free though bound"] += clean and bound(unions, places)
        tally.update(faults)
        slowest = max(slowest, seconds)
        line = f"{name:44s} {len(people):4d} people {seconds:6.3f} s  {dict(faults)} {dict(over)}"
        if peer:
            rival = score(people, unions, dot(family))
            theirs["defect-free"] += not (set(rival) - {"slanted"})
            theirs.update(rival)
            line += f"   dot {dict(rival)}"
            if faults["crossing"] > rival["crossing"]:
                worse.append(name)
        if args.list:
            print(line)
    keys = sorted((set(tally) | set(theirs)) - {"defect-free", "lost", "drawn unlike twice"})
    print(f"{len(families)} families, {sum(len(f.people) for f in families.values())} people; slowest {slowest:.3f} s")
    print(f"{'':24s} {'famlink':>8s} {'dot':>8s}")

    def share(counts):
        return f"{100 * counts['defect-free'] / len(families):.0f}%"

    print(f"{'defect-free':24s} {share(tally):>8s} {share(theirs) if peer else 'absent':>8s}")
    for key in keys:
        print(f"{key:24s} {tally[key]:8d} {theirs[key] if peer else 'absent':>8}")
    print(
        f"counts unlike the model: {tally['lost']}; drawn unlike twice: {tally['drawn unlike twice']}; as drawn: {dict(drawn)}"
    )
    if peer:
        print(f"more crossings than dot on: {worse or 'none'}")


if __name__ == "__main__":
    main()
