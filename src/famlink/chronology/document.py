"""A chronology as a Word document: a landscape table for a meeting to write on."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import polars as pl

from famlink.chronology.document_frame import Picture, packed
from famlink.chronology.observations import Observation
from famlink.chronology.words import NOT_RECORDED, agency_name

HEADINGS = ("Line", "When, and age", "What happened, and who", "Source", "Action and outcome", "Notes", "Significance")
WIDTHS_MM = (13, 33, 78, 40, 42, 37, 30)
MOST_LINES = 3_000
"""Word tables of more lines than this open too slowly to use; the rest are in chronology.xlsx, and the document says so."""

_TWIPS = 56.693
"""Twentieths of a point in a millimetre."""

_NO_LINES = "Nothing of what was released is in this view."
_MOST_REFS = 60


def docx_bytes(
    table: pl.DataFrame,
    *,
    title: str,
    notices: tuple[str, ...] = (),
    about: str = "Chronology",
    counts: Sequence[Observation] = (),
    drawing: tuple[bytes, str] | None = None,
) -> bytes:
    """Write a chronology as a Word document.

    Args:
        table: a chronology of any view.
        title: its heading, and the header of every page.
        notices: sentences printed under it.
        about: the title in the document's properties, which names nobody.
        counts: what can be counted in it, each linked to its lines.
        drawing: a PNG of the strip and the words that stand for it.

    Returns:
        the document: A4 landscape, pages numbered, heading row repeated, rows not cut across pages, the last column
        blank for the analyst. The same table gives the same bytes.
    """
    shown = table.head(MOST_LINES)
    body = [_styled(title, "Heading1"), *(_paragraph(notice) for notice in notices)]
    if counts:
        refs = set(shown["ref"].to_list())
        body += [_styled("What can be counted", "Heading2"), *(_count(count, refs) for count in counts)]
    if drawing is not None:
        body += [_styled("At a glance", "Heading2"), ""]
    body.append(_styled("Line by line", "Heading2"))
    if table.height > shown.height:
        body.append(
            _paragraph(f"The first {shown.height:,} lines of {table.height:,}; the rest are in chronology.xlsx.")
        )
    if shown.is_empty():
        body.append(_paragraph(_NO_LINES))
    body += [_table(shown), "<w:p/>"]  # a table may not be the last thing in a document
    picture = None if drawing is None else Picture(drawing[0], _xml(drawing[1]))
    return packed(body, title=_xml(title), about=_xml(about)[:250], picture=picture)


def _styled(words: str, style: str) -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r>{_text(words)}</w:r></w:p>'


def _count(count: Observation, refs: set[str]) -> str:
    """One count as a bulleted paragraph, each of its lines a link to the row in the table."""
    links = [
        f'<w:hyperlink w:anchor="line_{ref}" w:history="1"><w:r><w:rPr><w:u w:val="single"/></w:rPr>{_text(ref)}</w:r></w:hyperlink>'
        if ref in refs
        else f"<w:r>{_text(ref)}</w:r>"
        for ref in count.refs[:_MOST_REFS]
    ]
    more = f" and {len(count.refs) - _MOST_REFS} more" if len(count.refs) > _MOST_REFS else ""
    between = f"<w:r>{_text(', ')}</w:r>"
    named = f"<w:r>{_text(' Lines ')}</w:r>{between.join(links)}<w:r>{_text(f'{more}.')}</w:r>" if links else ""
    return f'<w:p><w:pPr><w:pStyle w:val="ListBullet"/></w:pPr><w:r>{_text(count.sentence)}</w:r>{named}</w:p>'


def _text(words: str) -> str:
    return f'<w:t xml:space="preserve">{escape(_xml(words), quote=False)}</w:t>'


def _cells(row: dict[str, Any]) -> list[list[tuple[str, bool]]]:
    """Paragraphs of each cell: text and whether it is bold."""
    together = row["line"] in {"incident", "gap", "summary"}
    source = [(", ".join(agency_name(a) for a in row["agencies"]) or row["agency"], True)]
    kind = f"{row['kind'][:1].upper()}{row['kind'][1:]}"
    action = [("see each account", False)] if row["line"] == "incident" else []
    if not together:
        reference = "" if row["reference"] == NOT_RECORDED else f", {row['reference']}"
        source += [
            (f"{row['system']}, {row['record']}{reference}", False),
            (f"entered by {row['entered_by']}, {row['entered_on']}", False),
            (f"{row['source']}; {row['sharing_basis']}", False),
        ]
        action = [
            (f"{label}: {row[name]}", False)
            for label, name in (("Action", "action_taken"), ("Outcome", "outcome"), ("Child seen", "child_seen"))
        ]
    recorded = f"{kind} (recorded as {row['category']})"
    what = [(row["what_happened"], True)] if together else [(recorded, True), (row["what_happened"], False)]
    what += [(kind, False)] if row["line"] == "incident" else []
    who = [(f"Who: {row['who']}", False)] if row["line"] not in {"gap", "summary"} else []
    if row["place"] != NOT_RECORDED and not together:
        who.append((f"Where: {row['place']}", False))
    notes = [(note, False) for note in [f"Known: {row['who_knew']}", *row["notes"]]]
    written = [] if row["precision"] == "day" or together else [(f"written as {row['date_as_written']}", False)]
    return [
        [(row["ref"], True)],
        [(row["when"], True), *written, (row["age"], False)],
        [*what, *who],
        source,
        action,
        notes,
        [],
    ]


def _table(shown: pl.DataFrame) -> str:
    """The table as WordprocessingML, written at once: python-docx searches the whole table for every cell it fills."""
    edge = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="8C96A0"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    columns = "".join(f'<w:gridCol w:w="{round(width * _TWIPS)}"/>' for width in WIDTHS_MM)
    head = _row([[(heading, True)] for heading in HEADINGS], heading=True)
    rows = "".join(
        _row(_cells(row), shaded=row["line"] == "incident", mark=(number, row["ref"]))
        for number, row in enumerate(shown.iter_rows(named=True), 1)
    )
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="0" w:type="auto"/><w:tblBorders>{edge}</w:tblBorders>'
        '<w:tblLayout w:type="fixed"/><w:tblCellMar><w:top w:w="40" w:type="dxa"/><w:left w:w="85" w:type="dxa"/>'
        '<w:bottom w:w="20" w:type="dxa"/><w:right w:w="85" w:type="dxa"/></w:tblCellMar>'
        '<w:tblLook w:val="0020" w:firstRow="1" w:lastRow="0" w:firstColumn="0" w:lastColumn="0" w:noHBand="1" '
        'w:noVBand="1"/><w:tblCaption w:val="Chronology, line by line"/></w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid>{head}{rows}</w:tbl>"
    )


def _row(
    cells: list[list[tuple[str, bool]]],
    *,
    heading: bool = False,
    shaded: bool = False,
    mark: tuple[int, str] | None = None,
) -> str:
    shade = '<w:shd w:val="clear" w:color="auto" w:fill="E9F1F4"/>' if heading or shaded else ""
    made = [
        f'<w:tc><w:tcPr><w:tcW w:w="{round(width * _TWIPS)}" w:type="dxa"/>{shade}</w:tcPr>'
        f"{''.join(_paragraph(text, bold=bold) for text, bold in paragraphs) or '<w:p/>'}</w:tc>"
        for paragraphs, width in zip(cells, WIDTHS_MM, strict=True)
    ]
    if mark is not None:
        number, ref = mark
        name = escape(_xml(ref))
        start = f'<w:bookmarkStart w:id="{number}" w:name="line_{name}"/><w:bookmarkEnd w:id="{number}"/>'
        made[0] = made[0].replace("<w:p>", f"<w:p>{start}", 1)
    kept = f"<w:trPr><w:cantSplit/>{'<w:tblHeader/>' if heading else ''}</w:trPr>"
    return f"<w:tr>{kept}{''.join(made)}</w:tr>"


def _paragraph(text: str, *, bold: bool = False) -> str:
    look = "<w:rPr><w:b/></w:rPr>" if bold else ""
    lines = [f'<w:t xml:space="preserve">{escape(line, quote=False)}</w:t>' for line in _xml(text).split("\n")]
    return f"<w:p><w:r>{look}{'<w:br/>'.join(lines)}</w:r></w:p>"


def _xml(text: str) -> str:
    """Text an XML file can hold: no control characters, no lone surrogates."""
    if text.isprintable():
        return text
    return "".join(
        c for c in text if c in "\n\t" or (c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff")
    )
