"""PED files and kinship tables in: one row a person with father and mother."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from famlink.errors import GenogramError
from famlink.genogram.contradictions import marked
from famlink.genogram.family import Family, ParentLink, Person, Union

_NONE = {"", "0", "NA", "na", ".", "-9", "nan", "None"}
_MALE, _FEMALE = {"1", "m", "male", "man"}, {"2", "f", "female", "woman"}
_HEADS = {
    "family": ("famid", "family", "fid", "ped", "pedigree", "family_id", "kindred"),
    "id": ("id", "iid", "indid", "person", "person_id", "individual", "subject"),
    "father": ("dadid", "father", "fatherid", "father_id", "pat", "fa", "sire", "paternal_id"),
    "mother": ("momid", "mother", "motherid", "mother_id", "mat", "mo", "dam", "maternal_id"),
    "sex": ("sex", "gender"),
    "status": ("status", "vitalstatus", "dead", "deceased"),
    "name": ("name", "label"),
}
_LEAST = 5


def read_pedigree(path: Path) -> Family:
    """Read a PED file (family, id, father, mother, sex; no header) or a table with a header that names those columns.

    Args:
        path: text split by tabs, commas, semicolons or spaces. Sex is 1 or 2, M or F; 0, NA or nothing is "not recorded".

    Returns:
        a checked family; a father or mother who has no row of their own becomes a person of that id.

    Raises:
        GenogramError: the file cannot be read, or has no column for the person's id.

    Source:
        PLINK 1.9 .fam and .ped; kinship2 (Sinnwell, Therneau and Schaid 2014) column names.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        raise GenogramError(f"{Path(path).name}: the file cannot be read; check the path and its permissions") from None
    rows = _rows(text)
    if not rows:
        raise GenogramError(f"{Path(path).name}: the file holds no row; expected one row a person")
    return marked(_family(rows, Path(path).stem))


def _rows(text: str) -> list[dict[str, str]]:
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("##")]
    if not lines:
        return []
    first = lines[0].lstrip("#")
    mark = next((m for m in ("\t", ",", ";") if m in first), None)
    split = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=mark)) if mark else [ln.split() for ln in lines]
    heads = [cell.strip().strip("#").strip('"').lower() for cell in split[0]]
    names = {field: next((h for h in heads if h in known), None) for field, known in _HEADS.items()}
    if names["id"] is not None and (names["father"] is not None or names["mother"] is not None):
        place = {field: heads.index(head) for field, head in names.items() if head is not None}
        body = split[1:]
    elif len(split[0]) >= _LEAST:
        place, body = {"family": 0, "id": 1, "father": 2, "mother": 3, "sex": 4}, split
    else:
        raise GenogramError(
            "the pedigree table: expected the columns id, father, mother and sex, or a PED file of at least five columns; "
            f"found {len(heads)} columns without those names"
        )
    return [
        {field: row[i].strip() if i < len(row) else "" for field, i in place.items()}
        for row in body
        if any(cell.strip() for cell in row)
    ]


def _family(rows: list[dict[str, str]], title: str) -> Family:
    several = len({row.get("family", "") for row in rows}) > 1
    people: dict[str, Person] = {}
    unions: dict[tuple[str, ...], None] = {}
    children: dict[tuple[str, tuple[str, ...]], None] = {}
    repeats = 0

    def known(row: dict[str, str], field: str) -> str | None:
        value = row.get(field, "")
        if value in _NONE:
            return None
        return f"{row.get('family', '')}:{value}" if several else value

    for row in rows:
        person = known(row, "id")
        if person is None:
            continue
        sex = row.get("sex", "").lower()
        word = "male" if sex in _MALE else "female" if sex in _FEMALE else None
        repeats += person in people
        dead = row.get("status", "").lower() in {"1", "yes", "dead", "deceased", "true"}
        people.setdefault(person, Person(person, name=row.get("name") or row["id"], sex=word, deceased=dead))
    for row in rows:
        person, parents = known(row, "id"), (known(row, "father"), known(row, "mother"))
        named = tuple(dict.fromkeys(p for p in parents if p))
        if person is None or not named:
            continue
        for parent, sex in zip(parents, ("male", "female"), strict=True):
            if parent is not None and parent not in people:
                people[parent] = Person(parent, name=parent.split(":")[-1], sex=sex)
        unions[named] = None
        children[person, named] = None
    notices = (f"{repeats} rows repeat a person: the first was kept.",) if repeats else ()
    return Family(
        tuple(people.values()),
        tuple(Union(_union_id(key), key) for key in unions),
        tuple(ParentLink(child, _union_id(key)) for child, key in children),
        title=title,
        notices=notices,
    ).checked()


def _union_id(partners: tuple[str, ...]) -> str:
    """An id that no person of the file has, a lone parent's union included."""
    return f"union of {' and '.join(partners)}"
