"""What is found in a text, in the forms people write it, and what is not."""

from __future__ import annotations

import pytest

from famlink.sharing.texts import Forbidden, Gathered, address_forms, phone_forms, setting_forms


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
