"""Colours of a drawing: light, dark, and black on white for print."""

from __future__ import annotations

from famlink.errors import GenogramError

_LIGHT = {
    "paper": "#ffffff",
    "ink": "#1b2430",
    "soft": "#52606d",
    "fill": "#ffffff",
    "index": "#fff3c4",
    "alarm": "#a61b1b",
    "home": "#2f6f8f",
    "badge": "#e4ecf2",
}
_DARK = {
    "paper": "#14181d",
    "ink": "#eef2f6",
    "soft": "#aab7c4",
    "fill": "#1f2630",
    "index": "#4a3f14",
    "alarm": "#ff9b9b",
    "home": "#7cc4e4",
    "badge": "#33404d",
}
_PRINT = {
    "paper": "#ffffff",
    "ink": "#000000",
    "soft": "#000000",
    "fill": "#ffffff",
    "index": "#ffffff",
    "alarm": "#000000",
    "home": "#000000",
    "badge": "#ffffff",
}
THEMES = ("light", "dark", "print", "auto")
"""``auto`` follows the reader's system on a screen and prints black on white."""


def style_of(theme: str, family: str) -> str:
    """The style sheet of a drawing.

    Args:
        theme: one of :data:`THEMES`.
        family: font family.

    Returns:
        CSS. Meaning never hangs on a colour alone: every coloured mark has a shape or a word too.

    Raises:
        GenogramError: there is no such theme.

    Example:
        >>> "#14181d" in style_of("dark", "DejaVu Sans"), "#14181d" in style_of("light", "DejaVu Sans")
        (True, False)
    """
    if theme not in THEMES:
        raise GenogramError(f"theme: expected one of {', '.join(THEMES)}, got {theme!r}; name one of these")
    colours = {"dark": _DARK, "print": _PRINT}.get(theme, _LIGHT)
    css = _rules(colours, family)
    if theme == "auto":
        css += f"@media (prefers-color-scheme:dark){{{_rules(_DARK, family)}}}@media print{{{_rules(_PRINT, family)}}}"
    return css


def _rules(c: dict[str, str], family: str) -> str:
    return (
        f".paper{{fill:{c['paper']}}}"
        f"text{{font-family:'{family}',Verdana,sans-serif;fill:{c['ink']}}}"
        f".shape{{fill:{c['fill']};stroke:{c['ink']};stroke-width:1.8}}"
        f".index{{fill:{c['index']}}}.inner{{fill:none;stroke:{c['ink']};stroke-width:1.8}}"
        f".slot{{fill:none;stroke:{c['soft']};stroke-width:1.4;stroke-dasharray:3 3}}"
        f".unsure{{stroke-width:1}}.dead{{fill:none;stroke:{c['ink']};stroke-width:1.2;opacity:.75}}"
        f".line{{fill:none;stroke:{c['ink']};stroke-width:1.6;stroke-linejoin:round}}"
        f".care{{stroke:{c['soft']};stroke-width:1.8}}"
        f".mark{{stroke-width:1.8}}.clash{{stroke:{c['alarm']};stroke-width:2.6}}"
        f".home{{fill:none;stroke:{c['home']};stroke-width:1.6;stroke-dasharray:1.5 4;stroke-linecap:round}}"
        f".tie{{fill:none;stroke:{c['alarm']};stroke-width:1.6}}.calm{{stroke:{c['soft']}}}"
        f".wide{{stroke-width:5}}.gap{{stroke:{c['paper']};stroke-width:2}}.head{{fill:{c['alarm']}}}"
        f".age{{font-size:14px}}.soft,.date,.note,.agencies,.legend{{fill:{c['soft']}}}"
        f".conflict,.alarm{{fill:{c['alarm']}}}.only{{font-weight:bold}}.address{{fill:{c['home']}}}"
        f".ring{{fill:none;stroke:{c['soft']};stroke-width:1.2;stroke-dasharray:7 5}}.spoke{{stroke-dasharray:none}}"
        f".service{{fill:{c['badge']};stroke:{c['soft']};stroke-width:1.2}}"
        f".loss{{stroke:{c['ink']};stroke-width:1.6;opacity:1}}circle.loss{{fill:{c['ink']}}}"
        f".badge{{fill:{c['badge']};stroke:{c['ink']};stroke-width:1}}.title{{font-weight:bold}}"
    )
