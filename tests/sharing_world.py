"""A small made-up world for tests of the gate: agencies' rows in plain words, turned into evidence."""

from __future__ import annotations

import datetime as dt
import random
import re
from dataclasses import replace
from typing import Any

import polars as pl

from famlink import tables
from famlink.incidents.evidence import Weights
from famlink.odds import weight_of_probability
from famlink.sharing.gate import Evidence
from famlink.sharing.released import Agency, Request

AS_AT = dt.date(2026, 6, 1)
LEARNT = replace(
    Weights(),
    delays=(-6.1, -5.3, -4.4, -3.9, -1.2, 0.0, -5.8),
    company=pl.DataFrame({"strata": ["csc\x1freferral\x1epolice\x1fdomestic abuse"], "bits_company": [0.7]}),
    least=0.97,
    apart=0.99,
    nearest=False,
)
"""Weights of events as a run keeps them: the same whatever is withheld."""

HOLDERS = {
    "csc": "social-care",
    "hub": "early-help",
    "school": "education",
    "police": "police",
    "yot": "justice",
    "asc": "adult-social-care",
    "homes": "housing",
    "gp": "health",
    "clinic": "restricted-health",
    "fire": None,
}


class World:
    """Rows said one by one; ``evidence()`` gives what the pipeline would."""

    def __init__(self) -> None:
        self.people: list[dict[str, Any]] = []
        self.raw: list[dict[str, Any]] = []
        self.clean: list[dict[str, Any]] = []
        self.ties: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.consents: list[dict[str, Any]] = []
        self.apart: list[dict[str, Any]] = []
        self.links: dict[tuple[str, str, str, str], float] = {}
        self.holders = dict(HOLDERS)

    def person(self, name: str, *records: str, born: str | None = None, sex: str | None = None, **fields: Any) -> None:
        """One person known by several records ``agency:id``; ``fields`` are of every record."""
        for record in records:
            self.record(record, name, born=born, sex=sex, **fields)

    def record(
        self,
        record: str,
        person: str,
        *,
        born: str | None = None,
        sex: str | None = None,
        origin: str = "given",
        **fields: Any,
    ) -> None:
        agency, record_id = record.split(":", 1)
        forename, _, surname = person.partition(" ")
        said = {"forename": forename, "surname": surname or None, "date_of_birth": born, "sex": sex, **fields}
        row = len(self.raw) + 1
        self.people.append(
            {
                "agency": agency,
                "record_id": record_id,
                "person_id": f"run-{person}",
                "probability": 0.9,
                "origin": origin,
            }
        )
        place = {"agency": agency, "record_id": record_id, "part": 0, "origin": origin}
        self.raw.append({**place, "file": f"{agency}_people.csv", "file_row": row, **said})
        self.clean.append({**place, **_cleaned(said)})

    def tie(self, record: str, relationship: str, other: str, **fields: Any) -> None:
        agency, record_id = record.split(":", 1)
        self.ties.append(
            {
                "agency": agency,
                "record_id": record_id,
                "relative_record_id": other.split(":", 1)[-1],
                "relationship": relationship,
                "file": f"{agency}_relationships.csv",
                "file_row": len(self.ties) + 1,
                **fields,
            }
        )

    def event(
        self, record: str, event_id: str, date: str, category: str, description: str | None = None, **fields: Any
    ) -> None:
        agency, record_id = record.split(":", 1)
        day = dt.date.fromisoformat(date)
        self.events.append(
            {
                "agency": agency,
                "event_id": event_id,
                "record_id": record_id,
                "date": day,
                "latest": day,
                "precision": "day",
                "date_text": date,
                "category": category,
                "description": description,
                "file": f"{agency}_events.csv",
                "file_row": len(self.events) + 1,
                **fields,
            }
        )

    def consent(self, record: str, holder: str, decision: str, on: str, by: str | None = None, **fields: Any) -> None:
        agency, record_id = record.split(":", 1)
        by_agency, _, by_record = (by or "").partition(":")
        self.consents.append(
            {
                "agency": agency,
                "record_id": record_id,
                "holder": holder,
                "decision": decision,
                "decided_on": dt.date.fromisoformat(on),
                "by_agency": by_agency or None,
                "by_record_id": by_record or None,
                "capacity": "parental-responsibility" if by else "self",
                **fields,
            }
        )

    def keep_apart(self, left: str, right: str, ask: str = "adoption team") -> None:
        (one, a), (other, b) = left.split(":", 1), right.split(":", 1)
        self.apart.append(
            {
                "agency_left": one,
                "record_id_left": a,
                "agency_right": other,
                "record_id_right": b,
                "reason": "adoption",
                "ask": ask,
            }
        )

    def link(self, left: str, right: str, probability: float) -> None:
        first, second = sorted((left, right))
        self.links[(*first.split(":", 1), *second.split(":", 1))] = probability  # type: ignore[index]

    def evidence(self, **changes: Any) -> Evidence:
        people = tables.PEOPLE.frame(sorted(self.people, key=lambda row: (row["agency"], row["record_id"])))
        agencies = sorted({row["agency"] for row in self.people})
        raw = tables.RECORDS.conform(_frame(self.raw, tables.RECORDS))
        clean = tables.STANDARDISED.conform(_frame(self.clean, tables.STANDARDISED))
        ties = tables.TIES.frame(self.ties)
        from famlink.family.relations import relate

        made = {
            "people": people,
            "links": self._links(),
            "ties": ties,
            "events": tables.EVENTS.frame(self.events),
            "records": raw,
            "standardised": clean,
            "reasons": tables.REASONS.empty(),
            "relations": relate(people, ties, clean),
            "consents": tables.CONSENTS.frame(self.consents),
            "must_not_link": tables.MUST_NOT_LINK.frame(self.apart),
            "sources": tuple(Agency(agency, self.holders.get(agency), f"{agency} system") for agency in agencies),
            "hub": "Northshire",
            "as_at": AS_AT,
            "synthetic": False,
            "weights": LEARNT,
        }
        return Evidence(**{**made, **changes})

    def _links(self) -> pl.DataFrame:
        by_person: dict[str, list[tuple[str, str]]] = {}
        for row in self.people:
            by_person.setdefault(row["person_id"], []).append((row["agency"], row["record_id"]))
        rows = []
        for keys in by_person.values():
            for place, left in enumerate(sorted(keys)):
                for right in sorted(keys)[place + 1 :]:
                    probability = self.links.get((*left, *right), 0.99)
                    rows.append(
                        {
                            "agency_left": left[0],
                            "record_id_left": left[1],
                            "agency_right": right[0],
                            "record_id_right": right[1],
                            "match_weight": weight_of_probability(probability),
                            "unadjusted_weight": 12.0,
                            "match_probability": probability,
                            "verdict": "match",
                        }
                    )
        return tables.LINKS.frame(rows)


def request(*subjects: str, basis: str = "s47", **fields: Any) -> Request:
    keys = tuple(tuple(subject.split(":", 1)) for subject in subjects)
    return Request(subjects=keys, basis=basis, requested_on=fields.pop("requested_on", AS_AT), **fields)  # type: ignore[arg-type]


def released_text(released: Any) -> str:
    """Every byte of every released table, as one text."""
    frames = ("people", "statements", "relations", "households", "events", "existence", "withheld")
    parts = [getattr(released, name).write_json() for name in frames]
    parts += [" ".join(released.notices), " ".join(released.subjects), " ".join(released.protected)]
    parts += [f"{a.agency} {a.holder} {a.system}" for a in released.agencies]
    return "\n".join(parts)


def names(released: Any) -> set[str]:
    """Names of the released people."""
    return {portrait.name for portrait in released.portraits().values()}


def _frame(rows: list[dict[str, Any]], table: tables.Table) -> pl.DataFrame:
    extra = sorted({name for row in rows for name in row if name.startswith("extra.")})
    schema = {**table.schema, **dict.fromkeys(extra, pl.String())}
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def _cleaned(said: dict[str, Any]) -> dict[str, Any]:
    clean: dict[str, Any] = {}
    for name, value in said.items():
        if value is None:
            continue
        if name.startswith("extra."):
            clean[name] = value
        elif name in (
            "date_of_birth",
            "expected_date_of_birth",
            "date_of_death",
            "address_from",
            "address_to",
            "recorded_on",
        ):
            clean[name] = dt.date.fromisoformat(value)
        elif name in ("former_surnames", "aliases", "former_nhs_number", "former_upn"):
            clean[name] = [part.strip().lower() for part in value.split(";")]
        elif name == "phone":
            clean["phones"] = [re.sub(r"\D", "", part) for part in value.split(";")]
            clean["phone"] = clean["phones"][0]
        elif name == "address":
            found = re.match(r"(?:flat \d+ )?(\d+\w?) ([A-Za-z ]+)", value)
            clean["address"] = value.lower()
            if found:
                clean["house_number"], clean["street"] = found.group(1), found.group(2).lower()
        elif name == "postcode":
            clean.update(postcode=value, outcode=value.split()[0], sector=value[:-2])
        else:
            clean[name] = value.lower()
    if "date_of_birth" in clean:
        clean["date_of_birth_precision"] = "day"
    return clean


WORDS = ("contact", "s47 enquiry", "assault", "sexual health clinic", "keeps the goldfish", "tenancy started",
         "rent arrears", "health contact", "referral", "child protection plan")  # fmt: skip
RELATIONSHIPS = ("mother", "father", "sibling", "partner", "grandmother", "foster carer", "aunt")
BASES = ("early-help", "s17", "s47", "s42-adult")


def random_world(
    seed: int, *, homes: bool = True, place: int = 0, apart: bool = True, into: World | None = None
) -> tuple[World, Request]:
    """A world of a few people, known to agencies at random, every value and text with a canary of its own.

    ``place`` tells the ids, names and postcodes of one family from those of others that go ``into`` the same world;
    ``apart``: whether some of them may be on the must-not-link list.
    """
    dice = random.Random(seed)
    world = World() if into is None else into
    tag = f"q{place}" if place else ""
    agencies = list(HOLDERS)
    people = dice.randint(2, 7)
    known: dict[int, list[str]] = {}
    places = [f"{dice.randint(1, 99)} {word} Road" for word in ("Alder", "Beech", "Cedar")]
    for number in range(people):
        born = f"{dice.choice((1960, 1985, 1990, 2012, 2019))}-0{dice.randint(1, 9)}-1{dice.randint(0, 9)}"
        chosen = dice.sample(agencies, dice.randint(1, 4))
        if number == 0 and "csc" not in chosen:
            chosen.append("csc")
        known[number] = [f"{agency}:{agency}{number}00{order}{tag}" for order, agency in enumerate(chosen)]
        for record in known[number]:
            mark = record.replace(":", "")
            world.record(
                record,
                f"Person{number} Family{number}{tag}",
                born=born,
                address=(f"{dice.choice(places)}{dice.choice(('', f' CANARYHOME{mark}'))}") if homes else None,
                postcode=f"AB{place + 1} 2CD" if homes else None,
                phone=f"0770090{number}{dice.randint(100, 999)}",
                aliases=f"Alias{number} CANARYALIAS{mark}",
                **{"extra.note": f"CANARYEXTRA{mark}"},
            )
    for record in [record for records in known.values() for record in records]:
        agency, record_id = record.split(":")
        mates = [
            other
            for records in known.values()
            for other in records
            if other.startswith(f"{agency}:") and other != record
        ]
        if mates and dice.random() < 0.7:
            world.tie(
                record, dice.choice(RELATIONSHIPS), dice.choice(mates), lives_with=dice.choice((None, True, False))
            )
        for turn in range(dice.randint(0, 2)):
            mark = f"{agency}{record_id}x{turn}"
            day = f"{dice.choice((2012, 2019, 2025, 2026))}-0{dice.randint(1, 5)}-11"
            others = [f"other:{dice.choice(mates).split(':')[1]}"] if mates and dice.random() < 0.5 else None
            world.event(record, f"EV-{mark}", day, dice.choice(WORDS), f"CANARYTEXT{mark}", others=others,
                        reference=f"REF/{mark}", sensitivity=dice.choice((None, None, "confidential", "x")))  # fmt: skip
    for records in known.values():
        for left in records:
            for right in records:
                if left < right and dice.random() < 0.3:
                    world.link(left, right, dice.choice((0.02, 0.6, 0.97)))
    # Agreements are recorded against social care's own records, which are open on every basis: a line about a record that
    # a test takes away would itself be taken away.
    asked = [record for records in known.values() for record in records if record.startswith("csc:")]
    for _ in range(dice.randint(0, 5)):
        record = dice.choice(asked)
        decision = dice.choice(("given", "given", "refused", "withdrawn", "not-sought", "overridden"))
        by = dice.choice((None, dice.choice(asked)))
        holder = dice.choice(("*", *(holder for holder in HOLDERS.values() if holder)))
        world.consent(record, holder, decision, f"2026-0{dice.randint(1, 5)}-01", by=by,
                      override_basis="s17" if decision == "overridden" else None,
                      override_by="manager" if decision == "overridden" else None)  # fmt: skip
    if people > 3 and dice.random() < 0.4 and apart:
        world.keep_apart(known[1][0], known[2][0])
    relevance = {holder: "recorded" for holder in HOLDERS.values() if holder and dice.random() < 0.3}
    return world, request(known[0][-1] if dice.random() < 0.2 else next(r for r in known[0] if r.startswith("csc:")),
                          basis=dice.choice(BASES), relevance=relevance)  # fmt: skip


def random_town(seeds: range, *, homes: bool = True, apart: bool = True) -> tuple[World, Request]:
    """Random families side by side, strangers to each other, asked about in one request on the basis of the first."""
    world, asked = World(), []
    for place, seed in enumerate(seeds, start=1):
        asked.append(random_world(seed, homes=homes, place=place, apart=apart, into=world)[1])
    return world, replace(asked[0], subjects=tuple(one.subjects[0] for one in asked))


def without(evidence: Evidence, records: set[tuple[str, str]], events: set[tuple[str, str]]) -> Evidence:
    """The same evidence as if some records, and some events, had never been."""

    def keep(frame: pl.DataFrame, agency: str = "agency", record: str = "record_id") -> pl.DataFrame:
        gone = [(a, r) in records for a, r in frame.select(agency, record).iter_rows()]
        return frame.filter(~pl.Series(gone, dtype=pl.Boolean))

    kept = keep(evidence.events)
    gone = [(a, e) in events for a, e in kept.select("agency", "event_id").iter_rows()]
    return replace(
        evidence,
        people=keep(evidence.people),
        records=keep(evidence.records),
        standardised=keep(evidence.standardised),
        links=keep(keep(evidence.links, "agency_left", "record_id_left"), "agency_right", "record_id_right"),
        ties=keep(keep(evidence.ties), "agency", "relative_record_id"),
        events=kept.filter(~pl.Series(gone, dtype=pl.Boolean)),
    )
