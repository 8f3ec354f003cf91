"""Households as dotted outlines: around people who stand together, never around anybody else."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from famlink.genogram.captions import BELOW, PAD, SMALL, WRAP, Caption
from famlink.genogram.family import Family, Household
from famlink.genogram.lanes import SYMBOL
from famlink.genogram.nets import PASS, STUB, Graph
from famlink.genogram.placed import Line
from famlink.genogram.stage import Stage
from famlink.genogram.text import wrap

FRAME = 9.0
"""Room a row keeps above and below its text for the outlines of households."""

WALL = 4.0
"""Room an outline takes beside the symbol it ends at."""

OUT = 5.0
"""How far an outline keeps from text; every second household's a step farther."""

_STEP, _JOIN = 2.5, 12.0
_COMPANY = 2


class Run(NamedTuple):
    """Members of one household who stand side by side on one row."""

    home: Household
    nth: int
    row: int
    nodes: tuple[int, ...]


def runs_of(family: Family, graph: Graph, rows: list[list[int]]) -> list[Run]:
    """Where the members of each household stand together.

    Args:
        family: the family.
        graph: its nodes.
        rows: nodes of each row from left to right.

    Returns:
        one run for each row and each stretch of neighbours; a line that passes does not part neighbours.
    """
    runs = []
    for nth, home in enumerate(family.households):
        members = {graph.where[p] for p in home.people if p in graph.where}
        if len(home.people) < _COMPANY:
            continue
        for row, nodes in enumerate(rows):
            stretch: list[int] = []
            for node in nodes:
                if node in members:
                    stretch.append(node)
                elif stretch and graph.nodes[node].kind not in {STUB, PASS}:
                    runs.append(Run(home, nth, row, tuple(stretch)))
                    stretch = []
            if stretch:
                runs.append(Run(home, nth, row, tuple(stretch)))
    return runs


def with_addresses(written: dict[str, Caption], runs: list[Run], graph: Graph) -> None:
    """Write each household's address once a run, under the name at the run's left end."""
    for run in runs:
        caption = written[graph.nodes[run.nodes[0]].name]
        caption.name += [(line, SMALL, "address") for line in wrap(run.home.label, SMALL, WRAP)]


def outlines(runs: list[Run], stage: Stage) -> list[Line]:
    """The outlines.

    Args:
        runs: where members stand together.
        stage: the drawing, its rows measured.

    Returns:
        one polygon for each run, or for runs of neighbouring rows that stand one above the other.
    """
    lines = []
    by_home: dict[int, list[Run]] = defaultdict(list)
    for run in runs:
        by_home[run.nth].append(run)
    for nth, group in by_home.items():
        out = OUT + _STEP * (nth % 2)
        boxes = [_box(run, stage, out) for run in group]
        done: set[int] = set()
        for i, run in enumerate(group):
            if i in done:
                continue
            chain = [i]
            done.add(i)
            while (j := _under(group, boxes, chain[-1], done)) is not None:
                chain.append(j)
                done.add(j)
            people = tuple(stage.graph.nodes[n].name for k in chain for n in group[k].nodes)
            lines.append(Line("household", people, _around([boxes[k] for k in chain]), "dotted", words=run.home.label))
    return lines


Box = tuple[float, float, float, float]


def _box(run: Run, stage: Stage, out: float) -> Box:
    height = stage.heights[run.row]
    first, last = run.nodes[0], run.nodes[-1]
    left = stage.x[first] - stage.half[first][0] + PAD + WALL - out
    right = stage.x[last] + stage.half[last][1] - PAD - WALL + out
    top = height.centre - SYMBOL / 2 - height.above - out
    text = max(stage.written[stage.graph.nodes[n].name].below for n in run.nodes)
    bottom = height.centre + SYMBOL / 2 + BELOW + text + out
    return left, right, top, bottom


def _under(group: list[Run], boxes: list[Box], i: int, done: set[int]) -> int | None:
    """A run of the next row that stands under this one."""
    for j, run in enumerate(group):
        if j in done or run.row != group[i].row + 1:
            continue
        if min(boxes[i][1], boxes[j][1]) - max(boxes[i][0], boxes[j][0]) > _JOIN:
            return j
    return None


def _around(boxes: list[Box]) -> tuple[tuple[float, float], ...]:
    """The corners round boxes that stand one above the other, clockwise from the top left."""
    right: list[tuple[float, float]] = []
    left: list[tuple[float, float]] = []
    for k, (low, high, top, bottom) in enumerate(boxes):
        if k:
            inner = (max(low, boxes[k - 1][0]), min(high, boxes[k - 1][1]))
            right += [(inner[1], boxes[k - 1][3]), (inner[1], top)]
            left += [(inner[0], boxes[k - 1][3]), (inner[0], top)]
        right += [(high, top), (high, bottom)]
        left += [(low, top), (low, bottom)]
    return (*right, *reversed(left))
