"""The picture as one offline page: no network, no script, everything a meeting reads."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from famlink.chronology.words import agency_name, counted, listed, plain
from famlink.errors import InvariantError
from famlink.sharing.released import FIXED_NOTICE

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).with_name("templates")
MOST_LINES = 1_500
"""Lines of chronology a page shows; the rest are in its files, and the page says so."""

MOST_SHORT = 600
MOST_LONG = 2_000
MOST_OPTIONS = 12

_ACTIVE = re.compile(r"<\s*(script|foreignobject|iframe|object|embed|image|use|a)\b|\son[a-z]+\s*=|javascript:|url\(\s*['\"]?(?!#)|@import|<!", re.IGNORECASE)  # fmt: skip
_NAMESPACE = re.compile(r"\sxmlns(:\w+)?=(\"[^\"]*\"|'[^']*')")


def page(summary: Mapping[str, object], *, svg: str | None = None, strip: str | None = None) -> str:
    """Write the picture as one HTML file that needs nothing else.

    Args:
        summary: what :func:`famlink.picture.summary.summarise` gathers.
        svg: the genogram, drawn by famlink.
        strip: the chronology at a glance, drawn by famlink.

    Returns:
        the page. Its policy forbids scripts and every request; filters are style sheets alone.

    Raises:
        InvariantError: the drawing holds a script, a link or a reference to something outside it.
    """
    from markupsafe import Markup

    lines, more = _lines(summary)
    shown = _shown(lines)
    filters = _filters(summary, shown)
    text = (
        _environment()
        .get_template("picture.html.j2")
        .render(
            s=summary,
            css=Markup((_TEMPLATES / "picture.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
            svg=Markup(safe_drawing(svg)) if svg else "",  # noqa: S704 - checked by safe_drawing
            strip=Markup(safe_drawing(strip)) if strip else "",  # noqa: S704 - checked by safe_drawing
            fixed_notice=FIXED_NOTICE,
            subject_names=subject_names(summary),
            window=_window(summary),
            relation_heading=_relation_heading(summary),
            relation_conflicts=_relation_conflicts(summary),
            lines=shown,
            shown_lines=f"{len(shown):,}",
            more_lines=f"{more:,}" if more else "",
            filters=filters,
            rule_number={rule: place for place, rule in enumerate(_list(summary, "rules"), 1)},
        )
    )
    return re.sub(r"\n\s*\n+", "\n", text)


def safe_drawing(svg: str) -> str:
    """Check a drawing before it stands inside a page.

    Args:
        svg: the drawing, with its text escaped.

    Returns:
        the svg element alone, without declarations.

    Raises:
        InvariantError: it could run, fetch or link.
    """
    start = svg.find("<svg")
    if start < 0:
        raise InvariantError("picture: the genogram is not an SVG drawing; please report it")
    body = _NAMESPACE.sub("", svg[start:].strip())
    if _ACTIVE.search(body) is not None:
        raise InvariantError("picture: the genogram holds something that could run or fetch; please report it")
    return body


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["capital"] = lambda text: text[:1].upper() + text[1:]
    made.filters["words"] = lambda text: str(text).replace("-", " ")
    made.filters["short"] = lambda text: _bounded(str(text), MOST_SHORT)
    made.filters["long"] = lambda text: _bounded(str(text), MOST_LONG)
    made.filters["count_of"] = counted
    return made


def _bounded(text: str, most: int) -> str:
    """A text short enough for a page; what was cut is in the picture's data."""
    kept = plain(text)
    return f"{kept[:most]} [cut on this page; more in picture.json]" if len(kept) > most else kept


def _list(summary: Mapping[str, object], key: str) -> Sequence[object]:
    found = summary[key]
    assert isinstance(found, list)
    return found


def _dicts(summary: Mapping[str, object], key: str) -> list[dict[str, object]]:
    return [item for item in _list(summary, key) if isinstance(item, dict)]


def _lines(summary: Mapping[str, object]) -> tuple[list[dict[str, object]], int]:
    """The lines a page shows, and how many more there are."""
    told = summary["chronology"]
    if isinstance(told, pl.DataFrame):
        return told.head(MOST_LINES).to_dicts(), max(0, told.height - MOST_LINES)
    lines = _dicts(summary, "chronology")
    return lines[:MOST_LINES], max(0, len(lines) - MOST_LINES)


def subject_names(summary: Mapping[str, object]) -> str:
    """Name the subjects of a picture.

    Args:
        summary: the picture as data.

    Returns:
        their names, joined as a sentence does.
    """
    names = [plain(str(subject["name"]), most=120) for subject in _dicts(summary, "subjects")]
    return listed(names) or "no subject released"


def _window(summary: Mapping[str, object]) -> str:
    request = summary["request"]
    assert isinstance(request, dict)
    start, end = request["window_from"], request["window_until"]
    return "not recorded" if start == end == "not recorded" else f"{start} to {end}"


def _relation_heading(summary: Mapping[str, object]) -> str:
    subjects = _dicts(summary, "subjects")
    return f"To {plain(str(subjects[0]['name']), most=60)}" if len(subjects) == 1 else "To the subjects"


def _relation_conflicts(summary: Mapping[str, object]) -> list[dict[str, object]]:
    """Each contradicted relation once, not once a direction."""
    seen: set[tuple[frozenset[object], object]] = set()
    kept = []
    for relation in _dicts(summary, "relations"):
        key = (frozenset((relation["person_id"], relation["relative_id"])), relation["conflict"])
        if relation["conflict"] and key not in seen:
            seen.add(key)
            kept.append(relation)
    return kept


def _shown(lines: list[dict[str, object]]) -> list[dict[str, object]]:
    """The lines with what only the page needs; an account stands in the year of its incident."""
    years: dict[object, object] = {}
    return [
        {
            **line,
            "year": years.setdefault(line["incident"], line["year"]),
            "agency_names": [agency_name(str(a)) for a in _list(line, "agencies")],
        }
        for line in lines
    ]


def _filters(summary: Mapping[str, object], lines: list[dict[str, object]]) -> list[dict[str, object]]:
    """Radio groups that hide lines by style alone; each line gets the marks it answers to."""
    names = {str(person["person_id"]): str(person["name"]) for person in _dicts(summary, "people")}
    wanted = (
        ("agency", "Agency", "agencies", agency_name),
        ("theme", "Theme", "themes", str),
        ("person", "Person", "people", lambda person: names.get(person, "")),
    )
    for line in lines:
        line["marks"] = "key" if line["key"] else ""
    built: list[dict[str, object]] = []
    for key, heading, column, name in wanted:
        values = sorted({str(v) for line in lines for v in _list(line, column)}, key=lambda v: (name(v), v))
        if len(values) < 2 or (column == "people" and len(values) > MOST_OPTIONS):
            continue
        marks = {value: f"{key[0]}{place}" for place, value in enumerate(values)}
        for line in lines:
            line["marks"] = " ".join([str(line["marks"]), *(marks[str(v)] for v in _list(line, column))])
        options = [{"id": f"only-{marks[v]}", "mark": marks[v], "name": name(v)} for v in values]
        built.append({"key": key, "name": heading, "options": options})
    if any(line["key"] for line in lines) and not all(line["key"] for line in lines):
        built.append(
            {"key": "key", "name": "Kind", "options": [{"id": "only-key", "mark": "key", "name": "key events"}]}
        )
    return built
