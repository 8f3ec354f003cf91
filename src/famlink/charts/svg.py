"""SVG by hand: every text escaped, every drawing with a title and a description; colours come from the page's style."""

from __future__ import annotations

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


def drawing(
    body: Markup, *, key: str, title: str, description: str, height: float, width: float | None = None
) -> Markup:
    """Wrap a body as a drawing that a screen reader can name.

    Args:
        body: elements.
        key: unique on the page; ids are made from it.
        title: what is drawn.
        description: what it shows, in a sentence or two.
        height: in pixels.
        width: in pixels, for a drawing that is scaled whole; None: as wide as its place, its text never scaled.

    Returns:
        the svg element.

    Example:
        >>> "viewBox" in drawing(element("g"), key="a", title="A", description="Nothing.", height=10, width=20)
        True
    """
    head = element("title", title, id=f"{key}-t") + element("desc", description, id=f"{key}-d")
    size: dict[str, str | float] = (
        {"width": "100%", "height": height} if width is None else {"viewBox": f"0 0 {width:g} {height:g}"}
    )
    kind = "fluid" if width is None else "scaled"
    return element(
        "svg",
        head + body,
        class_=kind,
        role="img",
        aria_labelledby=f"{key}-t {key}-d",
        focusable="false",
        **size,
    )


def lines_of(text: str, *, most: int = MOST) -> list[str]:
    """Break a label into lines between its words.

    Example:
        >>> lines_of("one two three", most=8)
        ['one two', 'three']
    """
    import textwrap

    return textwrap.wrap(text, width=most) or [""]
