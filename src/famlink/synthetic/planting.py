"""Scenarios planted in a world by number: families told in a TOML file a practitioner can read and write.

A scenario file holds people (`[person.mum]`), the records agencies have of them (`records`), relationships as agencies
state them (`ties`), events, and what the hub was told (`consents`, `must_not_link`). A record starts from its person and
says only what the agency has otherwise; "" empties a field. Ids are the scenario's own: ``S06-01``.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import polars as pl

from famlink.errors import RequestError
from famlink.synthetic.files import agency_table
from famlink.synthetic.kin import INVERSE

SEXES = {"F": 0, "M": 1, "U": 2}
NOT_GIVEN = ("who", "agency", "key")
OF_PERSON = ("mother", "father", "family", "twin", "culture", "mover", "born")


def known_scenarios() -> list[int]:
    """The numbers that can be planted; 0 is the demonstration family.

    Example:
        >>> 6 in known_scenarios()
        True
    """
    names = [item.name for item in files("famlink.synthetic").joinpath("scenarios").iterdir()]
    return sorted(int(name[:2]) for name in names if name.endswith(".toml"))


@dataclass
class Planted:
    """Rows that scenarios add to each agency's tables and to the truth.

    Args:
        people: canonical rows by agency.
        ties: canonical rows by agency.
        events: canonical rows by agency.
        sources: whole sources a scenario brings: agency, holder, text of the people file.
        records: truth: agency, record_id, person.
        relations: truth: person, relative, relationship, qualifier, start, end, stated.
        incidents: truth: agency, event_id, incident.
        persons: truth: person, family, date_of_birth, culture, mover, twin.
        consents: consents.csv rows.
        must_not_link: must_not_link.csv rows.
    """

    people: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    ties: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    events: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    sources: list[dict[str, str]] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    relations: list[dict[str, Any]] = field(default_factory=list)
    incidents: list[dict[str, Any]] = field(default_factory=list)
    persons: list[dict[str, Any]] = field(default_factory=list)
    consents: list[dict[str, Any]] = field(default_factory=list)
    must_not_link: list[dict[str, Any]] = field(default_factory=list)

    def rows(self, table: str, agency: str) -> list[dict[str, Any]]:
        """The rows for one table of one agency."""
        found: dict[str, list[dict[str, Any]]] = {
            "people": self.people,
            "relationships": self.ties,
            "events": self.events,
        }[table]
        return found.get(agency, [])

    @property
    def families(self) -> int:
        """How many families were planted."""
        return len({person["family"] for person in self.persons})


def plant(numbers: tuple[int, ...], agencies: list[str]) -> Planted:
    """Read scenarios.

    Args:
        numbers: which.
        agencies: the world's agencies.

    Returns:
        their rows.

    Raises:
        RequestError: there is no scenario of a number, or it needs an agency the world does not have.

    Example:
        >>> planted = plant((6,), ["social_care", "education", "health"])
        >>> planted.families, planted.must_not_link[0]["reason"]
        (2, 'adoption')
    """
    planted = Planted()
    known = known_scenarios()
    for number in dict.fromkeys(numbers):
        if number not in known:
            listed = ", ".join(str(n) for n in known)
            raise RequestError(f"scenario {number} cannot be planted; known scenarios: {listed}")
        file = files("famlink.synthetic").joinpath("scenarios", f"{number:02d}.toml")
        told = tomllib.loads(file.read_text(encoding="utf-8"))
        needed = {str(row["agency"]) for row in told.get("records", [])}
        if lacking := sorted(needed - set(agencies)):
            raise RequestError(f"scenario {number} needs {', '.join(lacking)}; add it to agencies in the rates")
        _Stage(planted, f"S{number:02d}", told).play()
    return planted


class _Stage:
    """One scenario on its way into the tables."""

    def __init__(self, planted: Planted, name: str, told: dict[str, Any]) -> None:
        self.planted, self.name, self.told = planted, name, told
        self.ids: dict[tuple[str, str], str] = {}
        self.words: dict[tuple[str, str], int] = {}
        self.who: dict[tuple[str, str], str] = {}
        self.said: set[frozenset[str]] = set()

    def play(self) -> None:
        for who in self.told.get("person", {}):
            self._person(who)
        for row in self.told.get("records", []):
            self._record(row)
        for row in self.told.get("ties", []):
            self._tie(row)
        for number, row in enumerate(self.told.get("events", []), start=1):
            self._event(number, row)
        self._relations()
        for row in self.told.get("consents", []):
            self._consent(row)
        for row in self.told.get("must_not_link", []):
            self._must_not_link(row)
        for row in self.told.get("sources", []):
            self._source(row)

    def true(self, who: str) -> str:
        return f"{self.name}-{who}"

    def _person(self, who: str) -> None:
        told = self.told["person"][who]
        born = told.get("born")
        self.planted.persons.append(
            {
                "person": self.true(who),
                "family": self.name + told.get("family", ""),
                "date_of_birth": born.isoformat() if born else None,
                "culture": told.get("culture", "english"),
                "mover": "yes" if told.get("mover") else "no",
                "twin": "yes" if told.get("twin") else "no",
            }
        )

    def _record(self, row: dict[str, Any]) -> None:
        agency, who = row["agency"], row["who"]
        columns = agency_table()[agency]["people"]
        person = self.told["person"][who]
        given = {"date_of_birth": person.get("born"), **{k: v for k, v in person.items() if k not in OF_PERSON}}
        given |= {key: value for key, value in row.items() if key not in NOT_GIVEN}
        record_id = f"{self.name}-{len(self.ids) + 1:02d}"
        self.ids[agency, row.get("key", who)] = record_id
        self.who[agency, row.get("key", who)] = who
        stray = [key for key in row if key not in NOT_GIVEN and key not in columns]
        if stray:
            raise RequestError(f"scenario {self.name}: {agency} has no column {stray[0]!r}; see agencies.toml")
        out: dict[str, Any] = {key: value for key, value in given.items() if key in columns and value != ""}
        if "sex" in columns:
            out["sex"] = SEXES[str(given.get("sex", "U"))]
        out["record_id"] = record_id
        if "recorded_on" in columns:
            out.setdefault("recorded_on", dt.date(2026, 5, 1))
        if "restricted" in columns:
            out.setdefault("restricted", "no")
        if "nhs_number_verified" in columns and out.get("nhs_number"):
            out.setdefault("nhs_number_verified", "yes")
        self.planted.people.setdefault(agency, []).append(out)
        self.planted.records.append({"agency": agency, "record_id": record_id, "person": self.true(who)})

    def _id(self, agency: str, key: str) -> str:
        try:
            return self.ids[agency, key]
        except KeyError:
            raise RequestError(f"scenario {self.name}: {agency} has no record of {key!r}") from None

    def _tie(self, row: dict[str, Any]) -> None:
        agency = row["agency"]
        of = self._id(agency, row["of"])
        out: dict[str, Any] = {"record_id": of, "relationship": row["is"]}
        out |= {key: row[key] for key in ("start", "end", "parental_responsibility", "lives_with") if key in row}
        if "named" in row:
            n = self.words[agency, of] = self.words.get((agency, of), 0) + 1
            person = self.told["person"].get(row["named"], {})
            for field_ in ("forename", "surname", "sex", "address", "postcode", "phone", "date_of_birth"):
                value = row.get(field_, person.get(field_) if field_ in ("forename", "surname", "sex") else None)
                if value:
                    out[f"related_{field_}"] = value
            self.planted.records.append({"agency": agency, "record_id": f"{of}~{n}", "person": self.true(row["named"])})
            other = row["named"]
        else:
            out["related_record_id"] = self._id(agency, row["to"])
            other = self.who[agency, row["to"]]
        self.said.add(frozenset((self.who[agency, row["of"]], other)))
        self.planted.ties.setdefault(agency, []).append(out)

    def _event(self, number: int, row: dict[str, Any]) -> None:
        agency = row["agency"]
        event_id = f"{self.name}-E{number:02d}"
        others = [f"{role}:{self._id(agency, key)}" for role, key in row.get("others", {}).items()]
        out = {key: value for key, value in row.items() if key not in ("agency", "about", "incident", "others", "date")}
        date = row["date"]
        out |= {"event_id": event_id, "record_id": self._id(agency, row["about"])}
        out["date"] = date.isoformat() if isinstance(date, dt.date) else str(date)
        if others:
            out["others"] = ";".join(others)
        self.planted.events.setdefault(agency, []).append(out)
        incident = row.get("incident", f"E{number:02d}")
        self.planted.incidents.append(
            {"agency": agency, "event_id": event_id, "incident": f"{self.name}-{incident}", "role": "same event"}
        )

    def _relations(self) -> None:
        people = self.told.get("person", {})
        found: dict[tuple[str, str, str], dict[str, Any]] = {}

        def add(of: str, to: str, kind: str, qualifier: str = "", start: Any = None, end: Any = None) -> None:
            for one, other, word in ((of, to, kind), (to, of, INVERSE[kind])):
                found.setdefault(
                    (one, other, word),
                    {
                        "person": self.true(one), "relative": self.true(other), "relationship": word,
                        "qualifier": qualifier, "start": start, "end": end,
                        "stated": "yes" if frozenset((of, to)) in self.said else "no",
                    },
                )  # fmt: skip

        for who, told in people.items():
            for side, way in (("mother", "maternal"), ("father", "paternal")):
                parent = told.get(side)
                if parent:
                    add(who, parent, "parent", "birth")
                    for grand in ("mother", "father"):
                        if people[parent].get(grand):
                            add(who, people[parent][grand], "grandparent", way)
        names = list(people)
        for place, one in enumerate(names):
            for other in names[place + 1 :]:
                qualifier = _sibling(people[one], people[other])
                if qualifier is not None:
                    add(one, other, "sibling", qualifier)
        for row in self.told.get("relations", []):
            add(row["of"], row["to"], row["is"], row.get("qualifier", ""), row.get("start"), row.get("end"))
        self.planted.relations += found.values()

    def _consent(self, row: dict[str, Any]) -> None:
        agency = row["agency"]
        by = row.get("by", row["of"])
        self.planted.consents.append(
            {
                "agency": agency, "record_id": self._id(agency, row["of"]), "holder": row["holder"],
                "purpose": row.get("purpose", ""), "decision": row["decision"], "decided_on": row["decided_on"],
                "by_agency": agency, "by_record_id": self._id(agency, by), "capacity": row.get("capacity", "self"),
                "reason": row.get("reason", ""), "override_basis": "", "override_by": "",
            }
        )  # fmt: skip

    def _must_not_link(self, row: dict[str, Any]) -> None:
        (left, one), (right, other) = (str(row[side]).split("/") for side in ("left", "right"))
        self.planted.must_not_link.append(
            {
                "agency_left": left, "record_id_left": self._id(left, one),
                "agency_right": right, "record_id_right": self._id(right, other),
                "reason": row["reason"], "ask": row["ask"],
            }
        )  # fmt: skip

    def _source(self, row: dict[str, Any]) -> None:
        self.planted.sources.append({key: str(row[key]) for key in ("agency", "holder", "people")})
        rows = [line.split(",") for line in str(row["people"]).strip().splitlines()]
        place = rows[0].index("record_id")
        for number, cells in enumerate(rows[1:], start=1):
            same = row.get("same_person") == "yes"
            who = str(row["agency"]) if same else f"{row['agency']}{number}"
            self.planted.records.append({"agency": row["agency"], "record_id": cells[place], "person": self.true(who)})
            if same and number > 1:
                continue
            self.planted.persons.append(
                {
                    "person": self.true(who), "family": f"{self.name}{who}", "date_of_birth": None,
                    "culture": "english", "mover": "no", "twin": "no",
                }
            )  # fmt: skip


def _sibling(one: dict[str, Any], other: dict[str, Any]) -> str | None:
    """How two people are siblings: twin, full, half; None where they share no parent."""
    mother = bool(one.get("mother")) and one.get("mother") == other.get("mother")
    father = bool(one.get("father")) and one.get("father") == other.get("father")
    if not mother and not father:
        return None
    if one.get("twin") and other.get("twin") and one.get("born") == other.get("born"):
        return "twin"
    if mother and father:
        return "full"
    unsure = (
        not (one.get("father") or other.get("father")) if mother else not (one.get("mother") or other.get("mother"))
    )
    return "" if unsure else ("half maternal" if mother else "half paternal")


def with_planted(frame: pl.DataFrame, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """A table with planted rows after its own."""
    if not rows:
        return frame
    schema = {
        name: frame.schema.get(name, pl.String())
        for name in dict.fromkeys([*frame.columns, *(k for r in rows for k in r)])
    }
    made = pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)
    return pl.concat([frame, made], how="diagonal")
