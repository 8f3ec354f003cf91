"""The ring of professionals and services outside the family, as an ecomap has it: each lettered, the letters at whom they work with."""

from __future__ import annotations

from collections import defaultdict

from famlink.genogram.family import Family
from famlink.genogram.lanes import SYMBOL
from famlink.genogram.placed import Badge, Layout, Line, Point, RingPlace, Text
from famlink.genogram.text import width, wrap

_SIZE, _LEADING = 10.0, 12.5
_WRAP = 120.0
_INSIDE, _SPOKE, _APART, _ROUND = 16.0, 12.0, 14.0, 14.0
_ROUNDER = 1.3
"""How much larger an ellipse is than the text it holds."""

_LEAST = 3
"""Up to so many services stand above the family; more go round it."""


def letters_of(nth: int) -> str:
    """A, B ... Z, AA, AB ...: the letter of a service.

    Args:
        nth: place of the service, from 0.

    Returns:
        one or more letters.

    Example:
        >>> [letters_of(n) for n in (0, 25, 26, 27)]
        ['A', 'Z', 'AA', 'AB']
    """
    letters = ""
    nth += 1
    while nth:
        nth, last = divmod(nth - 1, 26)
        letters = chr(ord("A") + last) + letters
    return letters


def add_ring(layout: Layout) -> None:
    """Put a border round the family and its services outside it, clockwise from the left of the upper side.

    Each service is an ellipse with a spoke to the border; its letter stands at every person it works with, so that no line
    runs through the family. Whatever is drawn already moves to make room.

    Args:
        layout: everything else, placed; it is added to.
    """
    family = layout.family
    if not family.services:
        return
    low, high = _box(layout)
    left, top, right, bottom = low[0] - _INSIDE, low[1] - _INSIDE, high[0] + _INSIDE, high[1] + _INSIDE
    right = max(right, left + 2 * _WRAP)
    places = _Ring(family, (left, top, right, bottom)).placed()
    layout.outlines += [Line("spoke", (), (p.anchor, p.spoke)) for p in places if p.anchor != p.spoke]
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    layout.outlines.append(Line("ring", (), corners, words="the family; services stand outside"))
    layout.ring = places
    _letter(layout, places)
    over = min(min((p.y - p.height / 2 for p in places), default=top), top)
    under = max(max((p.y + p.height / 2 for p in places), default=bottom), bottom)
    layout.shift(0.0, -over)
    layout.height = under - over


def _box(layout: Layout) -> tuple[Point, Point]:
    """What is drawn, from corner to corner."""
    xs = [s.x + d * s.width / 2 for s in layout.symbols for d in (-1, 1)]
    xs += [k.x + d * k.width / 2 for k in layout.labels for d in (-1, 1)]
    xs += [p[0] for line in (*layout.lines, *layout.outlines) for p in line.points]
    return (min(xs, default=0.0), 0.0), (max(xs, default=0.0), layout.height)


class _Ring:
    """Places services clockwise: along the upper side, down the right, along the lower side, up the left; the rest below."""

    def __init__(self, family: Family, border: tuple[float, float, float, float]) -> None:
        self.left, self.top, self.right, self.bottom = border
        self.services = family.services
        self.names = {person.id: person.name for person in family.people}
        self.said = [
            wrap(f"{letters_of(nth)}. {service.name}", _SIZE, _WRAP, lines=3)
            for nth, service in enumerate(self.services)
        ]
        self.sizes = [
            (max(width(line, _SIZE) for line in said) * _ROUNDER + 20.0, len(said) * _LEADING * _ROUNDER + 14.0)
            for said in self.said
        ]
        self.waiting = list(range(len(self.said)))
        self.places: list[RingPlace] = []
        self.under = self.bottom

    def placed(self) -> list[RingPlace]:
        """Every service in its place."""
        count = len(self.waiting)
        share = count if count <= _LEAST else -(-count // 4)
        self._above(self._taken(0, self.right - self.left, max(share, _LEAST - 1)))
        if self.waiting:
            self._beside(self._taken(1, self.bottom - self.top, share), side=1)
            self._below(self._taken(0, self.right - self.left, share + 1)[::-1])
            self._beside(self._taken(1, self.bottom - self.top, share)[::-1], side=-1)
        while self.waiting:
            self._below(self._taken(0, self.right - self.left, count))
        return self.places

    def _taken(self, axis: int, room: float, most: int) -> list[int]:
        """The next services that fit a side; a horizontal side takes at least one."""
        taken: list[int] = []
        used = 0.0
        while self.waiting and len(taken) < most:
            size = self.sizes[self.waiting[0]][axis] + _APART
            if used + size > room + _APART and (taken or axis):
                break
            used += size
            taken.append(self.waiting.pop(0))
        return taken

    def _spread(self, row: list[int], axis: int, start: float, room: float) -> list[tuple[int, float]]:
        """Centres of services evenly apart on a side."""
        air = max(_APART / 2, (room - sum(self.sizes[n][axis] for n in row)) / (len(row) + 1))
        found = []
        for n in row:
            found.append((n, start + air + self.sizes[n][axis] / 2))
            start += air + self.sizes[n][axis]
        return found

    def _above(self, row: list[int]) -> None:
        for n, x in self._spread(row, 0, self.left, self.right - self.left):
            self._put(n, x, self.top - _SPOKE - self.sizes[n][1] / 2, (x, self.top - _SPOKE), (x, self.top))

    def _below(self, row: list[int]) -> None:
        tall = max((self.sizes[n][1] for n in row), default=0.0)
        first = self.under == self.bottom
        for n, x in self._spread(row, 0, self.left, self.right - self.left):
            y = self.under + _SPOKE
            spoke = (x, self.bottom) if first else (x, y)  # a further row hangs from nothing: spokes would run through
            self._put(n, x, y + self.sizes[n][1] / 2, (x, y), spoke)
        self.under += (_SPOKE + tall) * bool(row)

    def _beside(self, column: list[int], *, side: int) -> None:
        edge = self.right if side > 0 else self.left
        for n, y in self._spread(column, 1, self.top, self.bottom - self.top):
            near = edge + side * _SPOKE
            self._put(n, near + side * self.sizes[n][0] / 2, y, (near, y), (edge, y))

    def _put(self, nth: int, x: float, y: float, anchor: Point, spoke: Point) -> None:
        service, said = self.services[nth], self.said[nth]
        wide, tall = self.sizes[nth]
        start = y - (len(said) - 1) * _LEADING / 2 + _SIZE * 0.36
        self.places.append(
            RingPlace(
                letters=letters_of(nth),
                name=service.name,
                x=x,
                y=y,
                width=wide,
                height=tall,
                texts=tuple(Text(words, x, start + i * _LEADING, _SIZE) for i, words in enumerate(said)),
                words=f"Works with {', '.join(self.names[p] for p in service.people)}.",
                anchor=anchor,
                spoke=spoke,
                people=service.people,
            )
        )


def _letter(layout: Layout, places: list[RingPlace]) -> None:
    """The letters of the services at the lower right corner of each person they work with."""
    at = {s.id: s for s in layout.symbols}
    working: dict[str, list[RingPlace]] = defaultdict(list)
    for place in places:
        for person in place.people:
            working[person].append(place)
    for person, theirs in sorted(working.items()):
        theirs.sort(key=lambda p: (len(p.letters), p.letters))
        words = " ".join(p.letters for p in theirs)
        half = max(_ROUND, width(words, 8.0) + 7.0) / 2
        symbol = at[person]
        title = "works with " + "; ".join(f"{p.letters}. {p.name}" for p in theirs)
        x, y = symbol.x + SYMBOL / 2 - 8.0 + half, symbol.y + SYMBOL / 2 - 5.0
        layout.badges.append(Badge(words, x, y, title, "letter"))
