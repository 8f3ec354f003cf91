"""Ways to read the name an agency gave a column: whole, without brackets, by its alternatives and by the words in it."""

from __future__ import annotations

import re

WHOLE, ALTERNATIVE, PART = 1.0, 0.95, 0.8
"""How sure a reading is: the whole name, an alternative it offers, some of its words."""

_OWN = (
    "pers person child childs children client patient pupil student customer user yp young service subject "
    "home main current primary legal full latest their"
)
_OF_OTHERS = (
    "mother mothers father fathers parent carer guardian partner contact related relative next kin emergency sibling worker "
    "officer gp school doctor landlord associate other previous former old placement referrer professional team family"
)
_SPEAKING = (
    "surname forename dob postcode email telephone mobile phone sex gender ethnicity upn uln nhs address relationship uprn "
    "pnc cro nino"
)
OWN = frozenset(_OWN.split())
"""Words before a name that say whose it is: the record's own."""
OF_OTHERS = frozenset(_OF_OTHERS.split())
"""Words that say a column is about somebody else, or about earlier days."""
SPEAKING = frozenset(_SPEAKING.split())
"""Words that tell what a column is wherever they stand in its name."""
_LONG = {"addr": "address", "tel": "telephone", "num": "number", "postal": "post"}

MOST_LETTERS = 120
MOST_WORDS = 12
"""Letters and words of a name that are looked at."""

_BRACKETS = re.compile(r"\([^)]{0,80}\)|\[[^\]]{0,80}\]")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


def squashed(name: str) -> str:
    """A name in small letters without punctuation.

    Example:
        >>> squashed("D.O.B")
        'dob'
    """
    return re.sub(r"[^a-z0-9]", "", name[:MOST_LETTERS].lower())


def words_of(name: str) -> list[str]:
    """The words of a name in small letters, common short forms written whole.

    Example:
        >>> words_of("HomeAddr Line1")
        ['home', 'address', 'line', '1']
    """
    words = [word.lower() for word in _WORD.findall(_BRACKETS.sub(" ", name[:MOST_LETTERS]))[:MOST_WORDS]]
    return [_LONG.get(word, word) for word in words]


def readings(name: str) -> list[tuple[str, float]]:
    """Read a column's name.

    Args:
        name: as the agency wrote it.

    Returns:
        what it may say, without punctuation, each with how sure that is. Words in the name are read by themselves unless one of
        them says that the column is about somebody else.

    Example:
        >>> ("surname", 0.95) in readings("Surname / Family Name"), ("sex", 1.0) in readings("Sex (M/F)")
        (True, True)
        >>> ("surname", 0.8) in readings("Mother Surname")
        False
    """
    name = name[:MOST_LETTERS]
    bare = _BRACKETS.sub(" ", name)
    found = [(squashed(name), WHOLE), (squashed(bare), WHOLE)]
    found += [(squashed(part), ALTERNATIVE) for part in re.split(r"[/,;]| or ", bare)]
    words = words_of(name)
    found.append(("".join(words), WHOLE))
    while len(words) > 1 and words[0] in OWN:
        words = words[1:]
        found.append(("".join(words), WHOLE))
    if not OF_OTHERS.intersection(words):
        parts = [words[i:j] for i in range(len(words)) for j in range(i + 1, len(words) + 1)]
        found += [("".join(part), PART) for part in parts if len(part) > 1 or part[0] in SPEAKING]
    return found
