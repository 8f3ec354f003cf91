"""The cost of an order, counted the slow and obvious way: plain lists, no famlink."""

from __future__ import annotations

from itertools import combinations


def costs(rows, nets, couples, soft, homes):
    """Crossings, splits, outsiders, birth order, household spread, length.

    rows: nodes of each row. nets: (top, bottom, row of bottom), top () or (node,) or (inner, outer). couples: (a, b).
    soft: (left, right, weight). homes: lists of nodes of one row.
    """
    place = {n: i for row in rows for i, n in enumerate(row)}
    level = {n: r for r, row in enumerate(rows) for n in row}
    mates = {n: {b if a == n else a for a, b in couples if n in (a, b)} for n in place}
    hanging = {n for _, bottom, _ in nets for n in bottom}
    crossings = splits = outsiders = length = 0

    def drop(top):
        if len(top) == 1:
            return 4 * place[top[0]]
        inner, outer = top
        gap = place[outer] - place[inner]
        return 2 * (place[inner] + place[outer]) + (gap > 1) - (gap < -1)

    def between(nodes):
        spots = [place[n] for n in nodes]
        return [n for n in rows[level[nodes[0]]] if min(spots) < place[n] < max(spots)]

    def pair(left, right):
        a, b = [place[n] for n in left], [place[n] for n in right]
        if max(a) <= min(b):
            return 0
        inversions = sum(x > y for x in a for y in b)
        return min(inversions, 1 + sum(min(b) < x < max(b) for x in a), 1 + sum(min(a) < y < max(a) for y in b))

    for top, bottom, row in nets:
        inside = between(bottom)
        outsiders += sum(n not in bottom and not mates[n] & set(bottom) for n in inside)
        spots = [place[n] for n in bottom]
        length += max(spots) - min(spots)
        if not top:
            crossings += sum(n in hanging and n not in bottom for n in inside)
            continue
        above = len(rows[row - 1]) if row else 0
        length += abs((drop(top) // 2 - above) - (min(spots) + max(spots) - len(rows[row])))
    for (t1, b1, r1), (t2, b2, r2) in combinations(nets, 2):
        if r1 != r2 or not t1 or not t2:
            continue
        if drop(t1) < drop(t2):
            crossings += pair(b1, b2)
        elif drop(t1) > drop(t2):
            crossings += pair(b2, b1)
        else:
            crossings += min(pair(b1, b2), pair(b2, b1))
    dropped = {frozenset(top) for top, _, _ in nets if len(top) == 2}
    for a, b in couples:
        length += 2 * abs(place[a] - place[b])
        if abs(place[a] - place[b]) < 2:
            continue
        inside = between([a, b])
        low, high = sorted((place[a], place[b]))
        over = sum(n in hanging for n in inside)
        under = 0
        for e, f in couples:
            if (e, f) == (a, b) or level[e] != level[a]:
                continue
            left, right = sorted((place[e], place[f]))
            under += low <= left and right <= high and frozenset((e, f)) in dropped
            splits += right - left >= 2 and low < left < high < right
        splits += 1 + sum(not mates[n] & {a, b} for n in inside) + min(over, under)
    birth = sum(w for a, b, w in soft if place[a] > place[b])
    spread = sum(max(place[n] for n in h) - min(place[n] for n in h) + 1 - len(h) for h in homes)
    return [crossings, splits, outsiders, birth, spread, length]
