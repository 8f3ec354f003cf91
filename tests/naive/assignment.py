"""One-to-one assignment, slowly: every partial matching is written out."""

import itertools


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
