"""FHIR and the Common Transfer File: people with those beside them in words, and what happened to them."""

import json

import pytest

from famlink.errors import SourceError
from famlink.extracts.profiles import formats
from famlink.extracts.reading import read_sources
from famlink.spec import Hub, Source

UPRN = {
    "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-AddressKey",
    "extension": [
        {"url": "type", "valueCoding": {"code": "UPRN"}},
        {"url": "value", "valueString": "100012"},
    ],
}
VERIFIED = {"url": "x-NHSNumberVerificationStatus", "valueCodeableConcept": {"coding": [{"code": "01"}]}}
PATIENT = {
    "resourceType": "Patient",
    "id": "7",
    "meta": {"lastUpdated": "2024-05-01T10:00:00Z", "security": [{"code": "R"}]},
    "identifier": [
        {"system": "https://example.org/mrn", "value": "M1"},
        {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9434765919", "extension": [VERIFIED]},
    ],
    "name": [
        {"use": "nickname", "given": ["Annie"]},
        {"use": "official", "given": ["Ann", "May"], "family": "Lee"},
        {"use": "old", "family": "Hill", "period": {"end": "2020-01-01"}},
    ],
    "birthDate": "2012-05",
    "gender": "female",
    "address": [
        {
            "use": "home",
            "line": ["4 Old Road"],
            "postalCode": "NO1 1AA",
            "period": {"start": "2012", "end": "2018-03-02"},
        },
        {"use": "home", "line": ["9 New Lane"], "city": "Northtown", "postalCode": "NO2 2BB", "extension": [UPRN]},
    ],
    "telecom": [{"system": "phone", "value": "07700 900001"}, {"system": "email", "value": "a@example.org"}],
    "contact": [
        {
            "relationship": [{"coding": [{"code": "MTH", "display": "mother"}]}],
            "name": {"text": "Mary Lee"},
            "telecom": [{"system": "phone", "value": "07700 900002"}],
        }
    ],
}
RELATED = {
    "resourceType": "RelatedPerson",
    "id": "r1",
    "patient": {"reference": "urn:uuid:a"},
    "relationship": [{"text": "father"}],
    "name": [{"given": ["Tom"], "family": "Hill"}],
    "birthDate": "1984-01-02",
}
ENCOUNTER = {
    "resourceType": "Encounter",
    "id": "e1",
    "status": "finished",
    "class": {"code": "EMER", "display": "emergency"},
    "type": [{"coding": [{"display": "A&E attendance"}]}],
    "subject": {"reference": "Patient/7/_history/2"},
    "period": {"start": "2024-03-01T23:40:00Z", "end": "2024-03-02"},
    "reasonCode": [{"text": "bruising"}],
}
FLAG = {
    "resourceType": "Flag",
    "id": "f1",
    "status": "active",
    "code": {"text": "Child protection plan"},
    "subject": {"reference": "urn:uuid:a"},
    "period": {"start": "2024-03"},
}
EPISODE = {
    "resourceType": "EpisodeOfCare",
    "id": "o1",
    "status": "finished",
    "type": [{"text": "Health visiting"}],
    "patient": {"reference": "Patient/99"},
    "period": {"start": "2024-01-01"},
}


def bundle(*resources):
    entries = [{"fullUrl": "urn:uuid:a", "resource": resources[0]}, *({"resource": item} for item in resources[1:])]
    return json.dumps({"resourceType": "Bundle", "entry": entries})


def read(folder, format, files):  # noqa: A002
    source = Source(agency="acute", format=format, files=files)
    return read_sources(Hub(folder=folder, sources=[source]), allow_rejects=True)


def seen(got):
    return (
        got.records.drop("file", "file_row").sort("record_id", "part").rows(),
        got.ties.drop("file", "file_row").sort("relative_record_id").rows(),
        got.events.drop("file", "file_row").sort("event_id").rows(),
    )


def test_a_bundle_gives_patients_those_beside_them_and_events(tmp_path):
    observation = {"resourceType": "Observation", "id": "x"}
    (tmp_path / "b.json").write_text(
        bundle(PATIENT, RELATED, ENCOUNTER, FLAG, EPISODE, observation, {}), encoding="utf-8"
    )
    got = read(tmp_path, "fhir", "b.json")
    ann = got.records.filter(record_id="7").sort("part").to_dicts()
    first = {
        "forename": "Ann",
        "middle_names": "May",
        "surname": "Lee",
        "former_surnames": "Hill",
        "aliases": "Annie",
        "date_of_birth": "2012-05",
        "gender": "female",
        "nhs_number": "9434765919",
        "nhs_number_verified": "yes",
        "address": "9 New Lane, Northtown",
        "postcode": "NO2 2BB",
        "uprn": "100012",
        "phone": "07700 900001",
        "email": "a@example.org",
        "restricted": "yes",
        "recorded_on": "2024-05-01",
    }
    assert {name: ann[0][name] for name in first} == first
    assert (ann[1]["postcode"], ann[1]["address_from"], ann[1]["address_to"]) == ("NO1 1AA", "2012", "2018-03-02")
    named = got.records.filter(origin="named").sort("record_id").select("forename", "surname", "date_of_birth").rows()
    assert named == [("Mary", "Lee", None), ("Tom", "Hill", "1984-01-02")]
    assert got.ties.select("record_id", "relationship").rows() == [("7", "mother"), ("7", "father")]
    events = (
        got.events.sort("event_id").select("event_id", "date", "precision", "time", "category", "description").rows()
    )
    assert [(one[0], str(one[1]), *one[2:]) for one in events] == [
        ("Encounter/e1", "2024-03-01", "day", "23:40", "A&E attendance", "bruising"),
        ("Flag/f1", "2024-03-01", "month", None, "Child protection plan", None),
    ]
    summary = got.summaries[0]
    assert summary["files"] == [{"file": "b.json", "rows": 7, "rejected": 2, "dateless": 0}]
    assert "1 resources of type Observation are not read" in summary["warnings"]
    assert {row[0] for row in got.rejected.select("reason").rows()} == {
        "not a FHIR resource",
        "names a record the agency did not give",
    }


def test_ndjson_and_a_folder_of_resources_say_the_same_as_a_bundle(tmp_path):
    resources = [PATIENT, {**RELATED, "patient": {"reference": "Patient/7"}}, ENCOUNTER]
    (tmp_path / "b.json").write_text(bundle(*resources), encoding="utf-8")
    (tmp_path / "b.ndjson").write_text("\n".join(map(json.dumps, resources)) + "\n\n", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    for item in resources:
        (tmp_path / "folder" / f"{item['id']}.json").write_text(json.dumps(item), encoding="utf-8")
    whole = seen(read(tmp_path, "fhir", "b.json"))
    assert seen(read(tmp_path, "fhir", "b.ndjson")) == whole
    assert seen(read(tmp_path, "fhir", "folder")) == whole


def test_malformed_json_is_named_by_line_and_never_by_value(tmp_path):
    (tmp_path / "b.json").write_text('{\n"resourceType": "Patient",\n"id": secret}', encoding="utf-8")
    with pytest.raises(SourceError, match=r"b\.json: not JSON at line 3") as error:
        read(tmp_path, "fhir", "b.json")
    assert "secret" not in str(error.value)
    for text in ("[" * 100_000, "[1]", '{"a": 1}'):
        (tmp_path / "b.json").write_text(text, encoding="utf-8")
        with pytest.raises(SourceError, match=r"b\.json"):
            read(tmp_path, "fhir", "b.json")


@pytest.mark.parametrize(
    "odd",
    [
        {"name": "Ann", "address": 3, "telecom": [None], "contact": {"name": []}, "meta": [], "identifier": [1]},
        {"name": [{"given": "Ann", "family": ["x"]}], "address": [{"line": "x", "period": []}], "extension": "x"},
        {
            "name": [{"given": True, "period": True}],
            "address": [{"line": True, "extension": [{"extension": [{"url": []}]}]}],
        },
        {"name": [{"period": None}], "birthDate": 2012, "deceasedDateTime": True, "id": 7},
    ],
)
def test_odd_shapes_are_survived(tmp_path, odd):
    (tmp_path / "b.ndjson").write_text(json.dumps({**PATIENT, **odd}), encoding="utf-8")
    got = read(tmp_path, "fhir", "b.ndjson")
    summary = got.summaries[0]["people"]
    assert summary["rows"] == summary["records"] + summary["rejected"] > 0


CTF = """<?xml version="1.0"?>
<CTfile><Header><DocumentName>Common Transfer File</DocumentName></Header>
<CTFpupilData>
<Pupil><UPN>A123456789012</UPN><UniqueLearnerNumber>1000000002</UniqueLearnerNumber><Surname>Lee</Surname><Forename>Ann</Forename>
<DOB>2012-05-03</DOB><Sex>F</Sex>
<BasicDetails><PreferredSurname>Hill</PreferredSurname><FormerSurname>Old</FormerSurname><MiddleNames>May</MiddleNames></BasicDetails>
<Address><BS7666Address><PAON>9</PAON><Street>New Lane</Street><Town>Northtown</Town></BS7666Address><PostCode>NO2 2BB</PostCode></Address>
<Contacts><Contact><Order>1</Order><Surname>Lee</Surname><Forename>Mary</Forename><Relationship>MOT</Relationship>
<Responsibility>true</Responsibility><Address><AddressLines><AddressLine1>9 New Lane</AddressLine1></AddressLines><PostCode>NO2 2BB</PostCode></Address>
<Phones><Phone><PhoneNo>07700 900002</PhoneNo></Phone></Phones></Contact></Contacts>
<SchoolHistory><School><SchoolName>North Primary</SchoolName><EntryDate>2016-09-01</EntryDate><LeavingDate>2023-07-20</LeavingDate></School></SchoolHistory>
</Pupil>
<Pupil><UPN></UPN><Surname>No</Surname></Pupil>
</CTFpupilData></CTfile>
"""


def test_a_transfer_file_gives_pupils_contacts_and_schools(tmp_path):
    (tmp_path / "c.xml").write_text(CTF, encoding="utf-8")
    got = read(tmp_path, "ctf", "c.xml")
    pupil = got.records.filter(origin="given").row(0, named=True)
    assert {name: pupil[name] for name in ("record_id", "upn", "forename", "surname", "middle_names")} == {
        "record_id": "A123456789012",
        "upn": "A123456789012",
        "forename": "Ann",
        "surname": "Lee",
        "middle_names": "May",
    }
    assert (pupil["former_surnames"], pupil["aliases"], pupil["uln"]) == ("Old", "Hill", "1000000002")
    assert (pupil["address"], pupil["postcode"], pupil["phone"]) == ("9, New Lane, Northtown", "NO2 2BB", None)
    mother = got.records.filter(origin="named").row(0, named=True)
    assert (mother["forename"], mother["surname"], mother["phone"], mother["postcode"]) == (
        "Mary",
        "Lee",
        "07700 900002",
        "NO2 2BB",
    )
    assert got.ties.select("relationship", "parental_responsibility").rows() == [("MOT", True)]
    assert [(str(date), category) for date, category in got.events.select("date", "category").rows()] == [
        ("2016-09-01", "Joined school"),
        ("2023-07-20", "Left school"),
    ]
    assert got.summaries[0]["files"] == [{"file": "c.xml", "rows": 2, "rejected": 1, "dateless": 0}]
    assert got.rejected.select("row", "reason").rows() == [(13, "no record_id")]


def test_a_transfer_file_without_pupils_says_so(tmp_path):
    (tmp_path / "c.xml").write_text("<CTfile/>", encoding="utf-8")
    with pytest.raises(SourceError, match="expected Pupil elements"):
        read(tmp_path, "ctf", "c.xml")


def test_every_adapter_is_listed():
    listed = [item["name"] for item in formats()]
    assert {"ssd", "cin-census", "ssda903", "annex-a", "fhir", "ctf"} <= set(listed)
    assert len(listed) == len(set(listed))


def test_a_superseded_number_and_the_number_of_an_encounter_are_kept_apart(tmp_path):
    system = "https://fhir.nhs.uk/Id/nhs-number"
    old = {"use": "old", "system": system, "value": "9434765870"}
    patient = {"resourceType": "Patient", "id": "7", "identifier": [old, {"system": system, "value": "9434765919"}]}
    encounter = {
        "resourceType": "Encounter",
        "id": "e",
        "identifier": [{"value": ""}, {"value": "ED123"}],
        "subject": {"reference": "Patient/7"},
        "period": {"start": "2024-05-03"},
    }
    lines = [json.dumps(item) for item in (patient, encounter)]
    (tmp_path / "p.ndjson").write_text("\n".join(lines), encoding="utf-8")
    got = read(tmp_path, "fhir", "p.ndjson")
    assert got.records.select("nhs_number", "former_nhs_number").rows() == [("9434765919", "9434765870")]
    assert got.events["reference"].to_list() == ["ED123"]


def test_json_that_names_a_key_twice_is_no_resource_and_no_bundle(tmp_path):
    patient = '{"resourceType": "Patient", "id": "1"}'
    twice = '{"resourceType": "Patient", "id": "2", "name": [{"family": "Lee", "family": "Hill"}]}'
    (tmp_path / "b.ndjson").write_text(f"{patient}\n{twice}\n")
    source = Source(agency="gp", format="fhir", files="b.ndjson")
    got = read_sources(Hub(folder=tmp_path, sources=[source]), allow_rejects=True)
    assert got.records["record_id"].to_list() == ["1"]
    assert got.rejected.filter(level="row")["row"].to_list() == [2]
    (tmp_path / "b.json").write_text('{"resourceType": "Bundle", "entry": [{"resource": ' + twice + "}]}")
    with pytest.raises(SourceError, match=r"b\.json: names a key twice in one object; export the file again"):
        read(tmp_path, "fhir", "b.json")


def test_death_without_a_day_and_multiple_birth_are_kept(tmp_path):
    patients = [
        {"resourceType": "Patient", "id": "1", "deceasedBoolean": True, "multipleBirthInteger": 2},
        {"resourceType": "Patient", "id": "2", "multipleBirthBoolean": False},
    ]
    (tmp_path / "b.ndjson").write_text("\n".join(map(json.dumps, patients)))
    got = read(tmp_path, "fhir", "b.ndjson")
    assert got.records.select("extra.deceased", "extra.multiple_birth").rows() == [("yes", "2"), (None, "no")]
