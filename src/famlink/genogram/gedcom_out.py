"""GEDCOM 5.5.1 and 7 out: what a drawing holds, for other programs."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from famlink.errors import GenogramError
from famlink.genogram.family import ADOPTIVE, BIRTH, FOSTER, Family, ParentLink, Person, Union

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_PEDI = {BIRTH: "birth", ADOPTIVE: "adopted", FOSTER: "foster"}
_SEX = {"male": "M", "female": "F"}
VERSIONS = ("5.5.1", "7.0")


def gedcom_of(family: Family, *, version: str = "7.0") -> str:
    """Write a family as GEDCOM.

    Links that are neither birth, adoption nor foster care (guardians, kinship carers) are written with ``PEDI OTHER`` and
    a phrase in 7.0, and with ``PEDI`` left out and a note in 5.5.1, which has no word for them.

    Args:
        family: the family.
        version: ``5.5.1`` or ``7.0``.

    Returns:
        the text.

    Raises:
        GenogramError: there is no such version.

    Example:
        >>> from famlink.genogram.family import Person
        >>> gedcom_of(Family((Person("p", "Kai Reed", sex="male"),)), version="5.5.1").splitlines()[-4:]
        ['0 @I1@ INDI', '1 NAME Kai Reed', '1 SEX M', '0 TRLR']
    """
    if version not in VERSIONS:
        raise GenogramError(f"GEDCOM version: expected one of {', '.join(VERSIONS)}, got {version!r}")
    people = {person.id: f"@I{i}@" for i, person in enumerate(family.people, start=1)}
    unions = {union.id: f"@F{i}@" for i, union in enumerate(family.unions, start=1)}
    above: dict[str, list[ParentLink]] = defaultdict(list)
    for link in family.links:
        above[link.child].append(link)
    lines = ["0 HEAD", "1 SOUR famlink", "1 GEDC", f"2 VERS {version}"]
    lines += [] if version == "7.0" else ["2 FORM LINEAGE-LINKED", "1 CHAR UTF-8"]
    if family.as_at:
        lines.append(f"1 DATE {_date(family.as_at)}")
    if family.synthetic:
        lines.append("1 NOTE SYNTHETIC: made-up people")
    for person in family.people:
        lines += _person(person, people[person.id])
        for link in above[person.id]:
            lines += _child(link, unions[link.union], version)
        lines += [f"1 FAMS {unions[u.id]}" for u in family.unions if person.id in u.partners]
    for union in family.unions:
        lines += _union(union, unions[union.id], family, people)
    return "\n".join([*lines, "0 TRLR", ""])


def _person(person: Person, xref: str) -> list[str]:
    lines = [f"0 {xref} INDI", f"1 NAME {_plain(person.name)}"]
    if person.sex in _SEX:
        lines.append(f"1 SEX {_SEX[person.sex]}")
    if person.born:
        lines += ["1 BIRT", f"2 DATE {_date(person.born, person.born_text, exact=person.born_exact)}"]
    if person.loss:
        lines += [f"1 DEAT{'' if person.died else ' Y'}", f"2 TYPE {person.loss}"]
        lines += [f"2 DATE {_date(person.died, person.died_text)}"] if person.died else []
    elif person.deceased:
        lines += ["1 DEAT", f"2 DATE {_date(person.died, person.died_text)}"] if person.died else ["1 DEAT Y"]
    return lines


def _child(link: ParentLink, union: str, version: str) -> list[str]:
    lines = [f"1 FAMC {union}"]
    word = _PEDI.get(link.kind)
    if version == "7.0":
        lines.append(f"2 PEDI {(word or 'OTHER').upper()}")
        if word is None:
            lines.append(f"3 PHRASE {_plain(link.tag or link.kind)}")
        status = "2 STAT CHALLENGED"
    else:
        lines += [f"2 PEDI {word}"] if word else [f"2 NOTE {_plain(link.tag or link.kind)}"]
        status = "2 STAT challenged"
    return [*lines, status] if link.conflict else lines


def _union(union: Union, xref: str, family: Family, people: dict[str, str]) -> list[str]:
    sexes = {person.id: person.sex for person in family.people}
    lines = [f"0 {xref} FAM"]
    taken: set[str] = set()
    for partner in sorted(union.partners, key=lambda p: sexes[p] != "male"):
        tag = "WIFE" if sexes[partner] == "female" or "HUSB" in taken else "HUSB"
        tag = "HUSB" if tag in taken else tag
        taken.add(tag)
        lines.append(f"1 {tag} {people[partner]}")
    lines += [f"1 CHIL {people[k.child]}" for k in family.links if k.union == union.id]
    if union.kind in {"married", "cohabiting", "transitory"}:
        lines.append("1 MARR" if union.kind == "married" else "1 EVEN")
        lines += [] if union.kind == "married" else [f"2 TYPE {union.kind}"]
        lines += [f"2 DATE {_date(union.start, union.start_text)}"] if union.start else []
    if union.state == "divorced":
        lines += ["1 DIV", f"2 DATE {_date(union.end, union.end_text)}"] if union.end else ["1 DIV Y"]
    elif union.state in {"separated", "ended"}:
        lines += ["1 EVEN", "2 TYPE separated"]
        lines += [f"2 DATE {_date(union.end, union.end_text)}"] if union.end else []
    return lines


def _date(day: dt.date, words: str = "", *, exact: bool = True) -> str:
    """As precise as the words for people are."""
    count = len(words.split()) if words else 3
    text = f"{_MONTHS[day.month - 1]} {day.year}" if count > 1 else str(day.year)
    text = f"{day.day} {text}" if count > 2 else text
    return text if exact else f"ABT {text}"


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("@", "@@")
