"""A family placed: connected parts ordered and given x one by one, then routed together."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from famlink.errors import InvariantError
from famlink.genogram.arcs import Arc, arcs_of, legs_beside
from famlink.genogram.captions import PAD, SMALL, Caption, captions, union_words
from famlink.genogram.coordinates import Space, place
from famlink.genogram.family import Family, Household, Tie
from famlink.genogram.households import WALL, Run, outlines, runs_of, with_addresses
from famlink.genogram.lanes import SYMBOL
from famlink.genogram.nets import PERSON, SLOT, Graph, graph_of
from famlink.genogram.ordering import order_rows
from famlink.genogram.placed import Layout
from famlink.genogram.ring import add_ring
from famlink.genogram.risers import riser_offsets
from famlink.genogram.routing import Router
from famlink.genogram.stage import Stage
from famlink.genogram.text import width
from famlink.genogram.ties import TIE_ROOM

BETWEEN, MARGIN = 46.0, 26.0
THROUGH = 9.0
_SINGLES_WIDE = 8


def lay_out(family: Family, *, previous: dict[str, float] | None = None) -> Layout:
    """Place a family.

    Args:
        family: a checked family.
        previous: x of people in an earlier drawing, so that the picture stays the same where it can.

    Returns:
        the layout: every person and every link once.

    Raises:
        InvariantError: what was drawn is not what the family holds.
    """
    written = captions(family)
    whole = Stage(family, written)
    edge = 0.0
    parts = _parts(family)
    runs: list[Run] = []
    for part in (p for p in parts if len(p.people) > 1 or p.unions):
        edge, found = _one(part, whole, edge, previous)
        edge += BETWEEN
        runs += found
    runs += _singles([p.people[0].id for p in parts if len(p.people) == 1 and not p.unions], whole, edge)
    layout = Router(whole).route()
    layout.outlines = outlines(runs, whole)
    add_ring(layout)
    _frame(layout)
    _count(layout, whole.graph)
    return layout


def _parts(family: Family) -> list[Family]:
    """Connected families, the one with index people first, then by size, then as listed."""
    group = {person.id: person.id for person in family.people}

    def find(person: str) -> str:
        while group[person] != person:
            group[person] = group[group[person]]
            person = group[person]
        return person

    members: dict[str, list[str]] = defaultdict(list)
    for union in family.unions:
        members[union.id] += union.partners
    for link in family.links:
        members[link.union].append(link.child)
    for joined in members.values():
        for other in joined[1:]:
            group[find(other)] = find(joined[0])
    home_of = {union.id: find(members[union.id][0]) for union in family.unions}
    lists: dict[str, list[int]] = defaultdict(list)
    for i, person in enumerate(family.people):
        lists[find(person.id)].append(i)
    parts = []
    for root, places in lists.items():
        people = tuple(family.people[i] for i in places)
        unions = tuple(u for u in family.unions if home_of[u.id] == root)
        names, known = {p.id for p in people}, {u.id for u in unions}
        part = replace(
            family,
            people=people,
            unions=unions,
            links=tuple(k for k in family.links if k.union in known),
            ties=(),
            services=(),
            twins=tuple(t for t in family.twins if set(t) <= names),
        )
        parts.append((-max(p.index for p in people), -len(people), places[0], part))
    return [part for *_, part in sorted(parts, key=lambda p: p[:3])]


def _one(part: Family, whole: Stage, edge: float, previous: dict[str, float] | None) -> tuple[float, list[Run]]:
    """Order and place one connected family right of ``edge``; return its own right edge, and where households stand."""
    graph, rows, x, arcs, offsets, written = (
        whole.graph,
        whole.rows,
        whole.x,
        whole.arcs,
        whole.offsets,
        whole.written,
    )
    own = graph_of(part)
    ordered = order_rows(part, own, previous=previous)
    risers = riser_offsets(part, own, ordered.rows)
    runs = runs_of(part, own, ordered.rows)
    with_addresses(written, runs, own)
    walls = {(run.nodes[0], -1) for run in runs} | {(run.nodes[-1], 1) for run in runs}
    half = _room(part, own, written, risers, whole.family.ties)
    tied = {own.where[p] for tie in whole.family.ties for p in (tie.source, tie.target) if p in own.where}
    ends = {(node, side) for node in tied for side in (-1, 1)}
    half = [
        (left + WALL * ((n, -1) in walls), right + WALL * ((n, 1) in walls)) for n, (left, right) in enumerate(half)
    ]
    found, spaces = arcs_of(own, ordered.rows, half)
    beside = {a.couple.union: _drop(a) for a in found.values() if a.couple.role in {"partners", "slot"}}
    apart = _gaps(found, spaces)
    for pair, least in _apart(part, own, spaces, legs_beside(found) | walls | ends).items():
        beside_wall = (pair[0], 1) in walls or (pair[1], -1) in walls
        apart[pair] = max(apart.get(pair, 0.0), least + 2 * WALL * beside_wall)

    own_x = place(own, ordered.rows, [Space(*s) for s in spaces], beside=beside, apart=apart, risers=risers)
    base, couples, nets = len(graph.nodes), len(graph.couples), len(graph.nets)
    graph.nodes += own.nodes
    graph.where |= {name: n + base for name, n in own.where.items()}
    for couple in own.couples:
        couple.left, couple.right = couple.left + base, couple.right + base
    for net in own.nets:
        net.top, net.bottom = tuple(n + base for n in net.top), [n + base for n in net.bottom]
    graph.couples += own.couples
    graph.nets += own.nets
    for i, arc in found.items():
        arcs[i + couples] = _moved(arc, base)
    offsets |= {(net + nets, node + base): off for (net, node), off in risers.items()}
    for row, nodes in enumerate(ordered.rows):
        if row == len(rows):
            rows.append([])
        rows[row] += [n + base for n in nodes]
    x += [edge + at for at in own_x]
    whole.half.extend(half)
    whole.walls |= {(node + base, side) for node, side in walls}
    moved = [run._replace(nodes=tuple(n + base for n in run.nodes)) for run in runs]
    return edge + max(at + s[1] for at, s in zip(own_x, spaces, strict=True)), moved


def _drop(arc: Arc) -> tuple[dict[int, float], float]:
    """Where the drop of a split couple is, over x of nodes, and a constant."""
    if arc.gap is not None:
        return {arc.gap[0]: 1.0 - arc.share, arc.gap[1]: arc.share}, 0.0
    return {arc.end.node: 1.0}, arc.end.dx


def _gaps(arcs: dict[int, Arc], half: list[tuple[float, float]]) -> dict[tuple[int, int], float]:
    """Neighbours between whom a line falls stand so far apart that it clears the text of both."""
    return {
        arc.gap: max(half[arc.gap[0]][1] / arc.share, half[arc.gap[1]][0] / (1.0 - arc.share))
        for arc in arcs.values()
        if arc.gap is not None
    }


def _moved(arc: Arc, by: int) -> Arc:
    """The same arc with its nodes renumbered."""
    return replace(
        arc,
        start=replace(arc.start, node=arc.start.node + by),
        end=replace(arc.end, node=arc.end.node + by),
        gap=None if arc.gap is None else (arc.gap[0] + by, arc.gap[1] + by),
    )


def _room(
    part: Family,
    graph: Graph,
    written: dict[str, Caption],
    risers: dict[tuple[int, int], float],
    ties: tuple[Tie, ...],
) -> list[tuple[float, float]]:
    """Room left and right each node needs for its symbol and its text."""
    index = {person.id for person in part.people if person.index}
    tags: dict[tuple[str, str], float] = {
        (link.child, link.union): width(link.tag, SMALL) for link in part.links if link.tag
    }
    room = []
    for i, node in enumerate(graph.nodes):
        caption = written.get(node.name)
        if node.kind not in {PERSON, SLOT} or caption is None:
            room.append((THROUGH, THROUGH))
            continue
        half = max(caption.wide / 2, SYMBOL / 2 + (6.0 if node.name in index else 2.0))
        short = min((off for (_, n), off in risers.items() if n == i), default=0.0)
        beyond = max((off for (_, n), off in risers.items() if n == i), default=0.0)
        left = max(half, 4.0 - short + width(caption.left, SMALL) if caption.left else 0.0)
        right = max(half, 4.0 + beyond + width(caption.right, SMALL) if caption.right else 0.0)
        for (net, n), off in risers.items():
            if n == i and (wide := tags.get((node.name, graph.nets[net].union))):
                left = max(left, 4.0 - short + wide) if off < 0 else left
                right = max(right, 4.0 + beyond + wide) if off >= 0 else right
        tied = TIE_ROOM * sum(node.name in {tie.source, tie.target} for tie in ties)
        room.append((left + PAD + tied, right + PAD + tied))
    return room


def _apart(
    part: Family, graph: Graph, room: list[tuple[float, float]], legs: set[tuple[int, int]]
) -> dict[tuple[int, int], float]:
    """Least distance between partners, keyed (left, right): the words on their bar and its drop clear legs and text."""
    unions = {union.id: union for union in part.unions}
    dropped = [set(net.top) for net in graph.nets]
    least: dict[tuple[int, int], float] = {}
    for couple in graph.couples:
        words = union_words(unions[couple.union]) if couple.role in {"partners", "slot"} else []
        if couple.role == "care":
            words = [k.tag for k in part.links if (k.child, k.union) == (couple.child, couple.union)]
        wide = max((width(w, SMALL) for w in words), default=0.0)
        for a, b in ((couple.left, couple.right), (couple.right, couple.left)):
            beside = sum(room[n][i] if (n, side) in legs else SYMBOL / 2 for n, i, side in ((a, 1, 1), (b, 0, -1)))
            distance = beside + max(36.0, wide + 14.0)
            if couple.role != "care" and {a, b} in dropped:
                distance = max(distance, 2 * max(room[a][1], room[b][0]))
            least[a, b] = max(least.get((a, b), 0.0), distance)
    return least


def _singles(people: list[str], whole: Stage, edge: float) -> list[Run]:
    """People without any relation, in a grid right of everything else; each has their own household's outline."""
    graph, rows, x, written = whole.graph, whole.rows, whole.x, whole.written
    if not people:
        return []
    columns = max(min(len(people), 2), -(-len(people) // max(len(rows), 1)) if rows else _SINGLES_WIDE)
    columns = min(len(people), max(columns, _SINGLES_WIDE if len(people) > 2 * len(rows) else 1))
    homes: dict[str, list[tuple[int, Household]]] = defaultdict(list)
    for nth, home in enumerate(whole.family.households):
        for person in home.people if len(home.people) > 1 else ():
            homes[person].append((nth, home))
    runs: list[Run] = []
    for i, person in enumerate(people):
        row = i // columns
        if row == len(rows):
            rows.append([])
        node = graph.where[person] = graph.add(PERSON, person, row)
        rows[row].append(node)
        runs += [Run(home, nth, row, (node,)) for nth, home in homes[person]]
    with_addresses(written, runs, graph)
    whole.walls |= {(run.nodes[0], side) for run in runs for side in (-1, 1)}
    ends = [person for tie in whole.family.ties for person in (tie.source, tie.target)]
    extra = TIE_ROOM * max((ends.count(p) for p in people), default=0) + (WALL if runs else 0.0)
    wide = (
        2 * extra + max(max(written[p].wide, SYMBOL, 2 * width(written[p].left, SMALL) + 8) for p in people) + 2 * PAD
    )
    x += [edge + wide * (i % columns + 0.5) for i in range(len(people))]
    whole.half += [(wide / 2, wide / 2)] * len(people)
    return runs


def _frame(layout: Layout) -> None:
    """Measure the drawing and move it into the positive quarter, with a margin."""
    xs = [s.x + d * s.width / 2 for s in layout.symbols for d in (-1, 1)]
    xs += [k.x + d * k.width / 2 for k in layout.labels for d in (-1, 1)]
    xs += [p[0] for line in (*layout.lines, *layout.outlines) for p in line.points]
    xs += [p.x + d * p.width / 2 for p in layout.ring for d in (-1, 1)]
    left = min(xs, default=0.0)
    layout.shift(MARGIN - left, MARGIN)
    layout.width = max(xs, default=0.0) - left + 2 * MARGIN
    layout.height += 2 * MARGIN


def drawn_counts(layout: Layout) -> dict[str, int]:
    """People, unions and child links as they are in the strokes.

    Args:
        layout: the placed drawing.

    Returns:
        counts to hold against ``family.counts``.
    """
    people = {s.id for s in layout.symbols if s.shape != "slot"}
    unions = {line.union for line in layout.lines if line.union}
    unions |= {
        u.id for u in layout.family.unions if len(u.partners) == 1 and f"slot:{u.id}" in {s.id for s in layout.symbols}
    }
    children = {(line.people[-1], line.union) for line in layout.lines if line.kind in {"riser", "twin", "care"}}
    return {"people": len(people), "unions": len(unions), "children": len(children)}


def _count(layout: Layout, graph: Graph) -> None:
    symbols = [s.id for s in layout.symbols if s.shape != "slot"]
    drawn, wanted = drawn_counts(layout), layout.family.counts
    if drawn != wanted or len(symbols) != len(set(symbols)) or len(graph.where) != len(symbols):
        raise InvariantError(f"the genogram drew {drawn}, but the family holds {wanted}; please report this")
