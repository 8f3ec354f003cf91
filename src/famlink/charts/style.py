"""Colours and rules of pages and drawings: light, dark, and black on white when printed."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

TEMPLATES = Path(__file__).with_name("templates")

LIGHT = {
    "paper": "#ffffff", "ink": "#1b2126", "quiet": "#4f5a64", "line": "#c3cad1", "accent": "#0b5066", "mark": "#fff4d6",
    "mark-line": "#8a5a00", "good": "#0b5066", "bad": "#b4371c", "wait": "#d6a435", "edge": "#1b2126", "on-good": "#ffffff",
    "on-bad": "#ffffff",
}  # fmt: skip
DARK = {
    "paper": "#14181b", "ink": "#e9edf0", "quiet": "#a9b4bd", "line": "#414c56", "accent": "#86cbe0", "mark": "#3a2f12",
    "mark-line": "#e0b555", "good": "#5fb3cd", "bad": "#ff9477", "wait": "#8a6a1c", "edge": "#e9edf0", "on-good": "#14181b",
    "on-bad": "#14181b",
}  # fmt: skip
PRINT = LIGHT | {
    "ink": "#000000", "quiet": "#000000", "line": "#999999", "accent": "#000000", "mark": "#ffffff", "mark-line": "#000000",
    "good": "#868686", "bad": "#000000", "wait": "#e4e4e4", "edge": "#000000", "on-good": "#000000",
    "on-bad": "#ffffff",
}  # fmt: skip
"""In print three greys stand for three colours; the text says everything that a colour does."""

_DARK = "@media screen and (prefers-color-scheme: dark)"


@cache
def page_style() -> str:
    """The style sheet of a page.

    Example:
        >>> "var(--ink)" in page_style(), "--ink: #1b2126;" in page_style()
        (True, True)
    """
    parts = [
        ":root { color-scheme: light dark; " + _variables(LIGHT) + " }",
        f"{_DARK} {{ :root {{ {_variables(DARK)} }} }}",
        f"@media print {{ :root {{ {_variables(PRINT)} }} }}",
        _read("charts.css"),
        _read("drawing.css"),
    ]
    # The page is written without empty lines, and its policy allows these bytes alone.
    return re.sub(r"\n\s*\n+", "\n", "\n".join(["", *parts]))


@cache
def drawing_style() -> str:
    """The style sheet of a drawing in a file of its own: colours written out, for many programs know no variables.

    Example:
        >>> "var(" in drawing_style(), "#1b2126" in drawing_style()
        (False, True)
    """
    rules = "".join(line for line in _read("drawing.css").splitlines(keepends=True) if "var(" in line)
    return "\n".join(
        [
            "",
            _written(_read("drawing.css"), LIGHT),
            f"{_DARK} {{\n{_written(rules, DARK)}}}",
            f"@media print {{\n{_written(rules, PRINT)}}}",
            "",
        ]
    )


def _variables(palette: dict[str, str]) -> str:
    return " ".join(f"--{name}: {colour};" for name, colour in palette.items())


def _written(rules: str, palette: dict[str, str]) -> str:
    return re.sub(r"var\(--([a-z-]+)\)", lambda found: palette[found[1]], rules)


def _read(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")
