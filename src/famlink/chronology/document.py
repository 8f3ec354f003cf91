"""A chronology as a Word document: a landscape table for a meeting to write on."""

from __future__ import annotations

import io
import zipfile
from typing import Any
from xml.sax.saxutils import escape

import polars as pl

from famlink.chronology.files import FIXED_DATE
from famlink.chronology.words import NOT_RECORDED, agency_name

HEADINGS = ("Line", "When, and age", "What happened, and who", "Source", "Action and outcome", "Notes", "Significance")
WIDTHS_MM = (13, 33, 78, 40, 42, 37, 30)
MOST_LINES = 3_000
"""Word tables of more lines than this open too slowly to use; the rest are in chronology.xlsx, and the document says so."""

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TWIPS = 56.693
"""Twentieths of a point in a millimetre."""

_ZIP_DAY = (1980, 1, 1, 0, 0, 0)


def docx_bytes(table: pl.DataFrame, *, title: str, notices: tuple[str, ...] = ()) -> bytes:
    """Write a chronology as a Word document.

    Args:
        table: a chronology of any view.
        title: its heading, and the header of every page.
        notices: sentences printed under it.

    Returns:
        the document: A4 landscape, heading row repeated, rows not cut across pages, the last column blank for the
        analyst. The same table gives the same bytes.
    """
    import docx
    from docx.enum.section import WD_ORIENT
    from docx.oxml import parse_xml
    from docx.shared import Mm, Pt

    document = docx.Document()
    properties = document.core_properties
    properties.title, properties.author, properties.comments = _xml(title)[:250], "famlink", ""
    properties.created = properties.modified = FIXED_DATE
    properties.last_modified_by, properties.revision = "famlink", 1
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(12)
    section.header.paragraphs[0].text = _xml(title)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Arial", Pt(8.5)
    normal.paragraph_format.space_after = Pt(2)
    document.add_heading(_xml(title), level=1)
    for notice in notices:
        document.add_paragraph(_xml(notice))
    shown = table.head(MOST_LINES)
    if table.height > shown.height:
        document.add_paragraph(
            f"The first {shown.height:,} lines of {table.height:,}; the rest are in chronology.xlsx."
        )
    document.element.body.insert(-1, parse_xml(_table(shown)))
    document.add_paragraph()  # a table may not be the last thing in a document
    kept = io.BytesIO()
    document.save(kept)
    return _fixed(kept.getvalue())


def _cells(row: dict[str, Any]) -> list[list[tuple[str, bool]]]:
    """Paragraphs of each cell: text and whether it is bold."""
    together = row["line"] in {"incident", "gap", "summary"}
    source = [(", ".join(agency_name(a) for a in row["agencies"]) or row["agency"], True)]
    action = [("see each account", False)] if row["line"] == "incident" else []
    if not together:
        source += [(f"{row['system']}, {row['record']}", False), (f"{row['source']}; {row['sharing_basis']}", False)]
        action = [
            (f"{label}: {row[name]}", False)
            for label, name in (("Action", "action_taken"), ("Outcome", "outcome"), ("Child seen", "child_seen"))
        ]
    what = [(row["what_happened"], True)] if together else [(row["kind"], True), (row["what_happened"], False)]
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
    rows = "".join(_row(_cells(row), shaded=row["line"] == "incident") for row in shown.iter_rows(named=True))
    return (
        f'<w:tbl xmlns:w="{_W}"><w:tblPr><w:tblW w:w="0" w:type="auto"/><w:tblBorders>{edge}</w:tblBorders>'
        f'<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{columns}</w:tblGrid>{head}{rows}</w:tbl>'
    )


def _row(cells: list[list[tuple[str, bool]]], *, heading: bool = False, shaded: bool = False) -> str:
    shade = '<w:shd w:val="clear" w:color="auto" w:fill="E9F1F4"/>' if heading or shaded else ""
    made = [
        f'<w:tc><w:tcPr><w:tcW w:w="{round(width * _TWIPS)}" w:type="dxa"/>{shade}</w:tcPr>'
        f"{''.join(_paragraph(text, bold=bold) for text, bold in paragraphs) or '<w:p/>'}</w:tc>"
        for paragraphs, width in zip(cells, WIDTHS_MM, strict=True)
    ]
    kept = f"<w:trPr><w:cantSplit/>{'<w:tblHeader/>' if heading else ''}</w:trPr>"
    return f"<w:tr>{kept}{''.join(made)}</w:tr>"


def _paragraph(text: str, *, bold: bool) -> str:
    look = "<w:rPr><w:b/></w:rPr>" if bold else ""
    lines = [f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in _xml(text).split("\n")]
    return f"<w:p><w:r>{look}{'<w:br/>'.join(lines)}</w:r></w:p>"


def _xml(text: str) -> str:
    """Text an XML file can hold: no control characters, no lone surrogates."""
    return "".join(
        c for c in text if c in "\n\t" or (c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff")
    )


def _fixed(made: bytes) -> bytes:
    """The same archive with fixed times, so that the same table gives the same bytes."""
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as old, zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in sorted(
            old.infolist(), key=lambda entry: (entry.filename != "[Content_Types].xml", entry.filename)
        ):
            fixed = zipfile.ZipInfo(entry.filename, date_time=_ZIP_DAY)
            fixed.compress_type = zipfile.ZIP_DEFLATED
            fixed.external_attr = 0o600 << 16
            new.writestr(fixed, old.read(entry))
    return kept.getvalue()
