"""A drawing before it is ink: symbols, labels and lines with their places."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from famlink.genogram.family import Family

Point = tuple[float, float]


@dataclass(frozen=True)
class Symbol:
    """One person's shape, or a slot. ``x`` and ``y`` are the centre."""

    id: str
    x: float
    y: float
    width: float
    height: float
    row: int
    shape: str


@dataclass(frozen=True)
class Text:
    """One line of text: ``x`` is its start, middle or end as ``anchor`` says; ``y`` its baseline."""

    words: str
    x: float
    y: float
    size: float
    anchor: str = "middle"
    style: str = ""


@dataclass(frozen=True)
class Label:
    """A block of text with its box; ``x`` and ``y`` are the box's centre."""

    id: str
    x: float
    y: float
    width: float
    height: float
    texts: tuple[Text, ...]


@dataclass(frozen=True)
class Line:
    """One stroke.

    Args:
        kind: ``union``, ``descent`` (the drop), ``sibship`` (the bar), ``riser``, ``twin``, ``household``, ``order`` ...
        people: ids of the people it joins.
        points: its corners.
        style: ``solid``, ``dashed``, ``dotted``, ``broken``, or the kind of union or link whose style the notation says.
        union: the union it belongs to.
        conflict: whether something contradicts it.
        words: what it says, for assistive technology.
    """

    kind: str
    people: tuple[str, ...]
    points: tuple[Point, ...]
    style: str = "solid"
    union: str = ""
    conflict: bool = False
    words: str = ""


@dataclass(frozen=True)
class Badge:
    """A small mark on a symbol: ``PR``, or (``kind`` is ``letter``) the letters of services in the ring."""

    words: str
    x: float
    y: float
    title: str = ""
    kind: str = "badge"


@dataclass(frozen=True)
class RingPlace:
    """A service outside the family.

    ``x`` and ``y`` are the centre of its ellipse; the spoke runs from ``anchor`` to ``spoke`` on the family's border.
    """

    letters: str
    name: str
    x: float
    y: float
    width: float
    height: float
    texts: tuple[Text, ...]
    words: str
    anchor: Point
    spoke: Point
    people: tuple[str, ...]


@dataclass
class Layout:
    """Everything placed."""

    family: Family
    symbols: list[Symbol] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    badges: list[Badge] = field(default_factory=list)
    outlines: list[Line] = field(default_factory=list)
    ring: list[RingPlace] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    crossings: int = 0
    width: float = 0.0
    height: float = 0.0

    def shift(self, dx: float, dy: float) -> None:
        """Move everything.

        Args:
            dx: to the right.
            dy: down.
        """

        def moved(points: tuple[Point, ...]) -> tuple[Point, ...]:
            return tuple((x + dx, y + dy) for x, y in points)

        def written(texts: tuple[Text, ...]) -> tuple[Text, ...]:
            return tuple(replace(t, x=t.x + dx, y=t.y + dy) for t in texts)

        self.symbols = [replace(s, x=s.x + dx, y=s.y + dy) for s in self.symbols]
        self.labels = [replace(k, x=k.x + dx, y=k.y + dy, texts=written(k.texts)) for k in self.labels]
        self.lines = [replace(line, points=moved(line.points)) for line in self.lines]
        self.outlines = [replace(line, points=moved(line.points)) for line in self.outlines]
        self.badges = [replace(b, x=b.x + dx, y=b.y + dy) for b in self.badges]
        self.ring = [
            replace(
                p,
                x=p.x + dx,
                y=p.y + dy,
                texts=written(p.texts),
                anchor=moved((p.anchor,))[0],
                spoke=moved((p.spoke,))[0],
            )
            for p in self.ring
        ]
