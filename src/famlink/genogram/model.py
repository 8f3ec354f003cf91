"""The family of one release: released people, unions, typed parent links and households, ready to be drawn."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import replace

from famlink.errors import GenogramError
from famlink.genogram.abuse import abuse_ties
from famlink.genogram.family import Family, Household, Person, Service
from famlink.genogram.kinship import Kinship, kinship
from famlink.genogram.scope import within
from famlink.sharing.portrait import Portrait
from famlink.sharing.released import Released

_WORDY = 40


def family_model(released: Released, *, focus: tuple[str, ...] | None = None, max_people: int = 60) -> Family:
    """Build the family to draw from what was released.

    Args:
        released: what crossed the wall; nothing else is read.
        focus: person ids the drawing is about; the subjects where None.
        max_people: most people drawn; the rest become "+n more" at the person they hang on.

    Returns:
        a checked family. Professionals stand outside it as services.

    Raises:
        GenogramError: the focus is not in what was released.
    """
    portraits = released.portraits()
    about = tuple(focus or released.subjects)
    if not about:
        raise GenogramError("the genogram has nobody to be about: the release names no subject and no focus was given")
    if focus is None:
        # A subject may be withheld whole: then who else is released is drawn, or nobody, and the page says the rest.
        about = tuple(one for one in about if one in portraits)
    for one in about:
        if one not in portraits:
            raise GenogramError("the person to focus on is not in what was released; ask for one of its people")
    kin = kinship(released.relations, portraits)
    protected = set(released.protected)
    outside = {one for one in kin.professionals if one not in about}
    elsewhere: dict[str, list[str]] = defaultdict(list)
    for one, agency in released.existence.select("person_id", "agency").unique().sort("agency").iter_rows():
        elsewhere[one].append(agency)
    people = tuple(_person(p, kin, released, protected) for p in portraits.values() if p.person_id not in outside)
    people = tuple(replace(p, existence=tuple(elsewhere[p.id])) for p in people)
    services = tuple(
        Service(portraits[one].name, clients) for one, clients in kin.professionals.items() if one in outside
    )
    whole = Family(
        people=people,
        unions=kin.unions,
        links=kin.links,
        households=_households(released, outside | {p.id for p in people if p.deceased}, protected),
        twins=kin.twins,
        identical=kin.identical,
        responsibility=kin.responsibility,
        ties=abuse_ties(released.events, released.people),
        services=services,
        acquaintances=kin.acquaintances,
        title="Genogram",
        synthetic=released.synthetic,
        as_at=released.as_at,
        notices=released.notices,
        released=True,
    )
    return within(whole, about, max_people=max_people, everybody=True).checked()


def _person(portrait: Portrait, kin: Kinship, released: Released, protected: set[str]) -> Person:
    born = portrait.date_of_birth
    text = "" if born is None else _shorter(portrait.date_of_birth_text)
    notes = list(kin.notes.get(portrait.person_id, ()))
    if portrait.person_id in protected:
        notes.append("whereabouts protected")
    if portrait.gender and portrait.sex and portrait.gender != portrait.sex:
        notes.append(f"gender {portrait.gender}, sex {portrait.sex} recorded")
    if portrait.sex_conflict and portrait.gender is None:
        notes.append("sex: records disagree")
    conflicts = tuple(c for c in portrait.conflicts if not (portrait.sex_conflict and "disagree on sex" in c))
    return Person(
        id=portrait.person_id,
        name=f"Unborn {portrait.surname}".strip() if portrait.unborn and not portrait.forename else portrait.name,
        sex=portrait.sex,
        gender=portrait.gender,
        sex_conflict=portrait.sex_conflict,
        born=born,
        born_text=text,
        born_exact=portrait.date_of_birth_exact
        or len(text) == len("2012")
        or "about" not in portrait.date_of_birth_text,
        expected=portrait.expected,
        died=portrait.died,
        died_text="" if portrait.died is None else _day(portrait.died),
        deceased=portrait.died is not None,
        age=portrait.age_on(released.as_at),
        agencies=portrait.agencies,
        records=portrait.records,
        probability=portrait.probability,
        conflicts=(*conflicts, *kin.conflicts.get(portrait.person_id, ())),
        notes=tuple(notes),
    )


def _shorter(text: str) -> str:
    """``3 May 2012`` and ``3 Jan 2012``: month names in three letters; the year alone stays."""
    return " ".join(word[:3] if word.isalpha() else word for word in text.removeprefix("about ").split())


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%b %Y}"


def _households(released: Released, outside: set[str], protected: set[str]) -> tuple[Household, ...]:
    """Addresses people live at on the day; a household of one, or with a protected person, gets no outline."""
    found: dict[str, tuple[str, list[str]]] = {}
    columns = ("household_id", "person_id", "address", "postcode", "start", "end")
    for home, person, address, postcode, start, end in released.households.sort(columns).select(columns).iter_rows():
        if (end is not None and end < released.as_at) or (start is not None and start > released.as_at):
            continue
        parts = [address or "address not recorded"]
        if postcode and postcode not in parts[0]:
            parts.append(postcode.replace(" ", "\N{NO-BREAK SPACE}"))
        words = ", ".join(parts)
        people = found.setdefault(home, (words, []))[1]
        if person not in people and person not in outside:
            people.append(person)
    return tuple(
        Household(home, tuple(people), _shortened(words))
        for home, (words, people) in found.items()
        if len(people) > 1 and not protected & set(people)
    )


def _shortened(words: str) -> str:
    return words if len(words) <= _WORDY else words[: _WORDY - 1].rstrip(" ,") + "\N{HORIZONTAL ELLIPSIS}"
