"""The picture as files in one private folder, each written whole or not at all."""

from __future__ import annotations

import datetime as dt
from importlib import metadata
from pathlib import Path

from famlink.chronology.data import chronology_data
from famlink.chronology.document import docx_bytes
from famlink.chronology.exports import calendar_bytes, chronolator_csv
from famlink.chronology.files import csv_bytes, heading_of, heading_without_names
from famlink.chronology.json_text import json_bytes
from famlink.chronology.known import as_known
from famlink.chronology.observations import observations
from famlink.chronology.strip import strip_in_words, strip_svg
from famlink.chronology.view import chronology
from famlink.chronology.words import day_in_words, listed
from famlink.chronology.workbook import xlsx_bytes
from famlink.genogram.drawing import draw_released, png_of
from famlink.picture.html import page, subject_names
from famlink.picture.summary import summarise
from famlink.private import write_private
from famlink.sharing.released import FIXED_NOTICE, Released

FILES = ("picture.html", "genogram.svg", "genogram.png", "chronology.csv", "chronology.xlsx", "picture.json")
"""What a picture consists of."""

CHRONOLOGY_FILES = (
    *("chronology.csv", "chronology.xlsx", "chronology.docx", "chronology.json", "chronolator.csv"),
    *("strip.svg", "planned.ics"),
)
"""What a chronology consists of; the last two where there is anything to show."""


def write_picture(
    released: Released, to: str | Path, *, max_people: int = 60, profile: str = "uk-ics", provenance: str | None = None
) -> dict[str, Path]:
    """Write everything a meeting reads about one family.

    Args:
        released: what the gate let through.
        to: folder, made where it is not there; files of the same names are replaced, others are left alone.
        max_people: most people drawn in the genogram; the rest are counted on it.
        profile: notation of the genogram.
        provenance: one line on the software and run; the version of famlink where absent.

    Returns:
        file name -> path, for each of :data:`FILES`.

    Raises:
        RunError: the folder or a file in it cannot be written.
    """
    drawing = draw_released(released, max_people=max_people, profile=profile)
    lines = chronology(released)
    said = provenance or software()
    summary = summarise(released, geometry=drawing.geometry, provenance=said, lines=lines, tabled=True)
    notices = tuple(dict.fromkeys((*released.notices, FIXED_NOTICE)))
    title = heading_of(subject_names(summary), released.as_at, synthetic=released.synthetic)
    about = heading_without_names(released.as_at, synthetic=released.synthetic)
    counts = observations(released)
    contents = {
        "picture.html": page(summary, svg=drawing.svg, strip=strip_svg(released)).encode(),
        "genogram.svg": drawing.svg.encode(),
        "genogram.png": png_of(drawing.svg, zoom=None),
        "chronology.csv": csv_bytes(lines),
        "chronology.xlsx": xlsx_bytes(lines, title=title, notices=notices, about=about, counts=counts),
        "picture.json": json_bytes(summary),
    }
    folder = Path(to)
    return {name: write_private(folder / name, content) for name, content in contents.items()}


def write_chronology(
    released: Released,
    to: str | Path,
    *,
    view: str = "full",
    person: str | None = None,
    agency: str | None = None,
    theme: str | None = None,
    as_at: dt.date | None = None,
) -> dict[str, Path]:
    """Write one view of the chronology in every form it has.

    Args:
        released: what the gate let through.
        to: folder, made where it is not there; files of the same names are replaced.
        view: one of :data:`famlink.chronology.view.VIEWS`.
        person: person_id; only incidents that involve that person.
        agency: short name; only that agency's accounts.
        theme: a theme of the event vocabulary.
        as_at: only what can be shown to have been known on that day.

    Returns:
        file name -> path: chronology.csv, .xlsx, .docx and .json, chronolator.csv, and where there is anything to show
        strip.svg (the whole chronology at a glance) and planned.ics (what lies after the day of the extracts).

    Raises:
        RequestError: the view, theme, person or agency is not one there is.
        RunError: the folder or a file in it cannot be written.
    """
    lines = chronology(released, view=view, person=person, agency=agency, theme=theme, as_at=as_at)
    people = released.portraits()
    names = listed([people[subject].name for subject in released.subjects if subject in people])
    title = heading_of(names or "no subject released", released.as_at, synthetic=released.synthetic)
    chosen = [*([view] if view != "full" else []), *(words for words in (agency, theme) if words)]
    chosen += [people[person].name] if person is not None and person in people else []
    chosen += [f"known by {day_in_words(as_at)}"] if as_at is not None else []
    if chosen:
        title += f" (not the full chronology: {', '.join(chosen)})"
    notices = tuple(dict.fromkeys((*released.notices, FIXED_NOTICE)))
    then = released if as_at is None else as_known(released, as_at)
    strip = strip_svg(then)
    drawing = (png_of(strip, zoom=None), strip_in_words(then)) if strip else None
    about = heading_without_names(released.as_at, synthetic=released.synthetic)
    counts = observations(then)
    planned = calendar_bytes(lines, as_at=then.as_at, synthetic=released.synthetic)
    data = chronology_data(
        lines,
        title=title,
        as_at=then.as_at.isoformat(),
        synthetic=released.synthetic,
        notices=notices,
        counts=counts,
    )
    contents = {
        "chronology.csv": csv_bytes(lines),
        "chronology.xlsx": xlsx_bytes(lines, title=title, notices=notices, about=about, counts=counts, drawing=drawing),
        "chronology.docx": docx_bytes(lines, title=title, notices=notices, about=about, counts=counts, drawing=drawing),
        "chronology.json": json_bytes(data),
        "chronolator.csv": chronolator_csv(lines),
        **({"strip.svg": strip.encode()} if strip else {}),
        **({"planned.ics": planned} if b"VEVENT" in planned else {}),
    }
    folder = Path(to)
    return {name: write_private(folder / name, content) for name, content in contents.items()}


def software() -> str:
    """Name the software and its version.

    Returns:
        ``famlink 0.1.0``; the name alone where it is not installed as a package.
    """
    try:
        return f"famlink {metadata.version('famlink')}"
    except metadata.PackageNotFoundError:
        return "famlink"
