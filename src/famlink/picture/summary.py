"""The picture as data: everything a page says, computed from released rows alone."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping

import polars as pl

from famlink.chronology.lines import COLUMNS, subject_children
from famlink.chronology.observations import observations
from famlink.chronology.view import chronology
from famlink.chronology.words import NOT_RECORDED, agency_name, counted, day_in_words, listed, plain, when_in_words
from famlink.picture.kinship import UNRELATED, Kin, relation_words
from famlink.sharing.portrait import Portrait, date_in_words
from famlink.sharing.released import FIXED_NOTICE, Released

FORMAT = "famlink picture 1"
"""The name and version of this shape."""

BASIS_WORDS = {
    "early-help": "early help, with agreement",
    "s17": "section 17, Children Act 1989: a child in need",
    "s47": "section 47, Children Act 1989: a child at risk of significant harm",
    "s42-adult": "section 42, Care Act 2014: an adult at risk",
    "research-synthetic": "research on made-up data",
}
_CERTAINTY = ((0.99, "almost certainly one person"), (0.95, "very likely one person"), (0.8, "likely one person"))
_UNSURE = "not certain to be one person: check before relying on it"
_DETAILS = (
    *("forename", "middle_names", "surname", "former_surnames", "aliases", "date_of_birth", "expected_date_of_birth"),
    *("date_of_death", "sex", "gender", "ethnicity", "address", "postcode", "phone", "email", "school", "gp_practice"),
    *("nhs_number", "upn", "uln", "pnc", "cro", "ni_number"),
)


_WHEREABOUTS = ("address", "postcode", "uprn", "phone", "email", "school", "gp_practice", "household_id")
"""Fields that could lead to someone: never printed of a person whose whereabouts are protected."""


def summarise(
    released: Released,
    *,
    geometry: Mapping[str, object] | None = None,
    provenance: str = NOT_RECORDED,
    lines: pl.DataFrame | None = None,
    tabled: bool = False,
) -> dict[str, object]:
    """Gather everything a picture says.

    Args:
        released: what the gate let through.
        geometry: the genogram's geometry, for its counts.
        provenance: one line on the software and run it comes from.
        lines: its full chronology, where it was made already.
        tabled: leave the chronology a table, as :func:`famlink.chronology.json_text.json_bytes` and
            :func:`famlink.picture.html.page` take it too.

    Returns:
        plain data that JSON can hold: request, subjects, people, relations, households, observations, chronology,
        agencies, withheld, notices, rules and provenance. The fixed notice is always among the notices.
    """
    people = released.portraits()
    if lines is None:
        lines = chronology(released)
    rules = _rules(released)
    told = _lines(lines, rules)
    return {
        "format": FORMAT,
        "synthetic": released.synthetic,
        "hub": released.hub,
        "as_at": released.as_at.isoformat(),
        "as_at_words": day_in_words(released.as_at),
        "policy": released.policy,
        "provenance": provenance,
        "request": _request(released),
        "subjects": [_subject(people[p]) for p in released.subjects if p in people],
        "ages_of": [child.forename or child.name for child in subject_children(released, people)],
        "notices": list(dict.fromkeys((*released.notices, FIXED_NOTICE))),
        "observations": [*_single_agency(released, people), *(vars(o) for o in observations(released))],
        "people": _people(released, people),
        "relations": _relations(released, people),
        "households": _households(released, people),
        "chronology": told if tabled else told.to_dicts(),
        "agencies": _agencies(released, people),
        "withheld": released.withheld.sort("holder", "what", "reason").to_dicts(),
        "rules": list(rules),
        "genogram": dict(geometry) if geometry is not None else None,
    }


def _request(released: Released) -> dict[str, object]:
    asked = released.request
    window = [day_in_words(day) if day else NOT_RECORDED for day in (asked.window_from, asked.window_until)]
    return {
        "request_id": asked.request_id or NOT_RECORDED,
        "basis": asked.basis,
        "basis_words": BASIS_WORDS.get(asked.basis, asked.basis),
        "purpose": plain(asked.purpose),
        "requester": plain(asked.requester),
        "authoriser": plain(asked.authoriser),
        "window_from": window[0],
        "window_until": window[1],
        "subjects": [f"{agency}:{record}" for agency, record in asked.subjects],
        "why_older": plain(asked.why_older),
        "relevance": {holder: plain(reason) for holder, reason in sorted(asked.relevance.items())},
    }


def _subject(person: Portrait) -> dict[str, object]:
    return {"person_id": person.person_id, "name": person.name}


def _people(released: Released, people: dict[str, Portrait]) -> list[dict[str, object]]:
    """Every released person: subjects first, then as the relations reach them, eldest first."""
    kin = _relation_to_subjects(released, people)
    homes = _homes(released)
    details = _details(released)
    known_elsewhere: dict[str, list[str]] = defaultdict(list)
    for person, agency in _existence_alone(released, people):
        known_elsewhere[person].append(agency)
    order = {person: place for place, person in enumerate(released.subjects)}
    far = dt.date.max
    ranked = sorted(
        people.values(),
        key=lambda p: (
            order.get(p.person_id, len(order)),
            99 if (steps := kin[p.person_id].steps) is None else steps,
            p.date_of_birth or far,
            p.name,
            p.person_id,
        ),
    )
    return [
        {
            "person_id": p.person_id,
            "name": p.name,
            "unborn": p.unborn,
            "subject": p.person_id in order,
            "other_names": list(p.other_names),
            "born": _born(p),
            "age": _age(p, released.as_at),
            "died": day_in_words(p.died) if p.died else None,
            "sex": "sources disagree" if p.sex_conflict else p.sex or NOT_RECORDED,
            "gender": p.gender,
            "relation": kin[p.person_id].words,
            "home": "protected: not shown"
            if p.person_id in released.protected
            else homes.get(p.person_id, NOT_RECORDED),
            "agencies": [agency_name(a) for a in p.agencies],
            "existence": [agency_name(a) for a in known_elsewhere.get(p.person_id, [])],
            "records": p.records,
            "probability": round(p.probability, 4),
            "certainty": certainty(p),
            "conflicts": list(p.conflicts),
            "details": details.get(p.person_id, []),
        }
        for p in ranked
    ]


def _existence_alone(released: Released, people: Mapping[str, Portrait]) -> list[tuple[str, str]]:
    """Person and agency, where the agency's existence is open and none of its records: the rest it shows already."""
    said = released.existence.select("person_id", "agency").unique().sort("person_id", "agency")
    return [(p, a) for p, a in said.iter_rows() if p not in people or a not in people[p].agencies]


def certainty(person: Portrait) -> str:
    """Say in words how sure it is that the records of a person are one person.

    Args:
        person: a portrait.

    Returns:
        a phrase, with the number where records were joined.

    Example:
        >>> certainty(Portrait("P-1", records=1)), certainty(Portrait("P-1", records=3, probability=0.97))
        ('one record', '3 records, very likely one person (0.97)')
    """
    if person.records < 2:
        return "one record" if person.records else NOT_RECORDED
    words = next((words for floor, words in _CERTAINTY if person.probability >= floor), _UNSURE)
    return f"{person.records} records, {words} ({_figure(person.probability)})"


def _figure(probability: float) -> str:
    """A probability that is not quite one is not printed as one."""
    return "over 0.99" if 0.99 < probability < 1.0 else f"{probability:.2f}"


def _relation_to_subjects(released: Released, people: dict[str, Portrait]) -> dict[str, Kin]:
    """What each person is to the subject; with several subjects, to each of them by name."""
    each = {
        subject: relation_words(released.relations, people, subject=subject, as_at=released.as_at)
        for subject in released.subjects
        if subject in people
    }
    if len(each) == 1:
        return next(iter(each.values()))
    found = {}
    for person in people:
        near = [
            (kin[person], subject) for subject, kin in each.items() if kin[person] != UNRELATED and subject != person
        ]
        said = [f"{kin.words} ({people[subject].forename or people[subject].name})" for kin, subject in near]
        words = "; ".join((["a subject"] if person in each else []) + said)
        found[person] = Kin(words, min(kin.steps or 0 for kin, _ in near) if near else 0) if words else UNRELATED
    return found


def _born(person: Portrait) -> str:
    if person.unborn and person.expected is not None:
        return f"expected {day_in_words(person.expected)}"
    return person.date_of_birth_text


def _age(person: Portrait, as_at: dt.date) -> str:
    if person.unborn:
        return "unborn"
    age = person.age_on(as_at)
    if age is None:
        return NOT_RECORDED
    said = f"{age}" if person.date_of_birth_exact else f"about {age}"
    return f"died aged {said}" if person.died is not None and person.died <= as_at else said


def _homes(released: Released) -> dict[str, str]:
    found: dict[str, list[str]] = defaultdict(list)
    current = released.households.filter(_current(released.as_at)).sort(
        "person_id", "start", "address", nulls_last=True
    )
    for person, address in current.select("person_id", "address").iter_rows():
        said = plain(address, most=200)
        if said not in found[person]:
            found[person].append(said)
    return {person: "; ".join(addresses) for person, addresses in found.items()}


def _current(as_at: dt.date) -> pl.Expr:
    started = pl.col("start").is_null() | (pl.col("start") <= as_at)
    return started & (pl.col("end").is_null() | (pl.col("end") >= as_at))


def _details(released: Released) -> dict[str, list[dict[str, object]]]:
    """What each source says of each person, field by field: nothing merged, every row named."""
    found: dict[str, list[dict[str, object]]] = defaultdict(list)
    order = {name: place for place, name in enumerate(_DETAILS)}
    hidden = pl.col("person_id").is_in(list(released.protected)) & pl.col("field").is_in(list(_WHEREABOUTS))
    rows = released.statements.filter(~hidden).to_dicts()
    rows.sort(
        key=lambda r: (
            r["person_id"],
            order.get(r["field"], 99),
            r["field"],
            r["agency"],
            r["record_id"],
            r["statement_id"],
        )
    )
    for row in rows:
        found[row["person_id"]].append(
            {
                "field": str(row["field"]).removeprefix("extra.").replace("_", " "),
                "written": plain(row["raw"], most=500),
                "agency": row["agency"],
                "record": f"{row['agency']}:{row['record_id']}",
                "last_seen": day_in_words(row["last_seen"]) if row["last_seen"] else NOT_RECORDED,
                "reason": row["reason"],
                "source": f"{row['file']} row {row['file_row']}",
                "rule": row["rule"],
            }
        )
    return found


def _relations(released: Released, people: dict[str, Portrait]) -> list[dict[str, object]]:
    rows = released.relations.sort("person_id", "relative_id", "relationship", "qualifier").to_dicts()
    return [
        {
            "person_id": row["person_id"],
            "relative_id": row["relative_id"],
            "person": people[row["person_id"]].name,
            "relative": people[row["relative_id"]].name,
            "relationship": row["relationship"],
            "qualifier": row["qualifier"],
            "start": row["start"].isoformat() if row["start"] else None,
            "end": row["end"].isoformat() if row["end"] else None,
            "basis": row["basis"],
            "confidence": round(row["confidence"], 4),
            "sources": row["sources"],
            "conflict": row["conflict"],
        }
        for row in rows
        if row["person_id"] in people and row["relative_id"] in people
    ]


def _households(released: Released, people: dict[str, Portrait]) -> list[dict[str, object]]:
    """Each household with who is placed there: those of the day first, then the past, latest first."""
    rows = released.households.with_columns(_current(released.as_at).alias("current")).to_dicts()
    groups: dict[str, list[dict[str, object]]] = defaultdict(list)
    for row in sorted(rows, key=lambda r: (r["household_id"], r["start"] or dt.date.min, r["person_id"])):
        if row["person_id"] in people and row["person_id"] not in released.protected:
            groups[row["household_id"]].append(row)
    built = []
    for household, members in groups.items():
        starts = [m["start"] for m in members if isinstance(m["start"], dt.date)]
        built.append(
            {
                "household_id": household,
                "address": plain(str(members[0]["address"]), most=200),
                "postcode": members[0]["postcode"] or NOT_RECORDED,
                "current": any(m["current"] for m in members),
                "from": _iso(min(starts, default=None)),
                "members": [
                    {
                        "person_id": m["person_id"],
                        "name": people[str(m["person_id"])].name,
                        "current": m["current"],
                        "start": _iso(m["start"]),
                        "end": _iso(m["end"]),
                        "dates": _dates(m["start"], m["end"]),
                        "sources": m["sources"],
                    }
                    for m in members
                ],
            }
        )
    built.sort(key=lambda h: str(h["household_id"]))
    built.sort(key=lambda h: str(h["from"] or ""), reverse=True)
    built.sort(key=lambda h: not h["current"])
    return built


def _iso(value: object) -> str | None:
    return value.isoformat() if isinstance(value, dt.date) else None


def _dates(start: object, end: object) -> str:
    if isinstance(end, dt.date):
        return f"{_day(start)} to {day_in_words(end)}" if start else f"until {day_in_words(end)}, start not recorded"
    return f"since {day_in_words(start)}" if isinstance(start, dt.date) else "dates not recorded"


def _day(value: object) -> str:
    return day_in_words(value) if isinstance(value, dt.date) else NOT_RECORDED


def _agencies(released: Released, people: dict[str, Portrait]) -> list[dict[str, object]]:
    built: list[dict[str, object]] = []
    for agency in sorted(released.agencies, key=lambda a: a.agency):
        records = released.people.filter(pl.col("agency") == agency.agency).sort("person_id", "record_id")
        events = released.events.select("agency", "date", "latest", "precision", "rule").filter(
            (pl.col("agency") == agency.agency) & (pl.col("date") <= released.as_at)
        )
        statements = released.statements.filter(pl.col("agency") == agency.agency)
        exists = released.existence.filter(pl.col("agency") == agency.agency).sort("person_id")
        rules = {r for frame in (records, events, statements, exists) for r in frame["rule"].drop_nulls().unique()}
        built.append(
            {
                "agency": agency.agency,
                "name": agency_name(agency.agency),
                "holder": agency.holder or "not named in the policy",
                "system": plain(agency.system),
                "records": records.height,
                "statements": statements.height,
                "events": events.height,
                "first_contact": _contact(events.sort("date", "latest").head(1)),
                "last_contact": _contact(events.sort("latest", "date").tail(1)),
                "knows": [
                    {"name": people[person].name, "record": f"{agency.agency}:{record}"}
                    for person, record in records.select("person_id", "record_id").iter_rows()
                    if person in people
                ],
                "existence": [
                    {
                        "name": people[row["person_id"]].name if row["person_id"] in people else NOT_RECORDED,
                        "first_month": date_in_words(row["first_month"]),
                        "last_month": date_in_words(row["last_month"]),
                        "ask": plain(row["ask"], most=200),
                    }
                    for row in exists.to_dicts()
                ],
                "rules": sorted(rules),
            }
        )
    return built


def _contact(event: pl.DataFrame) -> str:
    """The day of one event, no more exactly than its source gave it."""
    for first, latest, precision in event.select("date", "latest", "precision").iter_rows():
        if precision == "uncertain" and latest != first:
            return when_in_words(first, precision, latest=latest)
        cut = {"year": 4, "month": 7}.get(precision, 10)
        return date_in_words(("?" if precision == "uncertain" else "") + first.isoformat()[:cut])
    return NOT_RECORDED


def _single_agency(released: Released, people: dict[str, Portrait]) -> list[dict[str, object]]:
    """People whom one agency alone has told of: the finding a hub meets for."""
    several = {agency for person in people.values() for agency in person.agencies}
    if len(several) < 2:
        return []
    elsewhere = {person for person, _ in _existence_alone(released, people)}
    alone: dict[str, list[Portrait]] = defaultdict(list)
    for person in people.values():
        if len(person.agencies) == 1 and person.person_id not in elsewhere:
            alone[person.agencies[0]].append(person)
    said: list[dict[str, object]] = []
    for agency, found in sorted(alone.items()):
        names = listed(sorted(f"{p.name} (unborn)" if p.unborn else p.name for p in found))
        sentence = f"{counted(len(found), 'person')} in {agency_name(agency)} records only: {names}."
        said.append(
            {"what": "one-agency", "sentence": sentence.replace("persons", "people"), "refs": [], "sources": []}
        )
    return said


def _rules(released: Released) -> dict[str, int]:
    """Every rule that let a row through, numbered, so that a line can name its rule by number."""
    frames = (released.people, released.statements, released.events, released.existence)
    every = sorted({rule for frame in frames for rule in frame["rule"].drop_nulls().unique()})
    return {rule: number for number, rule in enumerate(every, 1)}


def _lines(lines: pl.DataFrame, rules: dict[str, int]) -> pl.DataFrame:
    return lines.select(
        pl.col(list(COLUMNS)).cast(pl.String),
        pl.col("date").dt.year().alias("year"),
        pl.col("sharing_basis").replace_strict(rules, default=None, return_dtype=pl.Int64).alias("rule_number"),
        *("people", "agencies", "themes", "key", "incident", "notes"),
    )
