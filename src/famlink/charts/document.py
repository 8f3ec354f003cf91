"""A report as data, and the one offline page it becomes: no network, no script, a table beside every plot."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from famlink.charts.style import TEMPLATES, page_style

if TYPE_CHECKING:
    from jinja2 import Environment

    from famlink.charts.svg import Drawing


@dataclass(frozen=True)
class Table:
    """A table of numbers.

    Args:
        caption: what it holds.
        head: column headings.
        rows: cells as words; the first of each row names it.
        texts: how many leading columns are words; the rest are numbers.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    texts: int = 1


@dataclass(frozen=True)
class Part:
    """A plot, its legend, and the table with its numbers.

    Args:
        heading: of the part; empty: none.
        words: paragraphs: what is seen, and what it means.
        drawing: svg; None: a table alone.
        legend: class of a mark and what it stands for.
        table: its numbers; None where the words hold them.
        wide: the table stands beneath the plot, not beside it.
    """

    heading: str = ""
    words: tuple[str, ...] = ()
    drawing: Drawing | None = None
    legend: tuple[tuple[str, str], ...] = ()
    table: Table | None = None
    wide: bool = False


@dataclass(frozen=True)
class Section:
    """A section of a page.

    Args:
        key: unique on the page; links lead to it.
        heading: of the section.
        words: paragraphs.
        parts: plots and tables.
        alarms: sentences to be read first: faults, warnings.
    """

    key: str
    heading: str
    words: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    alarms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """A page.

    Args:
        kind: what sort of report.
        title: of the page.
        lead: what it says, in a sentence or two.
        facts: name and value of what the report is about.
        sections: in order.
        synthetic: whether the data are made up.
        name: what its files are called.
        footer: what the page holds of people.
    """

    kind: str
    title: str
    lead: str
    sections: tuple[Section, ...]
    facts: tuple[tuple[str, str], ...] = field(default=())
    synthetic: bool = False
    name: str = "report"
    footer: str = "This page holds counts and figures, no person's record."


def render(page: Page) -> str:
    """Write a page as one HTML file that needs nothing else.

    Args:
        page: the report.

    Returns:
        HTML; its policy forbids scripts and every request, and allows the one style sheet by its digest.

    Example:
        >>> text = render(Page("Check", "A < B", "Nothing.", (Section("a", "One"),)))
        >>> "A &lt; B" in text, "default-src 'none'" in text
        (True, True)
    """
    from markupsafe import Markup

    css = page_style()
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    style = Markup(css)  # noqa: S704 - our own file
    text = _environment().get_template("page.html.j2").render(page=page, css=style, digest=digest)
    return re.sub(r"\n\s*\n+", "\n", text)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
