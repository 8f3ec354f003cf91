"""The strip's time: which days it spans, the years or months along its top, and each child's age under them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from famlink.chronology.lettering import fitted, width
from famlink.chronology.strip_parts import INK, LEFT, QUIET, RIGHT, SIZE, SMALL, WIDTH, line, words
from famlink.chronology.words import day_in_words, months_between
from famlink.sharing.portrait import Portrait

AHEAD_YEARS = 2
"""What is planned further ahead than this stands at the edge: one far day would press years of life together."""

MOST_AGES = 4
"""Children whose ages stand under the years; those of more are in the table."""

AGE_ROW = 16.0
_CHILDHOOD = 18
_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600)
_MONTH_DAYS = 30.4375
_INFANT_MONTHS = 24


@dataclass(frozen=True)
class Scale:
    """Days to places along the strip.

    Args:
        first: first day drawn.
        last: last day drawn.
        left: where the first day stands.
        right: where the last day stands.
    """

    first: dt.date
    last: dt.date
    left: float = LEFT
    right: float = WIDTH - RIGHT

    def x(self, day: dt.date) -> float:
        """Where a day stands; a day beyond an edge stands at it."""
        days = max(1, (self.last - self.first).days)
        share = min(1.0, max(0.0, (day - self.first).days / days))
        return round(self.left + share * (self.right - self.left), 2)

    @property
    def step(self) -> int:
        """Months between two names on the axis: as few as leave room for them."""
        month = (self.right - self.left) / max(1, (self.last - self.first).days) * _MONTH_DAYS
        return next((step for step in _STEPS if step * month >= (78 if step < 12 else 50)), _STEPS[-1])


def scale_of(found: pl.DataFrame, children: list[Portrait], as_at: dt.date) -> Scale:
    """Choose the days a strip spans.

    Args:
        found: its accounts, as :func:`famlink.chronology.accounts.account_table` gives them.
        children: those whose age it shows.
        as_at: the day of the extracts.

    Returns:
        a scale over whole months or years: from the first account, or the birth of a child, to the day of the extracts or
        what is planned in the next two years. An account said to be before its person's birth does not set it.
    """
    unborn = pl.col("faults").list.eval(pl.element().str.contains("before the birth", literal=True)).list.any()
    days = found.select("date", pl.coalesce("latest", "date").alias("latest"), unborn=unborn)
    sound = days if days["unborn"].all() else days.filter(~pl.col("unborn"))
    edge = dt.date(as_at.year + AHEAD_YEARS, as_at.month, min(as_at.day, 28))
    earliest, *reached = sound.select(
        pl.col("date").min(),
        *(pl.col(day).filter(pl.col(day) <= edge).max().alias(f"{day} in sight") for day in ("date", "latest")),
    ).row(0)
    starts = [earliest]
    born = [c.date_of_birth for c in children if c.date_of_birth is not None]
    starts += [day for day in born if starts[0].year - day.year <= _CHILDHOOD]
    ends = [as_at, *(day for day in reached if day is not None)]
    ends += [c.expected for c in children if c.unborn and c.expected is not None and as_at < c.expected <= edge]
    first, last = min(starts), max(ends)
    if (last - first).days > 3 * 365:
        first, last = dt.date(first.year, 1, 1), dt.date(last.year, 12, 31)
    else:
        last = dt.date(last.year + last.month // 12, last.month % 12 + 1, 1) - dt.timedelta(days=1)
        first = first.replace(day=1)
    before, after = days.select((pl.col("latest") < first).sum(), (pl.col("date") > last).sum()).row(0)
    left = LEFT + (width(f"{before:,} before", SMALL) + 12 if before else 0)
    right = WIDTH - RIGHT - (width(f"{after:,} later", SMALL) + 12 if after else 0)
    return Scale(first, last, left, right)


def axis(scale: Scale, children: list[Portrait], as_at: dt.date, *, top: float, bottom: float) -> Iterator[str]:
    """Draw years or months, a row of ages for each child, births and the day of the extracts.

    Args:
        scale: the days.
        children: those whose age is shown.
        as_at: the day of the extracts.
        top: the baseline of the years.
        bottom: where the last lane ends.

    Yields:
        SVG.
    """
    rows = age_rows(children)
    down = top + 6 + AGE_ROW * len(rows)
    for day, name in _ticks(scale):
        x = scale.x(day)
        yield line(f"M{x} {down:.0f}V{bottom:.0f}")
        if x + 3 + width(name, SIZE, bold=True) <= WIDTH:
            yield words(x + 3, top, name, bold=True)
    for place, row in enumerate(rows, 1):
        yield from _ages(row, scale, y=top + AGE_ROW * place, down=down, bottom=bottom)
    x = scale.x(as_at)
    yield line(f"M{x} {down:.0f}V{bottom:.0f}", stroke=INK, dashes="4 3", told=f"as at {day_in_words(as_at)}")


def age_rows(children: list[Portrait]) -> list[list[Portrait]]:
    """Put children born on one day into one row of ages.

    Args:
        children: those whose age is shown.

    Returns:
        rows in the order of the children, at most :data:`MOST_AGES`; a child of no known date of birth has none.
    """
    rows: dict[object, list[Portrait]] = {}
    for child in children:
        if child.date_of_birth is not None:
            rows.setdefault((child.date_of_birth, child.date_of_birth_exact, child.died), []).append(child)
        elif child.unborn:
            rows.setdefault((child.expected,), []).append(child)
    return list(rows.values())[:MOST_AGES]


def _ticks(scale: Scale) -> Iterator[tuple[dt.date, str]]:
    step = scale.step
    if step < 12:
        month = dt.date(scale.first.year, (scale.first.month - 1) // step * step + 1, 1)
        while month <= scale.last:
            if month >= scale.first:
                yield month, f"{day_in_words(month).split()[1][:3]} {month.year}"
            months = month.month - 1 + step
            month = dt.date(month.year + months // 12, months % 12 + 1, 1)
        return
    years = step // 12
    for year in range(-(-scale.first.year // years) * years, scale.last.year + 1, years):
        if dt.date(year, 1, 1) >= scale.first:
            yield dt.date(year, 1, 1), str(year)


def _ages(row: list[Portrait], scale: Scale, *, y: float, down: float, bottom: float) -> Iterator[str]:
    child = row[0]
    named = ", ".join(c.forename or c.name for c in row)
    if child.date_of_birth is None:
        assert child.expected is not None
        yield words(LEFT - 10, y, fitted("unborn child", LEFT - 16, SIZE), anchor="end", fill=QUIET)
        said = f"expected {day_in_words(child.expected)}"
        if not scale.first <= child.expected <= scale.last:
            yield words(scale.left, y, said, fill=QUIET)
            return
        yield from _day_line(child.expected, said, scale, y=y, down=down, bottom=bottom, dashes="1 3")
        return
    about = "" if child.date_of_birth_exact else "about "
    yield words(LEFT - 10, y, fitted(f"age of {named}", LEFT - 16, SIZE), anchor="end", fill=QUIET)
    reached = scale.left - 4
    last = min(scale.last, child.died) if child.died is not None else scale.last
    if child.date_of_birth >= scale.first:
        yield from _day_line(child.date_of_birth, f"{about}born", scale, y=y, down=down, bottom=bottom)
        reached = scale.x(child.date_of_birth) + width(f"{about}born", SIZE) / 2 + 6
    if child.died is not None and scale.first <= child.died <= scale.last:
        yield from _day_line(child.died, "died", scale, y=y, down=down, bottom=bottom)
        last = child.died - dt.timedelta(days=round(40 / (scale.right - scale.left) * (scale.last - scale.first).days))
    for months in range(scale.step, months_between(child.date_of_birth, last) + 1, scale.step):
        day = _later(child.date_of_birth, months)
        said = _age(months)
        half = width(said, SIZE) / 2
        x = scale.x(day)
        if day >= scale.first and x - half >= reached and x + half <= WIDTH:
            yield words(x, y, said, anchor="middle", fill=QUIET)
            reached = x + half + 6


def _day_line(
    day: dt.date, said: str, scale: Scale, *, y: float, down: float, bottom: float, dashes: str = ""
) -> Iterator[str]:
    """A line down the strip at a day of a child's life, named in the row of its ages."""
    x, half = scale.x(day), width(said, SIZE) / 2
    yield line(f"M{x} {down:.0f}V{bottom:.0f}", stroke=QUIET, dashes=dashes, told=f"{said} {day_in_words(day)}")
    at = min(max(x, scale.left + half - 2), WIDTH - 2 - half)
    yield words(at, y, said, anchor="middle", fill=QUIET)


def _later(day: dt.date, months: int) -> dt.date:
    months += day.month - 1
    return dt.date(day.year + months // 12, months % 12 + 1, min(day.day, 28))


def _age(months: int) -> str:
    """An age on the axis: years, or months of an infant.

    Example:
        >>> _age(24), _age(7), _age(27)
        ('2', '7m', '2y 3m')
    """
    years, rest = divmod(months, 12)
    if not rest:
        return str(years)
    return f"{months}m" if months < _INFANT_MONTHS else f"{years}y {rest}m"
