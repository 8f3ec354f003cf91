"""One-to-one assignment, slowly: every partial matching is written out."""

import itertools
import math


def partial_matchings(edges):
    """Every set of edges (row, column) of which no two share an end."""
    return [
        chosen
        for size in range(len(edges) + 1)
        for chosen in itertools.combinations(edges, size)
        if len({r for r, _ in chosen}) == size == len({c for _, c in chosen})
    ]


def marginals(odds):
    """(row, column) -> probability that the edge is in the matching, by summing over all of them."""
    edges = sorted(odds)
    total = 0.0
    held = dict.fromkeys(edges, 0.0)
    for matching in partial_matchings(edges):
        product = 1.0
        for edge in matching:
            product *= odds[edge]
        total += product
        for edge in matching:
            held[edge] += product
    return {edge: share / total for edge, share in held.items()}


def partitions(members):
    """Every way to part some members into slots."""
    if not members:
        return [[]]
    first, rest = members[0], members[1:]
    found = [[[first], *parts] for parts in partitions(rest)]
    for parts in partitions(rest):
        found += [[[first, *slot] if slot is parts[n] else slot for slot in parts] for n in range(len(parts))]
    return found


def _weight(parts, same):
    """Product of the odds of every two members of one slot; two that cannot be one person have none."""
    product = 1.0
    for slot in parts:
        for pair in itertools.combinations(sorted(slot), 2):
            product *= same.get(pair, 0.0)
    return product


def shared_marginals(odds, same_rows, same_columns, faint):
    """(row, column) -> probability that the two are one person, where members of one side may be one person too.

    A sum over how each side is parted into slots, and over the matchings of slots. The odds of two slots are the product of
    those of every member of one with every member of the other, where at least one such pair has any; the others are faint.
    """
    rows, columns = (list(range(1 + max(edge[side] for edge in odds))) for side in range(2))
    total = 0.0
    held = dict.fromkeys(odds, 0.0)
    for ours in partitions(rows):
        for theirs in partitions(columns):
            weight = _weight(ours, same_rows) * _weight(theirs, same_columns)
            if not weight:
                continue
            at = {(i, j): [(r, c) for r in one for c in other if (r, c) in odds]
                  for i, one in enumerate(ours) for j, other in enumerate(theirs)}  # fmt: skip
            best = {(i, j): math.prod(odds[edge] for edge in edges) * faint ** (len(ours[i]) * len(theirs[j]) - len(edges))
                    for (i, j), edges in at.items() if edges}  # fmt: skip
            for matching in partial_matchings(sorted(best)):
                product = weight
                for place in matching:
                    product *= best[place]
                total += product
                for place in matching:
                    for edge in at[place]:
                        held[edge] += product
    return {edge: share / total for edge, share in held.items()}
