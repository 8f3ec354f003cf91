"""A drawing before it is ink: symbols, labels and lines with their places."""

from __future__ import annotations

from dataclasses import dataclass, field

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
    """A small mark on a symbol, ``PR``."""

    words: str
    x: float
    y: float
    title: str = ""


@dataclass
class Layout:
    """Everything placed."""

    family: Family
    symbols: list[Symbol] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    badges: list[Badge] = field(default_factory=list)
    outlines: list[Line] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    crossings: int = 0
    width: float = 0.0
    height: float = 0.0
