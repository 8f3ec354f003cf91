"""What is found in a text, in the forms people write it, and what is not."""

from __future__ import annotations

import datetime as dt
import re
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from famlink.sharing.evidence import quoted_in
from famlink.sharing.texts import Forbidden, Gathered, address_forms, phone_forms, setting_forms, squeeze
from famlink.tables import EVENTS


def gathered(**said: object) -> Forbidden:
    found = Gathered()
    for how, value in said.items():
        if how == "name":
            found.full_name(*value)  # type: ignore[misc]
        elif how == "address":
            found.parts |= address_forms(str(value))
        elif how == "setting":
            found.parts |= setting_forms(str(value))
        elif how == "phone":
            found.parts |= phone_forms(str(value))
        elif how == "values":
            found.values([str(value)])
        else:
            getattr(found, how)(value)
    return found.frozen()


@pytest.mark.parametrize(
    ("said", "text", "there"),
    [
        ({"values": "AB1 2CD"}, "moved to ab12cd last week", True),
        ({"values": "AB1 2CD"}, "moved to AB1 2CE", False),
        ({"address": "88 Sanctuary Lane"}, "outside 88, Sanctuary Ln.", True),
        ({"address": "88 Sanctuary Ln"}, "outside 88 SANCTUARY LANE", True),
        ({"phone": "+44 (0)7700 900123"}, "rang 07700-900-123 twice", True),
        ({"setting": "Willow Road Primary School"}, "collected from Willow Road", True),
        ({"setting": "The School"}, "collected from school", False),
        ({"reference": "42/7781/26"}, "see 42-7781-26", True),
        ({"reference": "P-1"}, "as P-1 says", True),
        ({"reference": "P-1"}, "as P-12 says", False),
        ({"reference": "17"}, "aged 17, at number 17", False),
        ({"reference": "2019"}, "since 2019", False),
        ({"reference": "10023"}, "case 10023 closed", True),
        ({"name": ("Zoë", "O'Hara")}, "OHARA, ZOE attended", True),
        ({"name": ("Zoë", "O'Hara")}, "Zoe attended", False),
        ({"word": "Brown"}, "a brown coat", False),
        ({"word": "Brown"}, "Ms Brown's coat", True),
        ({"word": "May"}, "seen on 3 May", False),
        ({"values": "1234"}, "1234", False),
    ],
)
def test_found(said: dict[str, object], text: str, there: bool) -> None:
    assert gathered(**said).found_in(text) is there


def test_nothing_forbidden_is_found_nowhere() -> None:
    assert not Forbidden().found_in("anything at all")
    assert not gathered(values="AB1 2CD").found_in(None)


ODD = st.text("aAbBzZ09 '\N{RIGHT SINGLE QUOTATION MARK}-_/.~\né\N{LATIN SMALL LETTER SHARP S}²\N{KELVIN SIGN}İ\u0301ǅ\N{CIRCLED LATIN CAPITAL LETTER A}Ж,:", max_size=40)  # fmt: skip
VALUES = st.frozensets(st.text("abz09é-/.", min_size=1, max_size=4), max_size=4)


def naively(forbidden, text):
    """As a slow reader would look: letter by letter, value by value."""
    folded = unicodedata.normalize("NFKD", text).lower()
    tight = "".join(letter for letter in folded if letter.isascii() and letter.isalnum())
    assert squeeze(text) == tight
    capitals = set()
    for word in re.findall(r"[^\W\d_](?:[^\W\d_]|['\u2019-])+", text):
        plain = re.sub(r"['\u2019]s?$", "", word)
        capitals |= {squeeze(p) for p in (word, plain, *plain.split("-")) if p[:1].isupper() and len(p) >= 3}
    found = re.findall(r"[A-Za-z0-9][A-Za-z0-9/_.~-]*", text)
    tokens = {token.lower().rstrip("._-/") for token in found}
    tokens |= {part.lower() for token in found for part in re.split(r"[/_.~]", token) if part}
    return any(p in tight for p in forbidden.parts) or bool(forbidden.tokens & tokens or forbidden.names & capitals)


@given(ODD, VALUES, VALUES, VALUES)
@settings(max_examples=400, deadline=None)
def test_long_texts_are_looked_through_as_short_ones_are(text, parts, tokens, names):
    forbidden = Forbidden(parts, tokens, names)
    expected = bool(text) and naively(forbidden, text)
    assert forbidden.found_in(text) == expected
    assert (bool(text) and forbidden._found_in_long(text, squeeze(text))) == expected


@given(st.lists(ODD, max_size=4))
@settings(max_examples=200, deadline=None)
def test_references_quoted_in_texts(texts):
    rows = [
        {"agency": "csc", "event_id": f"e{n}", "record_id": "1", "date": dt.date(2024, 5, 1), "latest": dt.date(2024, 5, 1),
         "precision": "day", "date_text": "1", "category": None, "file": "f", "file_row": n, "description": text, "outcome": text[::-1]}
        for n, text in enumerate(texts)
    ]  # fmt: skip
    expected = {
        token
        for text in (*texts, *(text[::-1] for text in texts))
        for token in re.findall(r"[A-Za-z0-9][A-Za-z0-9/_.-]{2,}[A-Za-z0-9]", text)
        if any(letter.isdigit() for letter in token)
    }
    assert quoted_in(EVENTS.frame(rows)) == sorted(expected)


def test_a_long_text_takes_no_longer_for_many_values():
    text = "Elm Road was visited by Anne, see 12/AB. " * 25_000
    values = [f"{n:06}zz" for n in range(2_000)]
    few, many = (Forbidden(frozenset(v), frozenset(v), frozenset(v)) for v in (values[:1], values))
    seconds = []
    for forbidden in (few, many):
        begun = time.process_time()
        assert not forbidden.found_in(text)
        seconds.append(time.process_time() - begun)
    assert seconds[1] < 10 * seconds[0] + 0.5
    assert Forbidden(names=frozenset({"anne"})).found_in(text)
    assert Forbidden(tokens=frozenset({"ab"})).found_in(text)
