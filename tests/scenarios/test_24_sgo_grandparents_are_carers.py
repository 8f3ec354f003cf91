"""Scenario 24, the family side: special guardians who are grandparents, birth parents separated: every tie of its own kind."""

import datetime as dt

from famlink.family.relations import relate
from famlink.tables import PEOPLE, STANDARDISED, TIES

ORDER = dt.date(2024, 3, 12)


def test_grandmother_and_guardian_are_two_relations_and_no_contradiction():
    names = ("kim", "ann", "bob", "nan")
    people = PEOPLE.frame(
        [{"agency": "csc", "record_id": p, "person_id": p, "probability": 1.0, "origin": "given"} for p in names]
    )
    said = [
        ("kim", "ann", "Birth mother", None, None), ("kim", "bob", "Birth father", None, None), ("ann", "nan", "Mother", None, None),
        ("kim", "nan", "Special Guardian", ORDER, None), ("kim", "nan", "Maternal grandmother", None, None),
        ("ann", "bob", "Ex partner", None, dt.date(2022, 1, 1)),
    ]  # fmt: skip
    ties = TIES.frame([
        {"agency": "csc", "record_id": a, "relative_record_id": b, "relationship": w, "start": s, "end": e, "file": "f", "file_row": n,
         "parental_responsibility": True if w == "Special Guardian" else None}
        for n, (a, b, w, s, e) in enumerate(said, 1)
    ])  # fmt: skip
    relations = relate(people, ties, STANDARDISED.empty())
    of_kim = {
        (r["relative_id"], r["relationship"], r["qualifier"]): r
        for r in relations.iter_rows(named=True)
        if r["person_id"] == "kim"
    }
    assert set(of_kim) == {
        ("ann", "parent", "birth"), ("bob", "parent", "birth"), ("nan", "special guardian", ""), ("nan", "grandparent", "maternal"),
    }  # fmt: skip
    assert of_kim["nan", "special guardian", ""]["start"] == ORDER
    assert of_kim["nan", "special guardian", ""]["parental_responsibility"] is True
    assert of_kim["ann", "parent", "birth"]["parental_responsibility"] is None
    assert relations["conflict"].null_count() == relations.height
    assert not [r for r in relations.iter_rows(named=True) if r["relationship"] == "partner"], (
        "separated parents are not derived as partners"
    )
