"""From places on rows to strokes: bars, drops, sibship bars, risers, arcs and what is written beside them."""

from __future__ import annotations

from collections import defaultdict

from famlink.genogram.arcs import Arc, Leg
from famlink.genogram.captions import BELOW, NAME, NAME_LEADING, PAD, SMALL, SMALL_LEADING, union_words
from famlink.genogram.family import Union
from famlink.genogram.households import FRAME, OUT, WALL
from famlink.genogram.lanes import (
    ARC_LANE,
    DATES,
    LANE,
    SYMBOL,
    TAG,
    TWINS,
    Bar,
    RowHeights,
    by_row,
    colour_bars,
    colour_spans,
    gap_height,
    stack,
)
from famlink.genogram.nets import PASS, PERSON, SLOT, Couple, Net
from famlink.genogram.placed import Badge, Label, Layout, Line, Symbol, Text
from famlink.genogram.stage import Stage
from famlink.genogram.text import width
from famlink.genogram.ties import draw_ties, plan_ties

PARALLEL = 7.0
HALF = SYMBOL / 2


class Router:
    """Routes one drawing. All components stand in one graph by now, with x known."""

    def __init__(self, stage: Stage) -> None:
        family, rows = stage.family, stage.rows
        self.stage = stage
        self.family, self.graph, self.rows, self.x = family, stage.graph, rows, stage.x
        self.arcs, self.written, self.offsets = stage.arcs, stage.written, stage.offsets
        self.walls = [
            (self.graph.nodes[n].row, self.x[n] + side * (stage.half[n][side > 0] - PAD - WALL + OUT))
            for n, side in stage.walls
        ]
        self.people = {person.id: person for person in family.people}
        self.unions = {union.id: union for union in family.unions}
        self.links = {(link.child, link.union): link for link in family.links}
        self.members: dict[str, tuple[str, ...]] = {u.id: u.partners for u in family.unions}
        self.layout = Layout(family)
        stage.heights = [RowHeights() for _ in rows]
        self.heights = stage.heights
        self.nth = self._parallel()
        self.hung = self._hung()
        self.below = {net.top[0]: i for i, net in enumerate(self.graph.nets) if len(net.top) == 1}

    def route(self) -> Layout:
        """Place every stroke and every text."""
        bars = [self._bar(i, net) for i, net in enumerate(self.graph.nets)]
        grouped = by_row([(net.row + 1, bar) for net, bar in zip(self.graph.nets, bars, strict=True)], len(self.rows))
        self.bar_lane: dict[int, int] = {}
        for row, gap in enumerate(grouped):
            lanes = colour_bars(gap)
            self.bar_lane |= lanes
            twins = any(self._twins_in(self.graph.nets[bar.net]) for bar in gap)
            self.heights[row].gap = gap_height(gap, lanes, twins=twins)
        self._measure()
        self.arc_lane = self._arc_lanes()
        ways = plan_ties(self.stage)
        self.walls += [(row, x) for way in ways for row, x in zip(way.rows[1:], way.xs[1:], strict=False)]
        self.layout.height = stack(self.heights, top=0.0)
        self._symbols()
        for i, couple in enumerate(self.graph.couples):
            self._couple(i, couple)
        for bar in bars:
            self._net(bar)
        draw_ties(self.stage, ways, self.layout)
        return self.layout

    # --- what hangs where ---

    def _parallel(self) -> dict[int, int]:
        """Couples that join the same two nodes: 0, 1, 2 ... so that each has its own bar."""
        seen: dict[frozenset[int], int] = defaultdict(int)
        nth = {}
        for i, couple in enumerate(self.graph.couples):
            pair = frozenset((couple.left, couple.right))
            nth[i] = seen[pair]
            seen[pair] += 1
        return nth

    def _hung(self) -> dict[int, list[int]]:
        """Nets each person hangs from, the line in the middle first."""
        nets: dict[int, list[int]] = defaultdict(list)
        for net, node in sorted(self.offsets, key=lambda key: (abs(self.offsets[key]), key)):
            nets[node].append(net)
        return nets

    def _riser_x(self, node: int, net: int) -> float:
        return self.x[node] + self.offsets.get((net, node), 0.0)

    def _beyond(self, node: int, side: int) -> float:
        """How far the lines from above reach to one side of the middle."""
        return max((side * off for (_, n), off in self.offsets.items() if n == node), default=0.0)

    def _drop_x(self, net: Net) -> float | None:
        if not net.top:
            return None
        if len(net.top) == 1:
            return self.x[net.top[0]]
        place = self._couple_of(net)
        arc = self.arcs.get(place)
        if arc is not None and arc.gap is not None:
            return self.x[arc.gap[0]] * (1.0 - arc.share) + self.x[arc.gap[1]] * arc.share
        if arc is not None:
            return self._upright(arc.end)
        return (self.x[net.top[0]] + self.x[net.top[1]]) / 2 + PARALLEL * self.nth[place]

    def _upright(self, leg: Leg) -> float:
        return self.x[leg.node] + leg.dx

    def _couple_of(self, net: Net) -> int:
        return next(
            i
            for i, c in enumerate(self.graph.couples)
            if c.union == net.union and {c.left, c.right} == set(net.top) and c.role != "care"
        )

    def _twins_in(self, net: Net) -> list[list[int]]:
        below = set(net.bottom)
        sets = []
        for twins in self.family.twins:
            nodes = [self.graph.where[p] for p in twins if self.graph.where.get(p) in below]
            if len(nodes) > 1:
                sets.append(sorted(nodes, key=lambda n: self.x[n]))
        return sets

    def _bar(self, i: int, net: Net) -> Bar:
        drop = self._drop_x(net)
        at = {node: self._riser_x(node, i) for node in net.bottom}
        for twins in self._twins_in(net):
            middle = sum(at[n] for n in twins) / len(twins)
            at |= dict.fromkeys(twins, middle)
        spots = [*at.values(), *([] if drop is None else [drop])]
        return Bar(i, drop, min(spots), max(spots), tuple(sorted(at.values())))

    # --- heights ---

    def _measure(self) -> None:
        for height, row in zip(self.heights, self.rows, strict=True):
            for node in row:
                caption = self.written.get(self.graph.nodes[node].name)
                if caption is None:
                    continue
                dates = DATES if caption.left or caption.right else 4.0
                tags = sum(1 for net in self.hung.get(node, []) if self._tag(node, net))
                height.above = max(height.above, dates + TAG * tags)
                height.below = max(height.below, caption.below + BELOW + 2.0)
                if self.stage.walls & {(node, -1), (node, 1)}:
                    height.frame = FRAME

    def _tag(self, node: int, net: int) -> str:
        link = self.links.get((self.graph.nodes[node].name, self.graph.nets[net].union))
        return link.tag if link else ""

    def _arc_lanes(self) -> dict[int, int]:
        lanes: dict[int, int] = {}
        for row, height in enumerate(self.heights):
            for over in (True, False):
                spans = []
                for i, arc in self.arcs.items():
                    if self.graph.nodes[arc.start.node].row == row and arc.over is over:
                        ends = sorted((self._upright(arc.start), self._upright(arc.end)))
                        spans.append((i, ends[0], ends[1]))
                found = colour_spans(spans)
                lanes |= found
                room = ARC_LANE * (max(found.values()) + 1) + 4.0 if found else 0.0
                if over:
                    height.over = room
                else:
                    height.under = room
                    height.arcs_under = max(found.values()) + 1 if found else 0
        return lanes

    # --- symbols and what is written round them ---

    def _symbols(self) -> None:
        for row, nodes in enumerate(self.rows):
            for node in nodes:
                kind, name = self.graph.nodes[node].kind, self.graph.nodes[node].name
                if kind not in {PERSON, SLOT}:
                    continue
                shape = "slot" if kind == SLOT else self.people[name].shape
                x, y = self.x[node], self.heights[row].centre
                self.layout.symbols.append(Symbol(name, x, y, SYMBOL, SYMBOL, row, shape))
                self._write(node, x, self.heights[row])
        held: dict[str, list[str]] = defaultdict(list)
        for adult, child in self.family.responsibility:
            held[adult].append(child)
        where = {s.id: s for s in self.layout.symbols}
        for adult, children in sorted(held.items()):
            at = where[adult]
            names = ", ".join(self.people[c].name for c in children)
            self.layout.badges.append(
                Badge("PR", at.x, at.y + HALF - 6.0, f"holds parental responsibility for {names}")
            )

    def _write(self, node: int, x: float, height: RowHeights) -> None:
        name = self.graph.nodes[node].name
        caption = self.written[name]
        y = height.centre + HALF + BELOW
        texts = []
        for words, size, style in caption.name:
            y += NAME_LEADING if size == NAME else SMALL_LEADING
            texts.append(Text(words, x, y - 3.0, size, style=style))
        if texts:
            top = height.centre + HALF + BELOW
            self.layout.labels.append(Label(name, x, (top + y) / 2, caption.wide, y - top, tuple(texts)))
        if caption.left:
            self._aside(f"{name} born", caption.left, x - 4.0 - self._beyond(node, -1), height.dates, "end")
        if caption.right:
            start = x + 4.0 + self._beyond(node, 1)
            self._aside(f"{name} died", caption.right, start, height.dates, "start")
        tagged = 0
        for net in self.hung.get(node, []):
            if words := self._tag(node, net):
                side = -1 if self.offsets[net, node] < 0 else 1
                y = height.centre - HALF - height.above + TAG * tagged + 9.0
                start = x + side * (4.0 + self._beyond(node, side))
                anchor = "start" if side > 0 else "end"
                self._aside(f"{name} {self.graph.nets[net].union}", words, start, y, anchor)
                tagged += 1

    def _aside(self, key: str, words: str, x: float, y: float, anchor: str, style: str = "date") -> None:
        wide = width(words, SMALL)
        centre = {"end": x - wide / 2, "start": x + wide / 2}.get(anchor, x)
        self.layout.labels.append(
            Label(key, centre, y - SMALL * 0.35, wide, SMALL, (Text(words, x, y, SMALL, anchor, style),))
        )

    # --- couples ---

    def _names(self, couple: Couple) -> tuple[str, ...]:
        if couple.role == "care":
            return (*self.members[couple.union], couple.child)
        return self.members[couple.union]

    def _couple(self, i: int, couple: Couple) -> None:
        union = self.unions[couple.union]
        style, kind = self._couple_style(couple, union)
        row = self.graph.nodes[couple.right].row
        y = self.heights[row].centre + PARALLEL * self.nth[i]
        if couple.left == couple.right:
            self._loop(couple)
            return
        arc = self.arcs.get(i)
        if arc is not None:
            points = self._arc_points(i, arc, y)
        else:
            a, b = sorted((couple.left, couple.right), key=lambda n: self.x[n])
            points = ((self._edge(a, 1), y), (self._edge(b, -1), y))
        words = self.links[couple.child, union.id].tag if couple.role == "care" else ""
        conflict = bool(union.conflict) or (couple.role == "care" and bool(self.links[couple.child, union.id].conflict))
        self.layout.lines.append(Line(kind, self._names(couple), points, style, union.id, conflict, words))
        if couple.role in {"partners", "slot"}:
            self._marks(union, points, arc)
        elif words:
            self._on_line(f"{union.id} {couple.child}", [words], points, arc)

    def _couple_style(self, couple: Couple, union: Union) -> tuple[str, str]:
        if couple.role == "care":
            return self.links[couple.child, union.id].kind, "care"
        if couple.role == "stub":
            return (self._thread(self.below[couple.right]) if len(union.partners) == 1 else union.kind), "union"
        return union.kind, "union"

    def _edge(self, node: int, side: int) -> float:
        solid = self.graph.nodes[node].kind in {PERSON, SLOT}
        return self.x[node] + (side * HALF if solid else 0.0)

    def _arc_points(self, i: int, arc: Arc, y: float) -> tuple[tuple[float, float], ...]:
        height = self.heights[self.graph.nodes[arc.start.node].row]
        lane = ARC_LANE * self.arc_lane[i]
        run = height.first_over - lane if arc.over else height.first_under + lane
        start, end = self._upright(arc.start), self._upright(arc.end)
        first, last = self._exit(arc, arc.start, y), self._exit(arc, arc.end, y)
        return (
            (self._edge(arc.start.node, arc.start.side), first),
            (start, first),
            (start, run),
            (end, run),
            (end, last),
            (self._edge(arc.end.node, arc.end.side), last),
        )

    def _exit(self, arc: Arc, leg: Leg, y: float) -> float:
        """Height at which a leg meets its symbol: the farther the couple, the farther from the middle."""
        if leg.straight:
            return y
        levels = [
            e.level
            for other in self.arcs.values()
            for e in (other.start, other.end)
            if (e.node, e.side, other.over) == (leg.node, leg.side, arc.over) and not e.straight
        ]
        step = 12.0 / (max(levels) + 1)
        rise = 4.0 + step * (max(levels) - leg.level + 1)
        return y - rise if arc.over else y + rise

    def _loop(self, couple: Couple) -> None:
        node = couple.left
        x, y = self.x[node] + HALF, self.heights[self.graph.nodes[node].row].centre
        points = ((x, y - 6), (x + 10, y - 6), (x + 10, y + 6), (x, y + 6))
        self.layout.lines.append(
            Line("care", self._names(couple), points, "dotted", couple.union, conflict=True, words="conflict")
        )

    def _marks(self, union: Union, points: tuple[tuple[float, float], ...], arc: Arc | None) -> None:
        a, b = (points[2], points[3]) if arc is not None else (points[0], points[1])
        x0, x1, y = min(a[0], b[0]), max(a[0], b[0]), a[1]
        strokes = {"separated": 1, "ended": 1, "divorced": 2}.get(union.state, 0)
        at = (self._clear_middle(points) if arc is None else (x0 + x1) / 2) - 14.0
        if arc is not None:
            at = b[0] + arc.end.side * 20.0
        for k in range(strokes):
            left = at + 5.0 * k
            self.layout.lines.append(
                Line("mark", union.partners, ((left - 3, y + 7), (left + 3, y - 7)), "solid", union.id)
            )
        self._on_line(union.id, union_words(union), points, arc, marked=strokes > 0)

    def _clear_middle(self, points: tuple[tuple[float, float], ...]) -> float:
        """Middle of the part of a bar that no leg of an arc stands beside."""
        (x0, y), (x1, _) = points[0], points[1]
        uprights = [
            self._upright(leg)
            for arc in self.arcs.values()
            for leg in (arc.start, arc.end)
            if self.heights[self.graph.nodes[leg.node].row].centre == y and x0 < self._upright(leg) < x1
        ]
        uprights += [w for row, w in self.walls if self.heights[row].centre == y and x0 < w < x1]
        middle = (x0 + x1) / 2
        return (max([x0, *(u for u in uprights if u < middle)]) + min([x1, *(u for u in uprights if u >= middle)])) / 2

    def _on_line(
        self,
        key: str,
        words: list[str],
        points: tuple[tuple[float, float], ...],
        arc: Arc | None,
        *,
        marked: bool = False,
    ) -> None:
        if not words:
            return
        if arc is None:
            x, y = self._clear_middle(points), points[0][1] - (10.5 if marked else 5.0)
            for k, line in enumerate(reversed(words)):
                self._aside(f"{key} {len(words) - k}", line, x, y - 11.0 * k, "middle", "union")
            return
        wide = width(" ".join(words), SMALL)
        x = points[3][0] + arc.end.side * (wide / 2 + 34.0)
        low, high = sorted((points[2][0], points[3][0]))
        if wide > high - low - 34.0:
            x = (low + high) / 2
        self._aside(key, " ".join(words), x, points[2][1] - 4.0, "middle", "union")

    # --- descent ---

    def _net(self, bar: Bar) -> None:
        net = self.graph.nets[bar.net]
        union = self.unions[net.union]
        y = self.heights[net.row + 1].ceiling - LANE * self.bar_lane[bar.net]
        twins = self._twins_in(net)
        if twins:
            y -= TWINS
        children = tuple(self.graph.nodes[n].name for n in net.bottom if self.graph.nodes[n].kind == PERSON)
        dashed = self._thread(bar.net)
        descent, sibship = ("union", "union") if net.slant else ("descent", "sibship")
        if bar.drop is not None:
            start = self._drop_start(net)
            self.layout.lines.append(
                Line(descent, (*union.partners, *children), ((bar.drop, start), (bar.drop, y)), dashed, union.id)
            )
        if bar.high - bar.low > 0.005:
            self.layout.lines.append(
                Line(sibship, (*union.partners, *children), ((bar.low, y), (bar.high, y)), dashed, union.id)
            )
        joined = {n: group for group in twins for n in group}
        for node in net.bottom:
            self._riser(bar, net, node, y, joined.get(node))
        for group in twins:
            self._identical(group, bar.net, y)

    def _thread(self, place: int) -> str:
        """Style of the line a net's children share: that of their links where they are of one kind."""
        net = self.graph.nets[place]
        union = self.unions[net.union]
        if net.slant:
            return union.kind
        if not union.partners:
            return "dashed"
        kinds: set[str] = set()
        following: int | None = place
        while following is not None:
            bottom = self.graph.nets[following].bottom
            named = ((self.graph.nodes[n].name, net.union) for n in bottom if self.graph.nodes[n].kind == PERSON)
            kinds |= {self.links[key].kind for key in named}
            following = next((self.below[n] for n in bottom if n in self.below), None)
        return kinds.pop() if len(kinds) == 1 else "solid"

    def _drop_start(self, net: Net) -> float:
        height = self.heights[net.row]
        if len(net.top) == 1:
            return height.centre
        place = self._couple_of(net)
        arc = self.arcs.get(place)
        if arc is not None and not arc.over:
            return height.first_under + ARC_LANE * self.arc_lane[place]
        if arc is not None and arc.gap is not None:
            return height.first_over - ARC_LANE * self.arc_lane[place]
        return height.centre + PARALLEL * self.nth[place]

    def _riser(self, bar: Bar, net: Net, node: int, y: float, twins: list[int] | None) -> None:
        found = self.graph.nodes[node]
        height = self.heights[found.row]
        x = self._riser_x(node, bar.net)
        link = self.links.get((found.name, net.union))
        if found.kind == PASS:
            end, style, kind = height.centre, self._thread(self.below.get(node, bar.net)), "pass"
            people: tuple[str, ...] = self.members[net.union]
        else:
            end = height.centre - HALF
            style, kind, people = (link.kind if link else "birth"), "riser", (found.name,)
            if not net.top and not self.members[net.union]:
                style = "dashed"
        points: tuple[tuple[float, float], ...] = ((x, y), (x, end))
        if twins:
            middle = sum(self._riser_x(n, bar.net) for n in twins) / len(twins)
            points, kind = ((middle, y), (x, y + TWINS + 8.0), (x, end)), "twin"
        conflict = bool(link and link.conflict)
        words = link.tag if link else ""
        self.layout.lines.append(Line(kind, people, points, style, net.union, conflict, words))

    def _identical(self, group: list[int], net: int, y: float) -> None:
        names = {self.graph.nodes[n].name for n in group}
        if not any(names <= set(twins) for twins in self.family.identical):
            return
        spots = [self._riser_x(n, net) for n in group]
        middle, half = sum(spots) / len(spots), 0.55
        low, high = (middle + (s - middle) * half for s in (min(spots), max(spots)))
        at = y + (TWINS + 8.0) * half
        self.layout.lines.append(Line("identical", tuple(sorted(names)), ((low, at), (high, at)), "solid"))
