"""Numbers as a reader meets them: shares, bits, counts. A share is never rounded to all or nothing."""

from __future__ import annotations

from collections.abc import Sequence


def percent(share: float, *, places: int = 1) -> str:
    """Write a share as a percentage.

    Args:
        share: usually between 0 and 1.
        places: decimal places.

    Returns:
        the text; what is nearly all, or nearly nothing, is told from what is exactly that.

    Example:
        >>> percent(0.5), percent(1.0), percent(0.99999), percent(0.00001), percent(0.0)
        ('50.0%', '100.0%', '>99.9%', '<0.1%', '0.0%')
    """
    least = 10.0 ** -(places + 2)
    if 0.0 < share < least / 2:
        return f"<{100 * least:.{places}f}%"
    if 1.0 - least / 2 < share < 1.0:
        return f">{100 * (1.0 - least):.{places}f}%"
    return f"{100 * share:.{places}f}%"


def span(low: float, high: float, *, places: int = 1) -> str:
    """Write an interval of shares.

    Example:
        >>> span(0.953, 0.969)
        '95.3% to 96.9%'
    """
    return f"{percent(low, places=places)} to {percent(high, places=places)}"


def bits(weight: float) -> str:
    """Write a match weight, with its sign.

    Example:
        >>> bits(10.04), bits(-0.04), bits(-3.0)
        ('+10.0', '0.0', '\N{MINUS SIGN}3.0')
    """
    rounded = round(weight, 1)
    if rounded == 0.0:
        return "0.0"
    return f"+{rounded:.1f}" if rounded > 0 else f"\N{MINUS SIGN}{-rounded:.1f}"


def chance(probability: float) -> str:
    """Write a probability of a model: as a percentage while one can be read, else as a power of ten.

    Example:
        >>> chance(0.93417), chance(0.00172), chance(9.6e-6), chance(0.0), chance(1.0), chance(0.9999999)
        ('93.42%', '0.17%', '1e-5', '0', '100%', '>99.99%')
    """
    if probability == 0.0:
        return "0"
    if probability == 1.0:
        return "100%"
    if probability < 0.0001:
        digit, exponent = f"{probability:.0e}".split("e")
        return f"{digit}e{int(exponent)}"
    return percent(probability, places=2)


def one_in(probability: float) -> str:
    """Write a small probability as one in so many.

    Example:
        >>> one_in(0.000783), one_in(0.0)
        ('1 in 1,277', 'none')
    """
    return f"1 in {round(1 / probability):,}" if probability > 0.0 else "none"


def counted(number: int, one: str, many: str | None = None) -> str:
    """Write a count with its noun.

    Example:
        >>> counted(1, "cluster"), counted(2300, "cluster"), counted(0, "person", "people")
        ('1 cluster', '2,300 clusters', '0 people')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(items: Sequence[str], *, last: str = "and") -> str:
    """Join items as a sentence does.

    Example:
        >>> listed(["a"]), listed(["a", "b", "c"]), listed(["a", "b"], last="or")
        ('a', 'a, b and c', 'a or b')
    """
    return f" {last} ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)
