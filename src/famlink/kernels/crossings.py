"""Order of the nodes on the rows of a genogram: the cost of an order, and a fixed-seed local search for a better one.

Rows are given as one array ``order`` (row after row; ``row_ptr`` says where each begins). A *net* joins one point on a row
to the nodes below it; a *couple* joins two nodes of one row. Costs are counted per gap (between two rows) and per row, so
that a move is charged for the rows it touches alone. Crossings are those of the lines of descent; what the line of a
split couple has to pass counts with the split.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

CROSSINGS, SPLITS, OUTSIDERS, BIRTH_ORDER, HOUSEHOLDS, LENGTH = 0, 1, 2, 3, 4, 5
PARTS = 6


_helper = njit(cache=True, nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)  # called by kernels alone


class Plan(NamedTuple):
    """What does not change while the order is searched.

    ``row_ptr`` (rows+1) places of each row in the order; ``net_top`` (nets, 2) inner and outer node of the drop, -1 where
    there is one or none; ``net_ptr``/``net_bottom`` nodes below each net; ``gap_ptr`` (rows+1) nets by the row of their
    bottom, nets sorted by it; ``couple`` (couples, 2) sorted by row, ``couple_ptr`` (rows+1); ``mate_ptr``/``mates`` the
    couple partners of each node; ``riser`` whether a node hangs from a net; ``hung`` whether a couple has a drop;
    ``soft``, ``soft_ptr`` (rows+1) pairs of which the first should stand left; ``home_ptr``/``home`` household members of
    one row, ``home_row_ptr`` (rows+1); ``parent_net`` the first net above a node, -1 for none.
    """

    row_ptr: Ints
    net_top: Ints
    net_ptr: Ints
    net_bottom: Ints
    gap_ptr: Ints
    couple: Ints
    couple_ptr: Ints
    mate_ptr: Ints
    mates: Ints
    riser: Ints
    hung: Ints
    soft: Ints
    soft_ptr: Ints
    home_ptr: Ints
    home: Ints
    home_row_ptr: Ints
    parent_net: Ints


@_helper
def _mated(plan: Plan, a: int, b: int) -> bool:
    for m in range(plan.mate_ptr[a], plan.mate_ptr[a + 1]):
        if plan.mates[m] == b:
            return True
    return False


@_helper
def _drop(plan: Plan, net: int, pos: Ints) -> int:
    """Four times the position a net drops from: the middle of the couple; of equal middles, towards the outer partner."""
    inner, outer = plan.net_top[net, 0], plan.net_top[net, 1]
    if outer < 0:
        return 4 * pos[inner]
    gap = pos[outer] - pos[inner]
    return 2 * (pos[outer] + pos[inner]) + (1 if gap > 1 else -1 if gap < -1 else 0)


@_helper
def _span(plan: Plan, net: int, pos: Ints) -> tuple[int, int]:
    """Leftmost and rightmost position below a net."""
    low = high = pos[plan.net_bottom[plan.net_ptr[net]]]
    for i in range(plan.net_ptr[net] + 1, plan.net_ptr[net + 1]):
        low = min(low, pos[plan.net_bottom[i]])
        high = max(high, pos[plan.net_bottom[i]])
    return low, high


@_helper
def _pair(plan: Plan, u: int, v: int, pos: Ints, spans: Ints) -> int:
    """Fewest crossings of two nets of one gap, u dropping left of v, with the rows free to slide."""
    bottom = plan.net_bottom
    u0, u1, v0, v1 = plan.net_ptr[u], plan.net_ptr[u + 1], plan.net_ptr[v], plan.net_ptr[v + 1]
    u_low, u_high, v_low, v_high = spans[u, 1], spans[u, 2], spans[v, 1], spans[v, 2]
    if u_high <= v_low:
        return 0
    inversions = 0
    u_inside = 0
    for i in range(u0, u1):
        p = pos[bottom[i]]
        if v_low < p < v_high:
            u_inside += 1
        for j in range(v0, v1):
            if p > pos[bottom[j]]:
                inversions += 1
    v_inside = 0
    for j in range(v0, v1):
        if u_low < pos[bottom[j]] < u_high:
            v_inside += 1
    return min(inversions, min(u_inside, v_inside) + 1)


@_helper
def _bracket(plan: Plan, net: int, pos: Ints, order: Ints, row: int) -> int:
    """Risers of other nets inside a bracket that has no drop."""
    bottom = plan.net_bottom
    first, last = plan.net_ptr[net], plan.net_ptr[net + 1]
    low, high = _span(plan, net, pos)
    found = 0
    for p in range(low + 1, high):
        node = order[plan.row_ptr[row] + p]
        own = False
        for i in range(first, last):
            own = own or bottom[i] == node
        if plan.riser[node] > 0 and not own:
            found += 1
    return found


@_helper
def _gap_cost(plan: Plan, row: int, order: Ints, pos: Ints, out: Ints, base: int, spans: Ints) -> None:
    """Crossings, outsiders and length of the nets whose bottoms stand on a row."""
    for part in range(PARTS):
        out[base + part] = 0
    first, last = plan.gap_ptr[row], plan.gap_ptr[row + 1]
    here = plan.row_ptr[row + 1] - plan.row_ptr[row]
    above = plan.row_ptr[row] - plan.row_ptr[row - 1] if row > 0 else 0
    for u in range(first, last):
        spans[u, 1], spans[u, 2] = _span(plan, u, pos)
        if plan.net_top[u, 0] >= 0:
            spans[u, 0] = _drop(plan, u, pos)
    for u in range(first, last):
        low, high = spans[u, 1], spans[u, 2]
        for p in range(low + 1, high):
            node = order[plan.row_ptr[row] + p]
            member = False
            for i in range(plan.net_ptr[u], plan.net_ptr[u + 1]):
                other = plan.net_bottom[i]
                member = member or other == node
                member = member or _mated(plan, node, other)
            if not member:
                out[base + OUTSIDERS] += 1
        if plan.net_top[u, 0] < 0:
            out[base + CROSSINGS] += _bracket(plan, u, pos, order, row)
            out[base + LENGTH] += high - low
            continue
        drop_u = spans[u, 0]
        out[base + LENGTH] += abs((drop_u // 2 - above) - (low + high - here)) + high - low
        for v in range(u + 1, last):
            if plan.net_top[v, 0] < 0:
                continue
            drop_v = spans[v, 0]
            if drop_u < drop_v:
                out[base + CROSSINGS] += _pair(plan, u, v, pos, spans)
            elif drop_u > drop_v:
                out[base + CROSSINGS] += _pair(plan, v, u, pos, spans)
            else:
                out[base + CROSSINGS] += min(_pair(plan, u, v, pos, spans), _pair(plan, v, u, pos, spans))


@_helper
def _row_cost(plan: Plan, row: int, order: Ints, pos: Ints, out: Ints, base: int) -> None:
    """Split couples and what their arcs cross, order in time, household spread."""
    for part in range(PARTS):
        out[base + part] = 0
    start = plan.row_ptr[row]
    first, last = plan.couple_ptr[row], plan.couple_ptr[row + 1]
    for c in range(first, last):
        a, b = plan.couple[c, 0], plan.couple[c, 1]
        low, high = min(pos[a], pos[b]), max(pos[a], pos[b])
        out[base + LENGTH] += 2 * (high - low)
        if high - low < 2:
            continue
        over = 0
        strangers = 0
        for p in range(low + 1, high):
            node = order[start + p]
            if plan.riser[node] > 0:
                over += 1
            if not _mated(plan, node, a) and not _mated(plan, node, b):
                strangers += 1
        under = 0
        for d in range(first, last):
            if d == c:
                continue
            e, f = plan.couple[d, 0], plan.couple[d, 1]
            left, right = min(pos[e], pos[f]), max(pos[e], pos[f])
            if left >= low and right <= high and plan.hung[d] > 0:
                under += 1
            if right - left >= 2 and low < left < high < right:
                out[base + SPLITS] += 1
        out[base + SPLITS] += 1 + strangers + min(over, under)
    for s in range(plan.soft_ptr[row], plan.soft_ptr[row + 1]):
        if pos[plan.soft[s, 0]] > pos[plan.soft[s, 1]]:
            out[base + BIRTH_ORDER] += plan.soft[s, 2]
    for h in range(plan.home_row_ptr[row], plan.home_row_ptr[row + 1]):
        low, high = len(pos), -1
        for i in range(plan.home_ptr[h], plan.home_ptr[h + 1]):
            low = min(low, pos[plan.home[i]])
            high = max(high, pos[plan.home[i]])
        out[base + HOUSEHOLDS] += high - low + 1 - (plan.home_ptr[h + 1] - plan.home_ptr[h])


@_helper
def _place(plan: Plan, order: Ints, pos: Ints) -> None:
    for row in range(len(plan.row_ptr) - 1):
        for i in range(plan.row_ptr[row], plan.row_ptr[row + 1]):
            pos[order[i]] = i - plan.row_ptr[row]


@_helper
def _count_rows(plan: Plan, low: int, high: int, order: Ints, pos: Ints, parts: Ints, spans: Ints) -> None:
    """Count some rows, and the gap below the last of them, again."""
    for row in range(low, high + 1):
        _row_cost(plan, row, order, pos, parts, 2 * row * PARTS)
    for row in range(low, min(high + 2, len(plan.row_ptr) - 1)):
        _gap_cost(plan, row, order, pos, parts, (2 * row + 1) * PARTS, spans)


@_helper
def _total(parts: Ints, total: Ints) -> None:
    for i in range(PARTS):
        total[i] = 0
    for i in range(len(parts)):
        total[i % PARTS] += parts[i]


@_helper
def _copy(source: Ints, target: Ints) -> None:
    for i in range(len(source)):
        target[i] = source[i]


@_helper
def _random(state: NDArray[np.uint64], bound: int) -> int:
    """A whole number below ``bound`` (xorshift, Marsaglia 2003)."""
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return np.int64((x >> np.uint64(11)) % np.uint64(bound))


@_helper
def _sort_row(order: Ints, start: int, end: int, key: Floats, pos: Ints) -> None:
    """Stable insertion sort of one row by key."""
    for i in range(start + 1, end):
        node = order[i]
        j = i - 1
        while j >= start and key[order[j]] > key[node]:
            order[j + 1] = order[j]
            j -= 1
        order[j + 1] = node
    for i in range(start, end):
        pos[order[i]] = i - start


@_helper
def _follow_down(plan: Plan, row: int, order: Ints, pos: Ints, key: Floats, known: Ints) -> None:
    """Sort a row by the drops above it; partners without parents keep beside their partner."""
    start, end = plan.row_ptr[row], plan.row_ptr[row + 1]
    for i in range(start, end):
        node = order[i]
        net = plan.parent_net[node]
        known[node] = 0
        if net >= 0 and plan.net_top[net, 0] >= 0:
            key[node] = _drop(plan, net, pos)
            known[node] = 1
    _spread_keys(plan, order, start, end, key, known)
    _sort_row(order, start, end, key, pos)


@_helper
def _follow_up(plan: Plan, row: int, order: Ints, pos: Ints, key: Floats, known: Ints) -> None:
    """Sort a row by the middles of the nets it drops to the row below."""
    start, end = plan.row_ptr[row], plan.row_ptr[row + 1]
    for i in range(start, end):
        known[order[i]] = 0
        key[order[i]] = 0.0
    for net in range(plan.gap_ptr[row + 1], plan.gap_ptr[row + 2]):
        middle = 0.0
        count = plan.net_ptr[net + 1] - plan.net_ptr[net]
        for i in range(plan.net_ptr[net], plan.net_ptr[net + 1]):
            middle += pos[plan.net_bottom[i]]
        for side in range(2):
            node = plan.net_top[net, side]
            if node >= 0:
                key[node] = (key[node] * known[node] + middle / count) / (known[node] + 1)
                known[node] += 1
    _spread_keys(plan, order, start, end, key, known)
    _sort_row(order, start, end, key, pos)


@_helper
def _spread_keys(plan: Plan, order: Ints, start: int, end: int, key: Floats, known: Ints) -> None:
    """Nodes without a key take a partner's, else their left neighbour's, else their right neighbour's."""
    changed = True
    while changed:
        changed = False
        for i in range(start, end):
            node = order[i]
            if known[node] == 0:
                for m in range(plan.mate_ptr[node], plan.mate_ptr[node + 1]):
                    mate = plan.mates[m]
                    if known[mate] > 0 and known[node] == 0:
                        key[node] = key[mate]
                        known[node] = 1
                        changed = True
    for i in range(start + 1, end):
        if known[order[i]] == 0 and known[order[i - 1]] > 0:
            key[order[i]] = key[order[i - 1]]
            known[order[i]] = 1
    for i in range(end - 2, start - 1, -1):
        if known[order[i]] == 0:
            key[order[i]] = key[order[i + 1]]
            known[order[i]] = known[order[i + 1]]


@_helper
def _grown(plan: Plan, row: int, order: Ints, first: int, last: int) -> tuple[int, int]:
    """A block with the partners that stand in a chain beside its ends."""
    while first > plan.row_ptr[row] and _mated(plan, order[first - 1], order[first]):
        first -= 1
    while last < plan.row_ptr[row + 1] - 1 and _mated(plan, order[last], order[last + 1]):
        last += 1
    return first, last


@_helper
def _move_block(order: Ints, first: int, last: int, target: int, spare: Ints) -> None:
    """Move order[first..last] so that it begins where ``target`` (outside the block, or after the end) stands."""
    size = last - first + 1
    for i in range(size):
        spare[i] = order[first + i]
    if target < first:
        for i in range(first - 1, target - 1, -1):
            order[i + size] = order[i]
        for i in range(size):
            order[target + i] = spare[i]
    else:
        for i in range(last + 1, target):
            order[i - size] = order[i]
        for i in range(size):
            order[target - size + i] = spare[i]


@_helper
def _reverse(order: Ints, first: int, last: int) -> None:
    while first < last:
        order[first], order[last] = order[last], order[first]
        first += 1
        last -= 1


@_helper
def _change(plan: Plan, row: int, order: Ints, pos: Ints, state: NDArray[np.uint64], spare: Ints) -> None:
    """One random move on one row: insert, swap, move or reverse a partner chain or a sibship, join a split couple."""
    start, size = plan.row_ptr[row], plan.row_ptr[row + 1] - plan.row_ptr[row]
    at = start + _random(state, size)
    other = start + _random(state, size + 1)
    kind = _random(state, 10)
    couples = plan.couple_ptr[row + 1] - plan.couple_ptr[row]
    if kind == 8:
        other = min(other, start + size - 1)
        order[at], order[other] = order[other], order[at]
        return
    first, last, target = at, at, other
    if kind == 9 and couples > 0:
        c = plan.couple_ptr[row] + _random(state, couples)
        side = _random(state, 2)
        first = last = start + pos[plan.couple[c, side]]
        target = start + pos[plan.couple[c, 1 - side]] + _random(state, 2)
    elif kind >= 2:
        if kind >= 5 and plan.parent_net[order[at]] >= 0:
            low, high = _span(plan, plan.parent_net[order[at]], pos)
            first, last = min(first, start + low), max(last, start + high)
        first, last = _grown(plan, row, order, first, last)
        if kind == 4 or kind == 7 or last - first + 1 == size:
            _reverse(order, first, last)
            return
    if target < first or target > last + 1:
        _move_block(order, first, last, target, spare)


@_helper
def _weigh(parts: Ints, weights: Floats) -> float:
    total = 0.0
    for i in range(PARTS):
        total += parts[i] * weights[i]
    return total


@_helper
def _packed(parts: Ints) -> int:
    """The parts as one number that compares as the lexicographic order does."""
    return (
        (parts[CROSSINGS] << 46)
        + (parts[SPLITS] << 36)
        + (parts[OUTSIDERS] << 27)
        + (parts[BIRTH_ORDER] << 18)
        + min(np.int64((1 << 18) - 1), parts[HOUSEHOLDS] * 8 + parts[LENGTH])
    )


@njit(cache=True, nogil=True)
def search(plan: Plan, order: Ints, weights: Floats, evaluations: int, seed: int) -> tuple[Ints, Ints]:
    """Improve an order by annealed local search with a fixed seed, bounded by evaluations.

    Each step changes one row and lets the rows below, or above, follow; only the rows that changed are counted again.

    Args:
        plan: the :class:`Plan`.
        order: the order to start from; it is not changed.
        weights: float64 weight of each part while searching; the best order is chosen lexicographically.
        evaluations: how many orders to try; 0 counts the cost of the order given.
        seed: any positive whole number.

    Returns:
        the best order found, and its cost by part.

    Source:
        Kirkpatrick, Gelatt and Vecchi (1983) for the schedule.
    """
    rows = len(plan.row_ptr) - 1
    n = len(order)
    state = np.empty(1, np.uint64)
    state[0] = np.uint64(seed * 2654435761 + 88172645463325252)
    pos = np.empty(n, np.int64)
    parts = np.zeros(2 * rows * PARTS, np.int64)
    total = np.zeros(PARTS, np.int64)
    spans = np.zeros((len(plan.net_top), 3), np.int64)  # drop, leftmost and rightmost position of each net
    now, best, old, old_pos = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    _copy(order, now)
    _place(plan, now, pos)
    _count_rows(plan, 0, rows - 1, now, pos, parts, spans)
    _total(parts, total)
    value = _weigh(total, weights)
    best_packed = _packed(total)
    best_parts, old_parts = np.empty(PARTS, np.int64), np.empty(len(parts), np.int64)
    _copy(now, best)
    _copy(total, best_parts)
    _copy(now, old)
    _copy(pos, old_pos)
    _copy(parts, old_parts)
    key = np.zeros(n, np.float64)
    known = np.zeros(n, np.int64)
    spare = np.empty(n, np.int64)
    hot, cold = weights[CROSSINGS] * 0.7, weights[LENGTH] * 0.5
    fall = (cold / hot) ** (1.0 / max(1, evaluations))
    heat = hot
    for _ in range(evaluations):
        heat *= fall
        at = _random(state, n)
        row = 0
        while plan.row_ptr[row + 1] <= at:
            row += 1
        if plan.row_ptr[row + 1] - plan.row_ptr[row] < 2:
            continue
        low, high = row, row
        _change(plan, row, now, pos, state, spare)
        for i in range(plan.row_ptr[row], plan.row_ptr[row + 1]):
            pos[now[i]] = i - plan.row_ptr[row]
        way = _random(state, 4)
        if way == 1 or way == 3:
            for r in range(row + 1, rows):
                _follow_down(plan, r, now, pos, key, known)
            high = rows - 1
        if way >= 2:
            for r in range(row - 1, -1, -1):
                _follow_up(plan, r, now, pos, key, known)
            low = 0
        _count_rows(plan, low, high, now, pos, parts, spans)
        _total(parts, total)
        changed = _weigh(total, weights)
        worse = changed - value
        if worse <= 0.0 or np.exp(-worse / heat) * 1048576.0 > _random(state, 1048576):
            value = changed
            _copy(now, old)
            _copy(pos, old_pos)
            _copy(parts, old_parts)
            packed = _packed(total)
            if packed < best_packed:
                best_packed = packed
                _copy(now, best)
                _copy(total, best_parts)
        else:
            _copy(old, now)
            _copy(old_pos, pos)
            _copy(old_parts, parts)
    return best, best_parts
