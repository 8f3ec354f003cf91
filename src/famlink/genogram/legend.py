"""A legend of the marks a drawing uses, and of no others."""

from __future__ import annotations

from html import escape

from famlink.genogram.family import Person
from famlink.genogram.notation import DASHES, LINK_WORDS, LOSS_WORDS, SHAPE_WORDS, STATE_WORDS, UNION_WORDS, Profile
from famlink.genogram.placed import Layout
from famlink.genogram.symbols import loss_marks, number, outline
from famlink.genogram.text import width
from famlink.genogram.ties import WORDS

_SIZE, _LEADING, _COLUMN_GAP, _SAMPLE = 10.0, 20.0, 26.0, 40.0
_WIDEST = 760.0
_HEAD = 24.0
_TITLE, _BOLD = 11.0, 1.14
"""Size of the legend's title, and how much wider bold is than the plain text that is measured."""


def legend_of(layout: Layout, profile: Profile) -> tuple[list[str], float, float]:
    """Write the legend.

    Args:
        layout: the drawing it explains.
        profile: the notation, named in the legend.

    Returns:
        SVG elements from the origin, their height and their width.
    """
    entries = _entries(layout, profile)
    columns = max(1, min(3, int(max(layout.width, _WIDEST) // 300)))
    rows = -(-len(entries) // columns)
    title = f"What the marks mean. Notation: {profile.title}"
    parts = [f'<text x="0" y="14" font-size="{number(_TITLE)}" class="legend title">{escape(title)}</text>']
    x, wide = 0.0, 0.0
    for column in range(columns):
        block = entries[column * rows : (column + 1) * rows]
        for i, (sample, words) in enumerate(block):
            y = _HEAD + _LEADING * i + 8.0
            parts.append(f'<g transform="translate({number(x)} {number(y)})">{sample}</g>')
            parts.append(
                f'<text x="{number(x + _SAMPLE + 8)}" y="{number(y + 3.6)}" font-size="10" class="legend">{escape(words)}</text>'
            )
        if block:
            wide = x + _SAMPLE + 8 + max(width(words, _SIZE) for _, words in block)
            x = wide + _COLUMN_GAP
    return parts, _HEAD + _LEADING * rows + 10.0, max(wide, width(title, _TITLE) * _BOLD)


def _line(style: str, classes: str = "line") -> str:
    dash = f' stroke-dasharray="{DASHES[style]}"' if DASHES.get(style) else ""
    return f'<polyline class="{classes}" points="2,0 {number(_SAMPLE - 2)},0"{dash}/>'


def _entries(layout: Layout, profile: Profile) -> list[tuple[str, str]]:
    family = layout.family
    middle = _SAMPLE / 2
    entries: list[tuple[str, str]] = []
    shapes = {s.shape for s in layout.symbols}
    for shape, words in SHAPE_WORDS.items():
        if shape in shapes:
            entries.append((f'<{outline(shape, middle, 0.0, 7.0)} class="shape"/>', words.format(gap=family.gap)))
    people = family.people
    for loss, words in LOSS_WORDS.items():
        if loss in shapes:
            entries.append((loss_marks(profile.losses[loss], "square", middle, 0.0, half=7.0), words))
    if "slot" in shapes:
        words = f"{family.lacking('parent or partner')}: nobody is drawn"
        entries.append((f'<{outline("slot", middle, 0.0, 7.0)} class="slot"/>', words))
    entries += _marks(people)
    entries += _unions(layout, profile)
    kinds = {link.kind for link in family.links}
    entries += [(_line(profile.links[k]), words) for k, words in LINK_WORDS.items() if k in kinds]
    if any(not u.partners for u in family.unions):
        entries.append((_line("dashed"), f"bracket: siblings, {family.lacking('parents')}"))
    if family.twins:
        sample = '<polyline class="line" points="12,7 20,-7 28,7"/>'
        entries.append((sample, "twins" + ("; with a bar: identical" if family.identical else "")))
    entries += _others(layout)
    return entries


def _marks(people: tuple[Person, ...]) -> list[tuple[str, str]]:
    """Marks in and over the symbols of people."""
    middle = _SAMPLE / 2
    entries: list[tuple[str, str]] = []
    if any(p.group == 0 for p in people):
        entries.append((_word("n"), "one symbol for people whose number is not recorded"))
    if any(p.group for p in people):
        entries.append((_word("3"), "one symbol for as many people as the number inside says"))
    if any(p.index for p in people):
        sample = f'<{outline("square", middle, 0.0, 8.0)} class="shape index"/>'
        sample += f'<{outline("square", middle, 0.0, 5.0)} class="inner"/>'
        entries.append((sample, "double outline: the child the drawing is about"))
    if any(p.deceased and not p.loss for p in people):
        sample = (
            f'<{outline("square", middle, 0.0, 7.0)} class="shape"/><path class="dead" d="M13 -7L27 7M27 -7L13 7"/>'
        )
        entries.append((sample, "crossed: has died"))
    if any(p.age is not None for p in people):
        entries.append((_word("12"), "number inside: age, at death for who has died"))
    if any(p.born and not p.born_exact for p in people):
        entries.append((_word("c."), "date of birth estimated or in part"))
    return entries


def _unions(layout: Layout, profile: Profile) -> list[tuple[str, str]]:
    kinds = {u.kind for u in layout.family.unions if u.partners}
    states = {u.state for u in layout.family.unions if u.partners}
    by_style: dict[str, list[str]] = {}
    for kind, words in UNION_WORDS.items():
        if kind in kinds:
            by_style.setdefault(profile.unions[kind], []).append(words)
    entries = [(_line(style), "couple: " + "; ".join(words)) for style, words in by_style.items()]
    strokes = {"separated": 1, "ended": 1, "divorced": 2}
    for state, words in STATE_WORDS.items():
        if state in states:
            marks = "".join(
                f'<polyline class="line mark" points="{17 + 5 * k},6 {22 + 5 * k},-6"/>' for k in range(strokes[state])
            )
            entries.append((_line("solid") + marks, words))
    return entries


def _others(layout: Layout) -> list[tuple[str, str]]:
    family = layout.family
    entries: list[tuple[str, str]] = []
    if any(badge.words == "PR" for badge in layout.badges):
        badge = '<rect class="badge" x="11" y="-6.5" width="18" height="13" rx="3"/>'
        entries.append((badge + _word("PR", 9), "holds parental responsibility for a child shown"))
    if layout.ring:
        sample = '<ellipse class="service" cx="20" cy="0" rx="17" ry="7"/>'
        words = "outside the broken border: a professional or service; its letter stands at whom it works with"
        entries.append((sample + _word("A", 8), words))
    kinds = {tie.kind for tie in family.ties}
    marks = {
        "domestic-abuse": '<polyline class="tie" points="3,0 7,-3 11,3 15,-3 19,3 23,-3 27,3 30,0"/>'
        '<polygon class="head" points="37,0 30,-4 30,4"/>',
        "order": '<polyline class="tie" points="3,0 37,0"/><polyline class="tie" points="20,-6 20,6"/>',
        "cut-off": '<polyline class="tie" points="3,0 37,0"/><polyline class="tie" points="20,-6 20,6"/>',
        "hostile": '<polyline class="tie" points="3,0 7,-3 11,3 15,-3 19,3 23,-3 27,3 31,-3 37,0"/>',
        "close": '<polyline class="tie calm wide" points="3,0 37,0"/><polyline class="tie gap" points="3,0 37,0"/>',
    }
    plain = '<polyline class="tie calm" points="3,0 37,0"/>'
    entries += [
        (marks.get(kind, plain), f"{WORDS.get(kind, kind)}; the number leads to the words below")
        for kind in sorted(kinds)
    ]
    if any(line.kind == "household" for line in layout.outlines):
        sample = '<rect class="home" x="3" y="-7" width="34" height="14" rx="5"/>'
        entries.append((sample, "dotted outline: one household, with its address"))
    if any(p.alone for p in family.people):
        entries.append((_word("only"), f"known to one agency alone{', in what was released' * family.released}"))
    if any(set(p.existence) - set(p.agencies) for p in family.people):
        entries.append((_word("existence", 8), "existence only: the agency knows the person; nothing more is open"))
    if any(line.conflict for line in layout.lines):
        entries.append((_line("solid", "line clash"), "thick line: the records contradict this; see the names"))
    if any(p.conflicts for p in family.people):
        words = "sources disagree: see the table of people" if family.released else "the records cannot all be true"
        entries.append((_word("!"), words))
    if any(p.records > 1 and p.probability < 0.995 for p in family.people):
        entries.append(
            ('<circle class="shape unsure" cx="20" cy="0" r="7"/>', "thin outline: likely the same person, not sure")
        )
    if any(p.more for p in family.people):
        entries.append((_word("+n"), "relatives not drawn"))
    return entries


def _word(words: str, size: int = 10) -> str:
    return f'<text x="20" y="3.6" font-size="{size}" text-anchor="middle">{escape(words)}</text>'
