"""The frame of a Word document: everything but its words, made by python-docx once in a process."""

from __future__ import annotations

import base64
import io
import struct
import zipfile
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from famlink.chronology.files import FIXED_DATE

if TYPE_CHECKING:
    from docx.document import Document
    from docx.shared import Pt
    from docx.styles.style import BaseStyle

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
PICTURE_MM = 265
"""The strip's smallest type is seven points at this width, and it is no taller than a page."""

_EMU_MM = 36_000
_ZIP_DAY = (1980, 1, 1, 0, 0, 0)
_PAGE_NUMBER = (
    '<w:r><w:t xml:space="preserve">Page </w:t></w:r><w:fldSimple w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple>'
    '<w:r><w:t xml:space="preserve"> of </w:t></w:r><w:fldSimple w:instr=" NUMPAGES "><w:r><w:t>1</w:t></w:r></w:fldSimple>'
)
_HERE = "famlink: words come here"
_DOT = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABc3UBGAAAAABJRU5ErkJggg==")
"""A picture of one dot, whose place the strip takes."""


class Picture(NamedTuple):
    """A PNG, and the words that stand for it."""

    png: bytes
    words: str


class Frame(NamedTuple):
    """The parts of a document, cut where its words come.

    ``fixed``: name -> content of the parts that are always the same; ``core``: properties, before and after the title;
    ``header``: likewise; ``body``: before and after what the document says; ``drawing``: a paragraph with a picture, cut
    where its height, its words and its height again stand; ``image``: name of the picture's part.
    """

    fixed: dict[str, bytes]
    core: tuple[str, str]
    header: tuple[str, str]
    body: tuple[str, str]
    drawing: tuple[str, ...]
    image: str


def packed(body: list[str], *, title: str, about: str, picture: Picture | None = None) -> bytes:
    """Put words into the frame.

    Args:
        body: paragraphs and tables as WordprocessingML, text escaped and without what XML cannot hold; an empty text
            stands where the picture goes.
        title: the header of every page.
        about: the title in the document's properties.
        picture: a PNG and its words.

    Returns:
        the document, with fixed times: the same words give the same bytes.
    """
    made = frame(pictured=picture is not None)
    drawing = "" if picture is None else _drawn(made.drawing, picture)
    said = {
        "docProps/core.xml": escape(about, quote=False).join(made.core),
        "word/header1.xml": f'<w:t xml:space="preserve">{escape(title, quote=False)}</w:t>'.join(made.header),
        "word/document.xml": "".join(part or drawing for part in body).join(made.body),
    }
    contents = made.fixed | {name: text.encode() for name, text in said.items()}
    if picture is not None:
        contents[made.image] = picture.png
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(contents, key=lambda name: (name != "[Content_Types].xml", name)):
            entry = zipfile.ZipInfo(name, date_time=_ZIP_DAY)
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, contents[name])
    return kept.getvalue()


def _drawn(drawing: tuple[str, ...], picture: Picture) -> str:
    wide, tall = struct.unpack_from(">II", picture.png, 16)
    height = str(int(PICTURE_MM * _EMU_MM * tall / wide))
    before, words, again, after = drawing
    return f"{before}{height}{words}{escape(picture.words)}{again}{height}{after}"


@lru_cache(maxsize=2)
def frame(*, pictured: bool) -> Frame:
    """Make the frame: A4 landscape, pages numbered, headings and text in a face that prints well.

    Args:
        pictured: whether the document holds a picture.

    Returns:
        the frame.
    """
    import docx
    from docx.shared import Mm

    document = docx.Document()
    _properties(document)
    _pages(document)
    _styles(document)
    document.add_paragraph(_HERE)
    if pictured:
        document.add_picture(io.BytesIO(_DOT), width=Mm(PICTURE_MM), height=_EMU_MM)
        document.inline_shapes[0]._inline.docPr.set("descr", _HERE)  # noqa: SLF001 - python-docx has no way to it
    kept = io.BytesIO()
    document.save(kept)
    with zipfile.ZipFile(kept) as archive:
        parts = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    image = next((name for name in parts if name.endswith(".png")), "")
    parts.pop(image, None)
    written, core, header = (
        parts.pop(name).decode() for name in ("word/document.xml", "docProps/core.xml", "word/header1.xml")
    )
    before, after = written.split(f"<w:p><w:r><w:t>{_HERE}</w:t></w:r></w:p>")
    drawing = ""
    if pictured:
        cut = after.index("</w:p>") + len("</w:p>")
        drawing, after = after[:cut], after[cut:]
    about, past = core.split(_HERE)
    above, below = header.split(f"<w:t>{_HERE}</w:t>")
    height = f'cy="{_EMU_MM}"'
    cuts = drawing.replace(height, f'cy="{_HERE}"').split(_HERE)
    return Frame(parts, (about, past), (above, below), (before, after), tuple(cuts), image)


def _properties(document: Document) -> None:
    properties = document.core_properties
    properties.title, properties.author, properties.comments = _HERE, "famlink", ""
    properties.language = "en-GB"
    properties.created = properties.modified = FIXED_DATE
    properties.last_modified_by, properties.revision = "famlink", 1


def _pages(document: Document) -> None:
    from docx.enum.section import WD_ORIENT
    from docx.oxml import parse_xml
    from docx.shared import Mm

    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin = section.right_margin = Mm(12)
    section.top_margin, section.bottom_margin = Mm(17), Mm(15)
    section.header_distance, section.footer_distance = Mm(8), Mm(7)
    section.header.paragraphs[0].text = _HERE
    for run in parse_xml(f'<w:p xmlns:w="{W}">{_PAGE_NUMBER}</w:p>'):
        section.footer.paragraphs[0]._p.append(run)  # noqa: SLF001 - python-docx writes no fields


def _styles(document: Document) -> None:
    from docx.oxml import parse_xml
    from docx.shared import Pt

    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Arial", Pt(8.5)
    normal.paragraph_format.space_after = Pt(2)
    normal.element.get_or_add_rPr().append(parse_xml(f'<w:lang xmlns:w="{W}" w:val="en-GB"/>'))
    for level, size in ((1, 15), (2, 11.5)):
        _heading_style(document.styles[f"Heading {level}"], Pt(size))


def _heading_style(style: BaseStyle, size: Pt) -> None:
    """Headings in the document's own face and ink: the template's are of a face and a blue that print poorly."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import qn

    font = style.font
    font.name, font.size, font.bold = "Arial", size, True
    look = style.element.get_or_add_rPr()
    for old in (*look.findall(qn("w:color")), *look.findall(qn("w:rFonts"))):
        look.remove(old)
    look.insert(0, parse_xml(f'<w:rFonts xmlns:w="{W}" w:ascii="Arial" w:hAnsi="Arial" w:cs="Arial"/>'))
    font.color.rgb = None
