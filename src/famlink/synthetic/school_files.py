"""Schools' records as the Common Transfer File and as school census tables: a pupil is known by the UPN."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from famlink.synthetic.exports import FULL_DAY, NO_NAMED, Export, Tables, element, with_columns_of, write_text
from famlink.synthetic.files import in_their_words, write_table
from famlink.synthetic.identifiers import UPN_LETTERS

AGENCY = "education"
TRANSFER = "education_ctf.xml"
CENSUS = "education_census"
LOG = ("education_log_people.csv", "education_log_events.csv")
SEXES = ("F", "M", "U")
JOINED, EXCLUDED = "Enrolled", "Fixed-period exclusion"

_PERSON = (
    *("forename", "middle_names", "surname", "former_surnames", "date_of_birth", "ethnicity", "former_upn", "uln"),
    *("uprn", "address", "postcode"),
)
_TIE = (
    *("related_forename", "related_surname", "related_sex", "related_address", "related_postcode", "related_phone"),
    "parental_responsibility",
)
_PUPIL_COLUMNS = {
    "upn": "record_id",
    "formerupn": "former_upn",
    "uniquelearnernumber": "uln",
    "surname": "surname",
    "forename": "forename",
    "middlenames": "middle_names",
    "formersurname": "former_surnames",
    "dob": "date_of_birth",
    "sex": "sex",
    "ethnicity": "ethnicity",
}


def export(tables: Tables, to: Path, *, formats: Sequence[str]) -> Export:
    """Write the records.

    A pupil without a UPN, and the second record of a pupil who has one, gets a temporary UPN, as a school gives one.
    What neither format can hold (notes, warnings, certificates, days nobody knows for sure) is a log of its own, as
    schools keep one, beside them.

    Args:
        tables: the agency's rows.
        to: the world's folder.
        formats: ctf, school-census or both.

    Returns:
        what was written.
    """
    people = with_columns_of(tables.people, *_PERSON, "upn")
    renamed = pupil_numbers(people["record_id"].to_list(), people["upn"].to_list())
    people, ties, events = (
        frame.with_columns(pl.col("record_id").replace(renamed))
        for frame in (people, with_columns_of(tables.relationships, *_TIE), with_columns_of(tables.events, "end_date"))
    )
    certain = events["date"].str.contains(FULL_DAY)
    place = pl.int_range(1, pl.len() + 1)
    sources: list[dict[str, Any]] = []
    files: list[str] = []
    told: list[pl.DataFrame] = []
    kinds = {"ctf": JOINED, "school-census": EXCLUDED}
    for name in formats:
        mine = events.filter(certain & (pl.col("category") == kinds[name]))
        if name == "ctf":
            order = {who: number for number, who in enumerate(people["record_id"])}
            at = pl.col("record_id").replace_strict(order, return_dtype=pl.Int64)
            mine = mine.sort(at, maintain_order=True)
            write_text(to / TRANSFER, _transfer(people, ties, mine))
            sources.append({"format": "ctf", "files": TRANSFER})
            files.append(TRANSFER)
            told.append(mine.select("event_id", told_as=pl.format(TRANSFER + ":{}", place)))
        else:
            files += _census(people, mine, to)
            sources.append({"format": "school-census", "files": CENSUS})
            told.append(mine.select("event_id", told_as=pl.format(f"{CENSUS}/exclusions.csv:{{}}", place)))
    held = certain & events["category"].is_in([kinds[name] for name in formats])
    rest = events.filter(~held)
    if rest.height:
        sources.append(_log(people, rest, to))
        files += LOG
        told.append(rest.select("event_id", told_as="event_id"))
    named = None if "ctf" in formats else NO_NAMED
    relationships = ties.height if "ctf" in formats else 0
    return Export(sources, files, pl.concat(told), named, relationships, renamed)


def pupil_numbers(record_ids: Sequence[str], upns: Sequence[str | None]) -> dict[str, str]:
    """The UPN each record is known by: its own, or a temporary one where it has none or another record has it.

    Example:
        >>> pupil_numbers(["S1", "S2", "S3"], ["H801200001001", None, "H801200001001"])["S1"]
        'H801200001001'
    """
    taken: set[str] = set()
    out: dict[str, str] = {}
    for record_id, upn in zip(record_ids, upns, strict=True):
        if upn and upn not in taken:
            out[record_id] = upn
        else:
            turn = 0
            while (made := temporary_upn(f"{record_id}/{turn}")) in taken:
                turn += 1
            out[record_id] = made
        taken.add(out[record_id])
    return out


def temporary_upn(seed: str) -> str:
    """A temporary UPN, which ends in a letter.

    Example:
        >>> number = temporary_upn("S000001/0")
        >>> len(number), number[-1].isalpha(), number[1:4]
        (13, True, '000')

    Source: DfE UPN guide: weights 2 to 13 over the twelve characters after the check letter, modulus 23.
    """
    drawn = int.from_bytes(hashlib.blake2b(seed.encode(), digest_size=8).digest(), "big")
    digits = f"000{drawn % 10**8:08d}"
    last = drawn // 10**8 % len(UPN_LETTERS)
    total = sum(int(digit) * weight for weight, digit in enumerate(digits, start=2)) + last * 13
    return UPN_LETTERS[total % 23] + digits + UPN_LETTERS[last]


def _census(people: pl.DataFrame, exclusions: pl.DataFrame, to: Path) -> list[str]:
    folder = to / CENSUS
    folder.mkdir(parents=True, exist_ok=True)
    sexes = pl.Series(list(SEXES)).gather(people["sex"])
    pupils = people.with_columns(
        sex=sexes, date_of_birth=pl.col("date_of_birth").str.to_date().dt.strftime("%Y-%b-%d 00:00:00")
    )
    homes = people.filter(pl.any_horizontal(pl.col("address", "postcode", "uprn").is_not_null()))
    frames = {
        "pupils": pupils.select(pl.col(ours).alias(own) for own, ours in _PUPIL_COLUMNS.items()),
        "addresses": homes.select(
            upn="record_id", uniquepropertyreferencenumber="uprn", street="address", postcode="postcode"
        ),
        "exclusions": exclusions.select(
            upn="record_id", exclusioncategory=pl.lit("SUSP"), exclusionstartdate="date", exclusionreason="description"
        ),
    }
    for name, frame in frames.items():
        write_table(frame, folder / f"{name}.csv")
    return [f"{CENSUS}/{name}.csv" for name in frames]


def _log(people: pl.DataFrame, events: pl.DataFrame, to: Path) -> dict[str, Any]:
    """Events neither format can hold, as a table of their own beside a list of the pupils they are about."""
    pupils = people.select("record_id").filter(pl.col("record_id").is_in(events["record_id"].implode()))
    write_table(pupils.rename({"record_id": "pupil_ref"}), to / LOG[0])
    write_table(in_their_words(AGENCY, "events", events, kind="csv"), to / LOG[1])
    return {"tables": {"people": LOG[0], "events": LOG[1]}, "columns": {"people": {"record_id": "pupil_ref"}}}


def _transfer(people: pl.DataFrame, ties: pl.DataFrame, joined: pl.DataFrame) -> list[str]:
    contacts: dict[str, list[str]] = {}
    for row in ties.iter_rows(named=True):
        contacts.setdefault(row["record_id"], []).append(_contact(row))
    schools: dict[str, list[str]] = {}
    for row in joined.iter_rows(named=True):
        schools.setdefault(row["record_id"], []).append(f"<School>{element('EntryDate', row['date'])}</School>")
    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<CTfile>", "<CTFpupilData>"]
    for row in people.iter_rows(named=True):
        who = row["record_id"]
        lines += ["<Pupil>", *_pupil(row)]
        if who in contacts:
            lines += ["<Contacts>", *contacts[who], "</Contacts>"]
        if who in schools:
            lines += ["<SchoolHistory>", *schools[who], "</SchoolHistory>"]
        lines.append("</Pupil>")
    return [*lines, "</CTFpupilData>", "</CTfile>"]


def _pupil(row: dict[str, str | None]) -> list[str]:
    home = element("AddressLine1", row["address"]) + element("PostCode", row["postcode"])
    home += element("UniquePropertyReferenceNumber", row["uprn"])
    basic = element("FormerUPN", row["former_upn"]) + element("MiddleNames", row["middle_names"])
    basic += element("FormerSurname", row["former_surnames"]) + element("Ethnicity", row["ethnicity"])
    return [
        element("UPN", row["record_id"]) + element("UniqueLearnerNumber", row["uln"]),
        element("Surname", row["surname"]) + element("Forename", row["forename"]),
        element("DOB", row["date_of_birth"]) + element("Sex", SEXES[int(row["sex"] or 0)]),
        f"<BasicDetails>{basic}</BasicDetails>",
        f"<Address>{home}</Address>",
    ]


def _contact(row: dict[str, str | None]) -> str:
    home = element("AddressLine1", row["related_address"]) + element("PostCode", row["related_postcode"])
    phone = element("PhoneNo", row["related_phone"])
    parts = [
        element("Surname", row["related_surname"]),
        element("Forename", row["related_forename"]),
        element("Sex", row["related_sex"]),
        element("Relationship", row["relationship"]),
        element("Responsibility", row["parental_responsibility"]),
        f"<Address>{home}</Address>" if home else "",
        f"<Phones><Phone>{phone}</Phone></Phones>" if phone else "",
    ]
    return f"<Contact>{''.join(parts)}</Contact>"
