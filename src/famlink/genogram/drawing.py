"""Draw a genogram: from what was released, or from a family file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from famlink.genogram.family import Family
from famlink.genogram.geometry import geometry_of
from famlink.genogram.initials import with_initials
from famlink.genogram.layout import lay_out
from famlink.genogram.model import family_model
from famlink.genogram.notation import profile_of
from famlink.genogram.scope import within
from famlink.genogram.svg import Look, write_svg
from famlink.private import write_private
from famlink.sharing.released import Released

MOST_PEOPLE = 60
"""How many people a drawing shows unless told otherwise; the rest are counted beside the people they hang on."""


@dataclass(frozen=True)
class Drawing:
    """A genogram: ``svg`` text, ``geometry`` as the contract has it, and the family it shows."""

    svg: str
    geometry: dict[str, Any]
    family: Family


def draw_released(
    released: Released,
    *,
    focus: tuple[str, ...] | None = None,
    max_people: int = MOST_PEOPLE,
    profile: str = "uk-ics",
    initials: bool = False,
    theme: str = "light",
    previous: dict[str, Any] | None = None,
) -> Drawing:
    """Draw the family one viewer may see.

    Args:
        released: what crossed the wall.
        focus: person ids the drawing is about; the subjects where None.
        max_people: most people drawn; the rest become "+n more".
        profile: ``uk-ics``, ``mcgoldrick`` or ``nsgc``.
        initials: initials for names and no dates, for projection in a room.
        theme: ``light``, ``dark``, ``print`` or ``auto`` (follows the reader's system).
        previous: geometry of the drawing a meeting saw before; people keep their places where they can.

    Returns:
        the drawing.

    Raises:
        GenogramError: a focus is not in what was released, or the profile or theme does not exist.
        InvariantError: what was drawn is not what the family holds.
    """
    family = family_model(released, focus=focus, max_people=max_people)
    return render(family, look=Look(profile=profile, initials=initials, theme=theme), previous=previous)


def draw_family(
    family: Family,
    *,
    focus: str | None = None,
    max_people: int = MOST_PEOPLE,
    profile: str = "uk-ics",
    initials: bool = False,
    theme: str = "light",
    previous: dict[str, Any] | None = None,
) -> Drawing:
    """Draw a family, or every family of a file side by side.

    Args:
        family: as read by :func:`famlink.genogram.files.read_family`.
        focus: id of the person the drawing is about; None draws everybody.
        max_people: most people drawn around the focus; without focus everybody is drawn.
        profile: as :func:`draw_released`.
        initials: as :func:`draw_released`.
        theme: as :func:`draw_released`.
        previous: as :func:`draw_released`.

    Returns:
        the drawing.

    Raises:
        GenogramError: the focus is not in the family, or the profile or theme does not exist.
        InvariantError: what was drawn is not what the family holds.

    Example:
        >>> from famlink.genogram.family import Family, Person
        >>> draw_family(Family((Person("a", "Kai Reed", sex="male"),))).geometry["counts"]
        {'people': 1, 'unions': 0, 'children': 0}
    """
    shown = family if focus is None else within(family, (focus,), max_people=max_people)
    return render(shown, look=Look(profile=profile, initials=initials, theme=theme), previous=previous)


def render(family: Family, *, look: Look | None = None, previous: dict[str, Any] | None = None) -> Drawing:
    """Draw a family as it stands.

    Args:
        family: the family, scope already cut.
        look: notation, theme and what is shown.
        previous: geometry of an earlier drawing.

    Returns:
        the drawing.

    Raises:
        GenogramError: the family points outside itself, or the look does not exist.
        InvariantError: what was drawn is not what the family holds.
    """
    look = look or Look()
    profile_of(look.profile)
    before = {s["id"]: float(s["x"]) for s in previous["symbols"]} if previous else None
    shown = with_initials(family.checked()) if look.initials else family.checked()
    layout = lay_out(shown, previous=before)
    return Drawing(write_svg(layout, look=look), geometry_of(layout), family)


def write_drawing(drawn: Drawing, to: str | Path, *, geometry: str | Path | None = None) -> Path:
    """Write a drawing to a file that only its owner can read.

    Args:
        drawn: the drawing.
        to: the file: .png, or any other ending for SVG.
        geometry: a file for the geometry, as JSON.

    Returns:
        the drawing's path.

    Raises:
        RunError: a file cannot be written.
    """
    path = Path(to)
    write_private(path, png_of(drawn.svg) if path.suffix.lower() == ".png" else drawn.svg)
    if geometry is not None:
        write_private(geometry, json.dumps(drawn.geometry, indent=1, ensure_ascii=False) + "\n")
    return path


def png_of(svg: str, *, zoom: float | None = 2.0) -> bytes:
    """Turn a drawing into PNG bytes with the shipped font.

    Args:
        svg: a drawing's SVG.
        zoom: pixels per drawing unit; None: as many as print sharply on a page.

    Returns:
        the PNG.

    Raises:
        GenogramError: the SVG cannot be drawn.
    """
    from famlink.genogram.png import page_zoom, png_bytes

    return png_bytes(svg, zoom=page_zoom(svg) if zoom is None else zoom)
