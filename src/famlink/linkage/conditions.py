"""Conditions on grades in few words: how comparisons say when a level holds."""

from __future__ import annotations

from famlink.linkage.model import Term, When

MISSING = (-1,)
"""The grade of a feature one of whose values is missing."""


def together(*terms: tuple[int, tuple[int, ...]]) -> tuple[Term, ...]:
    """Every one of some features has one of its grades.

    Args:
        terms: (feature, grades).

    Returns:
        one alternative of a condition.

    Example:
        >>> together((0, (1,)), (2, (0, 1)))
        (Term(feature=0, grades=(1,)), Term(feature=2, grades=(0, 1)))
    """
    return tuple(Term(feature, grades) for feature, grades in terms)


def when(*alternatives: tuple[Term, ...]) -> When:
    """A condition that holds where one of its alternatives does.

    Args:
        alternatives: from :func:`together` or :func:`graded`.

    Returns:
        the condition.

    Example:
        >>> len(when(graded(0, 1), graded(1, 1)))
        2
    """
    return alternatives


def graded(feature: int, *grades: int) -> tuple[Term, ...]:
    """One feature has one of some grades.

    Args:
        feature: its place in the comparison.
        grades: any of these.

    Returns:
        one alternative of a condition.

    Example:
        >>> graded(1, 2, 3)
        (Term(feature=1, grades=(2, 3)),)
    """
    return together((feature, grades))
