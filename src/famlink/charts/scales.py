"""From a quantity to a place on an axis, and where its marks go."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """A straight axis.

    Args:
        low: quantity at its start.
        high: quantity at its end; above ``low``.
        ticks: quantities that are marked, with their words.

    Example:
        >>> Scale(0.0, 4.0).place(1.0)
        0.25
    """

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...] = ()

    def place(self, value: float) -> float:
        """Share of the axis' length at which a quantity stands; what lies outside stands at the end."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


def step_of(span: float, *, most: int = 5) -> float:
    """The smallest round step (1, 2 or 5 times a power of ten) that makes at most so many steps.

    Example:
        >>> step_of(1.0), step_of(0.07), step_of(43.0)
        (0.2, 0.02, 10.0)
    """
    power = 10.0 ** math.floor(math.log10(span / most))
    step = next(m for m in (1, 2, 5, 10) if m * power * most >= span * (1 - 1e-9))
    return float(f"{step * power:.12g}")


def ticks_of(low: float, high: float, *, most: int = 5) -> list[float]:
    """Round quantities from one end to the other.

    Example:
        >>> ticks_of(-12.0, 31.0)
        [-10.0, 0.0, 10.0, 20.0, 30.0]
    """
    step = step_of(high - low, most=most)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{place * step:.12g}") for place in range(first, last + 1)]


def share_scale(largest: float, *, most: int = 5) -> Scale:
    """An axis of shares from nothing to a round one that holds the largest.

    Example:
        >>> share_scale(0.13).high, share_scale(0.0).high, share_scale(0.13).ticks[-1]
        (0.15, 0.05, (0.15, '15%'))
    """
    wanted = max(largest, 0.05)
    step = step_of(wanted, most=most)
    high = min(1.0, float(f"{math.ceil(wanted / step - 1e-9) * step:.12g}"))
    return Scale(0.0, high, tuple((value, share_words(value)) for value in ticks_of(0.0, high, most=most)))


def high_scale(lowest: float, *, most: int = 5) -> Scale:
    """An axis of shares from a round one below the lowest up to all.

    Example:
        >>> high_scale(0.913).low, high_scale(0.3).ticks[0]
        (0.9, (0.2, '20%'))
    """
    turned = share_scale(1.0 - lowest, most=most)
    values = [float(f"{1.0 - value:.12g}") for value, _ in reversed(turned.ticks)]
    return Scale(float(f"{1.0 - turned.high:.12g}"), 1.0, tuple((value, share_words(value)) for value in values))


def share_words(value: float) -> str:
    """A share as the mark of an axis.

    Example:
        >>> share_words(0.15), share_words(0.995)
        ('15%', '99.5%')
    """
    return f"{100 * value:.6g}%"


def bit_scale(low: float, high: float) -> Scale:
    """An axis of match weights with zero on it.

    Example:
        >>> [words for _, words in bit_scale(-7.2, 19.5).ticks]
        ['\N{MINUS SIGN}10', '\N{MINUS SIGN}5', '0', '+5', '+10', '+15', '+20']
    """
    low, high = min(low, -1.0), max(high, 1.0)
    step = step_of(high - low, most=7)
    low, high = math.floor(low / step) * step, math.ceil(high / step) * step
    marks = ticks_of(low, high, most=9)
    words = [(value, f"{value:+.6g}".replace("-", "\N{MINUS SIGN}") if value else "0") for value in marks]
    return Scale(low, high, tuple(words))
