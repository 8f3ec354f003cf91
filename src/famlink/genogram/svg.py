"""The drawing as SVG: accessible, text as text, nothing from outside the file."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from html import escape

from famlink.genogram.captions import SURE
from famlink.genogram.describe import describe
from famlink.genogram.family import Person
from famlink.genogram.legend import legend_of
from famlink.genogram.notation import DASHES, Profile, profile_of
from famlink.genogram.placed import Badge, Layout, Line, RingPlace, Symbol, Text
from famlink.genogram.ring import letters_of
from famlink.genogram.symbols import HALF, INSET, cross, loss_marks, number, outline
from famlink.genogram.text import FAMILY, width, wrap
from famlink.genogram.themes import style_of
from famlink.genogram.ties import WORDS, strokes_of

_HEAD = 34.0
_MARGIN = 26.0
_NOTICE, _TITLE = 10.0, 13.0
_NEAR, _TUCK = 0.05, 14.0


@dataclass(frozen=True)
class Look:
    """How a drawing looks.

    Args:
        profile: notation: ``uk-ics``, ``mcgoldrick`` or ``nsgc``.
        theme: ``light``, ``dark``, ``print`` or ``auto``.
        initials: initials for names and no dates.
        legend: whether a legend of what is used is printed.
    """

    profile: str = "uk-ics"
    theme: str = "light"
    initials: bool = False
    legend: bool = True


def write_svg(layout: Layout, *, look: Look) -> str:
    """Write a placed family as SVG.

    Args:
        layout: what was placed.
        look: notation, theme and what is shown.

    Returns:
        SVG text; the same layout and look give the same bytes.

    Raises:
        GenogramError: the profile or theme does not exist.
    """
    profile = profile_of(look.profile)
    css = style_of(look.theme, FAMILY)
    family = layout.family
    people = {person.id: person for person in family.people}
    told = describe(family)
    missing = {f"slot:{union}": words for union, words in family.missing().items()}
    legend, legend_high, legend_wide = legend_of(layout, profile) if look.legend else ([], 0.0, 0.0)
    heading = _heading(layout)
    wide = max(layout.width, legend_wide + 2 * _MARGIN, sum(width(w, _TITLE) for w in heading) + 4 * _MARGIN)
    beneath = [*layout.remarks, *_services(layout, wide), *_notices(layout, wide)]
    high = _HEAD + layout.height + legend_high + 14.0 * len(beneath) + (20.0 if beneath else 0.0)
    shift = (wide - layout.width) / 2
    parts = [
        _root(wide, high),
        f'<title id="genogram-title">{escape(family.title)}</title>',
        f'<desc id="genogram-desc">{escape(_summary(layout))}</desc>',
        f"<style>{css}</style>",
        f'<rect class="paper" width="{number(wide)}" height="{number(high)}"/>',
        _text(Text(heading[0], _MARGIN, 24.0, _TITLE, "start", "title")),
        _text(Text(heading[1], wide - _MARGIN, 24.0, _TITLE, "end", "alarm title")) if heading[1] else "",
        f'<g transform="translate({number(shift)} {number(_HEAD)})">',
    ]
    parts += [_stroke(line, profile) for line in layout.outlines]
    parts += [_service(place) for place in layout.ring]
    tucked = [_tucked(line, layout.symbols) for line in layout.lines]
    parts += ['<g class="lines">', *(_stroke(line, profile) for line in tucked if line.kind not in WORDS), "</g>"]
    parts += [_tie(line) for line in layout.lines if line.kind in WORDS]
    parts += [
        _symbol(symbol, people.get(symbol.id), told[symbol.id], missing.get(symbol.id, ""), profile)
        for symbol in layout.symbols
    ]
    parts += [_badge(badge) for badge in layout.badges]
    parts += [_text(text) for label in layout.labels for text in label.texts]
    parts.append("</g>")
    y = _HEAD + layout.height
    parts += [f'<g transform="translate({number(_MARGIN)} {number(y)})">', *legend, "</g>"] if legend else []
    y += legend_high
    parts += [
        _text(Text(line, _MARGIN, y + 14.0 * (i + 1), _NOTICE, "start", "soft")) for i, line in enumerate(beneath)
    ]
    parts.append("</svg>")
    return "\n".join(part for part in parts if part) + "\n"


def _root(wide: float, high: float) -> str:
    sides = f'width="{number(wide)}" height="{number(high)}" viewBox="0 0 {number(wide)} {number(high)}"'
    names = 'role="img" aria-labelledby="genogram-title genogram-desc"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {sides} {names}>'


def _heading(layout: Layout) -> tuple[str, str]:
    family = layout.family
    day = f", as at {family.as_at.day} {family.as_at:%B %Y}" if family.as_at else ""
    return f"{family.title}{day}", "SYNTHETIC: made-up people" if family.synthetic else ""


def _services(layout: Layout, wide: float) -> list[str]:
    """Professionals stand outside the family: one line each, with whom they work with."""
    names = {person.id: person.name for person in layout.family.people}
    lines: list[str] = []
    for nth, service in enumerate(layout.family.services):
        words = f"{letters_of(nth)}. {service.name}: works with {', '.join(names[p] for p in service.people)}"
        lines += wrap(words, _NOTICE, max(200.0, wide - 2 * _MARGIN), lines=6)
    return ["Professionals and services, outside the family", *lines] if lines else []


def _service(place: RingPlace) -> str:
    """One service of the ring, its letter before its name."""
    ellipse = (
        f'cx="{number(place.x)}" cy="{number(place.y)}" rx="{number(place.width / 2)}" ry="{number(place.height / 2)}"'
    )
    texts = "".join(_text(text) for text in place.texts)
    told = f"<title>{escape(place.name)}</title><desc>{escape(place.words)}</desc>"
    return f'<g role="group">{told}<ellipse class="service" {ellipse}/>{texts}</g>'


def _badge(badge: Badge) -> str:
    letter = badge.kind == "letter"
    wide, high, size = (max(14.0, width(badge.words, 8.0) + 7.0), 12.0, 8.0) if letter else (18.0, 13.0, 9.0)
    box = f'x="{number(badge.x - wide / 2)}" y="{number(badge.y - high / 2)}" width="{number(wide)}" height="{number(high)}"'
    text = _text(Text(badge.words, badge.x, badge.y + size * 0.38, size))
    return f'<g><title>{escape(badge.title)}</title><rect class="badge" {box} rx="{6 if letter else 3}"/>{text}</g>'


def _notices(layout: Layout, wide: float) -> list[str]:
    return [
        line
        for notice in layout.family.notices
        for line in wrap(notice, _NOTICE, max(200.0, wide - 2 * _MARGIN), lines=6)
    ]


def _summary(layout: Layout) -> str:
    counts = layout.family.counts
    index = [p for p in layout.family.people if p.index]
    about = f" {len(index)} of them the drawing is about." if index else ""
    gaps = Counter(layout.family.missing().values())
    missing = "".join(f" {words[:1].upper()}{words[1:]}: {n}." for words, n in sorted(gaps.items()))
    counted = f"{counts['people']} people, {counts['unions']} unions and {counts['children']} parent links"
    return f"A genogram of {counted}.{about}{missing}"


def _text(text: Text) -> str:
    anchor = "" if text.anchor == "start" else f' text-anchor="{text.anchor}"'
    style = f' class="{text.style}"' if text.style else ""
    return (
        f'<text x="{number(text.x)}" y="{number(text.y)}" font-size="{number(text.size)}"{anchor}{style}>'
        f"{escape(text.words)}</text>"
    )


def _stroke(line: Line, profile: Profile) -> str:
    dash = DASHES[_style(line, profile)]
    classes = {
        "household": "home",
        "mark": "line mark",
        "care": "line care",
        "ring": "ring",
        "spoke": "ring spoke",
    }.get(line.kind, "line")
    if line.conflict:
        classes += " clash"
    points = " ".join(f"{number(x)},{number(y)}" for x, y in line.points)
    dashes = f' stroke-dasharray="{dash}"' if dash and line.kind != "household" else ""
    told = f"<title>{escape(line.words)}</title>" if line.words else ""
    shape = "polygon" if line.kind in {"household", "ring"} else "polyline"
    body = f'class="{classes}" points="{points}"{dashes}'
    return f"<{shape} {body}>{told}</{shape}>" if told else f"<{shape} {body}/>"


def _tie(line: Line) -> str:
    strokes = []
    for classes, points in strokes_of(line):
        shape = "polygon" if classes == "head" else "polyline"
        where = " ".join(f"{number(x)},{number(y)}" for x, y in points)
        strokes.append(f'<{shape} class="{classes}" points="{where}"/>')
    return f"<g><title>{escape(line.words)}</title>{''.join(strokes)}</g>"


def _tucked(line: Line, symbols: list[Symbol]) -> Line:
    """The line, its ends drawn on under the symbols they touch: a symbol's outline may stand inside its square."""
    if line.kind == "mark":
        return line
    points = list(line.points)
    for end, before in ((0, 1), (-1, -2)):
        (x, y), (px, py) = points[end], points[before]
        if any(abs(x - s.x) <= HALF + _NEAR and abs(y - s.y) <= HALF + _NEAR for s in symbols if s.shape != "slot"):
            points[end] = (x + _TUCK * ((x > px) - (x < px)), y + _TUCK * ((y > py) - (y < py)))
    return replace(line, points=tuple(points))


def _style(line: Line, profile: Profile) -> str:
    return {**profile.unions, **profile.links}.get(line.style, line.style)


def _symbol(symbol: Symbol, person: Person | None, told: str, missing: str, profile: Profile) -> str:
    x, y, shape = symbol.x, symbol.y, symbol.shape
    if person is None:
        body = f'<{outline("slot", x, y, HALF - 3)} class="slot"/>'
        return f'<g role="img"><title>{escape(missing)}</title><desc>{escape(told)}</desc>{body}{_mark("?", x, y, "soft")}</g>'
    if person.loss:
        own = {"male": "square", "female": "circle"}.get(person.sex or "", "diamond")
        body = loss_marks(profile.losses[person.loss], own, x, y)
        return f'<g role="img"><title>{escape(person.name)}</title><desc>{escape(told)}</desc>{body}</g>'
    classes = "shape" + (" index" if person.index else "")
    if person.records > 1 and person.probability < SURE:
        classes += " unsure"
    body = f'<{outline(shape, x, y)} class="{classes}"/>'
    if person.index:
        body += f'<{outline(shape, x, y + (1.5 if shape == "triangle" else 0.0), HALF - INSET)} class="inner"/>'
    if person.deceased:
        body += f'<path class="dead" d="{cross(shape, x, y)}"/>'
    inside = _inside(person)
    if inside:
        body += _mark(inside, x, y + (7.0 if shape == "triangle" else 0.0), "age")
    return f'<g role="img"><title>{escape(person.name)}</title><desc>{escape(told)}</desc>{body}</g>'


def _inside(person: Person) -> str:
    if person.group is not None:
        return str(person.group or "n")
    if person.age is not None:
        return str(person.age)
    return "?" if person.shape == "diamond" else ""


def _mark(words: str, x: float, y: float, style: str) -> str:
    size = 14.0 if width(words, 14.0) < HALF * 1.5 else 11.0
    return _text(Text(words, x, y + size * 0.36, size, style=style))
