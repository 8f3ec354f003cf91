"""SVG by hand: every text escaped, every drawing with a title and a description; colours come from the page's style."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markupsafe import Markup

MOST = 42
"""Characters of a label's line: what the narrowest screen holds beside a figure."""


def element(name: str, text: str | Markup = "", **attributes: str | float) -> Markup:
    """Write one element.

    Args:
        name: of the element.
        text: what stands inside; escaped unless it is markup already.
        attributes: ``class_`` stands for class, ``_`` for a hyphen; a number is rounded to a hundredth.

    Returns:
        markup.

    Example:
        >>> element("text", "a < b", x=1.0, class_="soft", text_anchor="end")
        Markup('<text x="1" class="soft" text-anchor="end">a &lt; b</text>')
    """
    from markupsafe import Markup, escape

    pairs = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _plain(value)) for key, value in attributes.items()
    )
    if text:
        return Markup("<{0}{1}>{2}</{0}>").format(name, pairs, escape(text))
    return Markup("<{}{}/>").format(name, pairs)


def _plain(value: str | float) -> str:
    return value if isinstance(value, str) else f"{round(value, 2):g}"


def percentage(share: float) -> str:
    """A place along a drawing as wide as its page.

    Example:
        >>> percentage(0.25)
        '25%'
    """
    return f"{round(100 * share, 3):g}%"


@dataclass(frozen=True)
class Drawing:
    """A drawing that a screen reader can name, on a page or as a file of its own.

    Args:
        body: elements.
        key: unique on its page; ids and the file's name are made from it.
        title: what is drawn.
        description: what it shows, in a sentence or two.
        height: in pixels.
        width: in pixels, for a drawing that is scaled whole; None: as wide as its place, its text never scaled.
    """

    body: Markup
    key: str
    title: str
    description: str
    height: float
    width: float | None = None

    def __html__(self) -> str:
        """The svg element of a page.

        Example:
            >>> "viewBox" in Drawing(element("g"), key="a", title="A", description="Nothing.", height=10, width=20).__html__()
            True
        """
        size: dict[str, str | float] = (
            {"width": "100%", "height": self.height}
            if self.width is None
            else {"width": self.width, "height": self.height, "viewBox": f"0 0 {self.width:g} {self.height:g}"}
        )
        kind = "fluid" if self.width is None else "scaled"
        return element("svg", self.told + self.body, class_=kind, **self.named, **size)

    @property
    def told(self) -> Markup:
        """Its title and description as elements."""
        return element("title", self.title, id=f"{self.key}-t") + element("desc", self.description, id=f"{self.key}-d")

    @property
    def named(self) -> dict[str, str]:
        """Attributes that make the svg element one picture with that name."""
        return {"role": "img", "aria_labelledby": f"{self.key}-t {self.key}-d", "focusable": "false"}


def lines_of(text: str, *, most: int = MOST) -> list[str]:
    """Break a label into lines between its words.

    Example:
        >>> lines_of("one two three", most=8)
        ['one two', 'three']
    """
    import textwrap

    return textwrap.wrap(text, width=most) or [""]
