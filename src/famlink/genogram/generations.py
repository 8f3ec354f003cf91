"""Which row each person stands on: siblings together, couples together where descent allows it, children below."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from famlink.genogram.family import ADOPTIVE, BIRTH, Family

_STRENGTH = {"married": 0, "cohabiting": 1, "unknown": 2, "transitory": 3}
_TWO = 2


@dataclass(frozen=True)
class Rows:
    """Generations of one connected family.

    Args:
        row: person id -> row, 0 at the top.
        upward: (child, union) of links that descent cannot hold: the child is not below the union. They are drawn apart.
    """

    row: dict[str, int]
    upward: frozenset[tuple[str, str]]


def generations(family: Family) -> Rows:
    """Give every person a row.

    Full siblings are contracted to one node, then couples in order of evidence (children in common, marriage,
    cohabitation); a contraction that would make a cycle of descent is undone, and that couple is drawn slanted. Rows of
    the contracted nodes then minimise the summed length of the descent lines, which pulls founders down to their
    children.

    Args:
        family: one connected family (or several: each is ranked from its own top).

    Returns:
        the rows and the links that cannot point down.

    Source:
        Gansner, Koutsofios, North and Vo (1993), section 2, for ranks of least total edge length.
    """
    partners = {union.id: union.partners for union in family.unions}
    strong = {BIRTH: 0, ADOPTIVE: 1}
    ordered = sorted(family.links, key=lambda k: (strong.get(k.kind, _TWO), bool(k.conflict)))
    descent = _Descent([person.id for person in family.people])
    kept: list[tuple[str, str]] = []
    upward: set[tuple[str, str]] = set()
    for link in ordered:
        if any(descent.leads(link.child, parent) for parent in partners[link.union]):
            upward.add((link.child, link.union))
            continue
        kept.append((link.child, link.union))
        for parent in partners[link.union]:
            descent.add(parent, link.child)
    by_union: dict[str, list[str]] = defaultdict(list)
    kinds = {(link.child, link.union): link.kind for link in family.links}
    for child, union in kept:
        if kinds[child, union] in strong or not partners[union]:
            by_union[union].append(child)
    for one in family.unions:
        children = by_union.get(one.id, [])
        for child in children[1:]:
            descent.contract(children[0], child)
    shared = {union: len(children) for union, children in by_union.items()}
    for one in sorted(
        family.unions, key=lambda u: (-min(1, shared.get(u.id, 0)), _STRENGTH[u.kind], -shared.get(u.id, 0), u.id)
    ):
        if len(one.partners) == _TWO:
            descent.contract(*one.partners)
    edges = sorted(
        {(descent.find(p), descent.find(c)) for c, u in kept for p in partners[u] if descent.find(p) != descent.find(c)}
    )
    rank = _least_length(sorted({descent.find(p.id) for p in family.people}), edges)
    row = {person.id: rank[descent.find(person.id)] for person in family.people}
    upward |= {(c, u) for c, u in kept if partners[u] and max(row[p] for p in partners[u]) >= row[c]}
    return Rows(row, frozenset(upward))


class _Descent:
    """Groups of people on one row and the parent-to-child edges between groups; never a cycle."""

    def __init__(self, people: list[str]) -> None:
        self._group = {person: person for person in people}
        self._below: dict[str, set[str]] = {person: set() for person in people}

    def find(self, person: str) -> str:
        root = person
        while self._group[root] != root:
            root = self._group[root]
        while self._group[person] != root:
            self._group[person], person = root, self._group[person]
        return root

    def leads(self, upper: str, lower: str) -> bool:
        """Whether descent leads from one group to another, or they are one."""
        start, goal = self.find(upper), self.find(lower)
        if start == goal:
            return True
        seen, stack = {start}, [start]
        while stack:
            for below in self._below[stack.pop()]:
                node = self.find(below)
                if node == goal:
                    return True
                if node not in seen:
                    seen.add(node)
                    stack.append(node)
        return False

    def add(self, parent: str, child: str) -> None:
        self._below[self.find(parent)].add(self.find(child))

    def contract(self, left: str, right: str) -> bool:
        """Put two people on one row, unless one descends from the other's row."""
        a, b = self.find(left), self.find(right)
        if a == b:
            return True
        if self.leads(a, b) or self.leads(b, a):
            return False
        self._group[b] = a
        self._below[a] |= self._below[b]
        return True


def _least_length(groups: list[str], edges: list[tuple[str, str]]) -> dict[str, int]:
    """Ranks of least summed edge length, each edge at least one row long; the top row is 0."""
    if not edges:
        return dict.fromkeys(groups, 0)
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    place = {group: i for i, group in enumerate(groups)}
    cost = np.full(len(groups), 1e-4)  # of equally short drawings, the one nearest the top
    ups = np.array([place[a] for a, _ in edges])
    downs = np.array([place[b] for _, b in edges])
    np.add.at(cost, downs, 1.0)
    np.add.at(cost, ups, -1.0)
    lines = np.arange(len(edges))
    matrix = csr_array(
        (np.r_[np.ones(len(edges)), -np.ones(len(edges))], (np.r_[lines, lines], np.r_[ups, downs])),
        shape=(len(edges), len(groups)),
    )
    solved = linprog(cost, A_ub=matrix, b_ub=np.full(len(edges), -1.0), bounds=(0, len(groups)), method="highs")
    rank = np.rint(solved.x).astype(int)
    rank -= rank.min()
    return {group: int(rank[i]) for group, i in place.items()}
