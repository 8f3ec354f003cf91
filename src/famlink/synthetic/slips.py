"""Slips of the pen: what a clerk types instead of a name, a date or a number. Each is chosen by a number, not by chance."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files

KEYS_NEAR = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk",
    "k": "jl", "l": "k", "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "wa", "r": "et", "s": "ad", "t": "ry",
    "u": "yi", "v": "cb", "w": "qe", "x": "zc", "y": "tu", "z": "x",
}  # fmt: skip
SOUNDS = (
    ("ph", "f"), ("ck", "k"), ("y", "i"), ("ie", "y"), ("ee", "ea"), ("ll", "l"), ("tt", "t"), ("nn", "n"), ("s", "z"),
    ("th", "t"), ("ei", "ie"), ("ou", "u"), ("c", "k"), ("l", "ll"), ("n", "nn"), ("e", "a"), ("o", "u"), ("ae", "ay"),
)  # fmt: skip


def typed(text: str, number: int) -> str:
    """Mistype a name.

    Args:
        text: as it should be.
        number: which slip, any whole number.

    Returns:
        another text: a letter missed, doubled, swapped or replaced, a sound spelt otherwise, 0 for o or 1 for l.

    Example:
        >>> typed("Thompson", 0), typed("Thompson", 1), typed("Thompson", 2)
        ('Tompson', 'Thhompson', 'hTompson')
    """
    kind, at = number % 7, number // 7
    if len(text) < 2:
        return text + "s"
    place = at % (len(text) - 1)
    if kind == 0:
        made = text[: place + 1] + text[place + 2 :]
    elif kind == 1:
        made = text[: place + 2] + text[place + 1 :]
    elif kind == 2:
        made = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    elif kind == 3:
        near = KEYS_NEAR.get(text[place + 1].lower(), "e")
        made = text[: place + 1] + near[at % len(near)] + text[place + 2 :]
    elif kind == 6 and at % 5 == 0 and ("o" in text or "l" in text):
        made = text.replace("o", "0", 1) if "o" in text else text.replace("l", "1", 1)
    else:
        made = _sounded(text, at)
    return made if made != text else _sounded(text, at)


def _sounded(text: str, at: int) -> str:
    for step in range(len(SOUNDS)):
        old, new = SOUNDS[(at + step) % len(SOUNDS)]
        if old in text[1:]:
            return text[0] + text[1:].replace(old, new, 1)
    return text[:-1] if len(text) > 3 else text + "e"


@lru_cache(maxsize=1)
def short_forms() -> dict[str, tuple[str, ...]]:
    """Other forms of a forename: short forms and spellings.

    Example:
        >>> short_forms()["Elizabeth"][:2]
        ('Liz', 'Beth')
    """
    table = tomllib.loads(files("famlink.synthetic").joinpath("short_forms.toml").read_text(encoding="utf-8"))
    forms: dict[str, tuple[str, ...]] = {name: tuple(text.split()) for name, text in table["short"].items()}
    for line in table["spellings"]:
        group = line.split()
        for name in group:
            forms[name] = forms.get(name, ()) + tuple(other for other in group if other != name)
    return forms


def short_form(name: str, number: int) -> str:
    """Another form of a forename; a typing slip where the name has none.

    Example:
        >>> short_form("Mohammed", 0)
        'Muhammad'
    """
    forms = short_forms().get(name)
    if forms:
        return forms[number % len(forms)]
    if "-" in name:
        return name.split("-", maxsplit=1)[0] if number % 2 else name.replace("-", " ")
    return typed(name, number)


def other_spelling(surname: str, number: int) -> str:
    """A surname in half or in another form: half of a double name, MC DONALD, OBrien, El Masri.

    Example:
        >>> other_spelling("Smith-Jones", 1), other_spelling("McDonald", 0), other_spelling("O'Brien", 0)
        ('Jones', 'MC DONALD', 'OBrien')
    """
    for between in ("-", " "):
        if between in surname:
            halves = surname.split(between)
            return halves[number % 2] if number % 3 else "".join(halves)
    if surname.startswith(("Mc", "Mac")):
        return "MC " + surname[2:].upper() if surname.startswith("Mc") else surname
    if "'" in surname:
        return surname.replace("'", "")
    return surname.upper() if number % 4 == 0 else typed(surname, number)


def wrong_digit(digits: str, number: int) -> str:
    """A number with one digit wrong, or two swapped.

    Example:
        >>> wrong_digit("9434765919", 3), wrong_digit("9434765919", 2)
        ('9934765919', '9344765919')
    """
    place = number // 2 % (len(digits) - 1)
    if number % 2:
        old = digits[place]
        new = str((int(old) + 5) % 10) if old.isdigit() else old
        return digits[:place] + new + digits[place + 1 :]
    return digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
