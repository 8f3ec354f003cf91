"""The Standard Safeguarding Dataset: people with their addresses and identifiers, mothers, and an event for every date."""

import pytest

from famlink.errors import SourceError
from famlink.extracts.reading import read_sources
from famlink.extracts.ssd import NOT_READ
from famlink.extracts.ssd_events import EVENTS_OF
from famlink.spec import Hub, Source
from famlink.vocabulary.events import event_kinds

TABLES = {
    "ssd_person": """pers_person_id,pers_forename,pers_surname,pers_sex,pers_dob,pers_common_child_id,pers_nationality
1,Ann,Lee,F,2012-05-03,9434765919,GB
2,Mary,Lee,F,1985-02-01,,
3,Unborn,Lee,,,,
1,Ann,Lee,F,2012-05-03,,
""",
    "ssd_family": "fami_table_id,fami_family_id,fami_person_id\na,F9,1\nb,F9,2\nc,F9,77\n",
    "ssd_mother": "moth_table_id,moth_person_id,moth_childs_person_id,moth_childs_dob\nm,2,1,2012-05-03\nn,2,88,\n",
    "ssd_address": """addr_table_id,addr_address_json,addr_person_id,addr_address_start_date,addr_address_end_date,addr_address_postcode
1,"{""HOUSE"": ""4"", ""STREET"": ""Old Road"", ""TOWN"": ""Northtown""}",1,2012-06-01,2018-03-02,NO1 1AA
2,"{""HOUSE"": ""9"", ""STREET"": ""New Lane"", ""UPRN"": ""100012""}",1,2018-03-02,,NO2 2BB
3,5 Plain Street,2,2001-01-01,,NO3 3CC
""",
    "ssd_linked_identifiers": """link_table_id,link_person_id,link_identifier_type,link_identifier_value
1,1,Unique Pupil Number,A123456789012
2,1,Former Unique Pupil Number,B123456789012
3,2,Home Office Registration,HO7
""",
    "ssd_send": "send_table_id,send_upn,send_uln,send_person_id\ns1,A123456789012,1000000002,1\n",
    "ssd_cin_episodes": """cine_referral_id,cine_person_id,cine_referral_date,cine_referral_source_desc,cine_referral_outcome_json,cine_close_date,cine_close_reason,cine_odd
r1,1,2024-03-01,Police,"{""OUTCOME_SINGLE_ASSESSMENT_FLAG"": ""Y"", ""OUTCOME_NFA_FLAG"": ""N""}",2024-06-01,RC1,x
r2,99,2024-03-02,School,,,,
r3,1,not a day,School,,,,
""",
    "ssd_cin_assessments": """cina_assessment_id,cina_person_id,cina_referral_id,cina_assessment_start_date,cina_assessment_child_seen,cina_assessment_auth_date
a1,1,r1,2024-03-03,Y,1900-01-01
""",
    "ssd_assessment_factors": 'cinf_table_id,cinf_assessment_id,cinf_assessment_factors_json\n1,a1,"[""1A"", ""3B""]"\n',
    "ssd_cla_episodes": "clae_cla_episode_id,clae_person_id,clae_cla_episode_start_date,clae_cla_id\ne1,1,2024-07-01,c1\n",
    "ssd_cla_reviews": """clar_cla_review_id,clar_cla_id,clar_cla_review_due_date,clar_cla_review_date
v1,c1,2024-07-20,2024-07-19
v2,c1,2024-12-01,
""",
    "ssd_ehcp_requests": "ehcr_ehcp_request_id,ehcr_send_table_id,ehcr_ehcp_req_date\nq1,s1,2020-01-02\n",
    "ssd_ehcp_assessment": "ehca_ehcp_assessment_id,ehca_ehcp_request_id,ehca_ehcp_assessment_outcome_date\nn1,q1,2020-04-02\n",
    "ssd_ehcp_named_plan": "ehcn_named_plan_id,ehcn_ehcp_asmt_id,ehcn_named_plan_start_date\np1,n1,2020-05-02\n",
    "ssd_version_log": "version_number\n1.4\n",
}


def read(folder, tables=None, **change):
    for name, text in {**TABLES, **change}.items() if tables is None else tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    hub = Hub(folder=folder, sources=[Source(agency="csc", format="ssd", files=".")])
    return read_sources(hub, allow_rejects=True)


def test_people_come_with_newest_address_first_family_and_identifiers(tmp_path):
    got = read(tmp_path)
    ann = got.records.filter(record_id="1").sort("part")
    assert ann["part"].to_list() == list(range(7))
    assert ann["forename"].drop_nulls().to_list() == ["Ann"]
    assert ann["nhs_number"].drop_nulls().to_list() == ["9434765919"]
    assert ann["address"].drop_nulls().to_list() == ["9, New Lane", "4, Old Road, Northtown"]
    assert ann["uprn"].drop_nulls().to_list() == ["100012"]
    assert ann.filter(postcode="NO1 1AA").select("file", "file_row", "address_from", "address_to").rows() == [
        ("ssd_address.csv", 1, "2012-06-01", "2018-03-02")
    ]
    assert ann["household_id"].drop_nulls().to_list() == ["F9"]
    assert ann["upn"].drop_nulls().to_list() == ["A123456789012"] * 2
    assert ann["former_upn"].drop_nulls().to_list() == ["B123456789012"]
    assert ann["uln"].drop_nulls().to_list() == ["1000000002"]
    mary = got.records.filter(record_id="2")
    assert "5 Plain Street" in mary["address"].to_list()
    assert mary["extra.link_other_identifier"].drop_nulls().to_list() == ["HO7"]


def test_every_row_is_a_record_or_a_reject_by_file(tmp_path):
    got = read(tmp_path)
    summary = got.summaries[0]
    for kind in ("people", "relationships", "events"):
        assert summary[kind]["rows"] == summary[kind]["records"] + summary[kind]["rejected"]
    files = {item["file"]: item for item in summary["files"]}
    assert len(files) == len(TABLES) - 1
    for name, text in TABLES.items():
        if name != "ssd_version_log":
            assert files[f"{name}.csv"]["rows"] == len(text.strip().splitlines()) - 1
    lost = {name: item["rejected"] for name, item in files.items() if item["rejected"]}
    assert lost == {"ssd_person.csv": 1, "ssd_family.csv": 1, "ssd_mother.csv": 1, "ssd_cin_episodes.csv": 2}
    assert files["ssd_cla_reviews.csv"]["dateless"] == 1
    told = "\n".join(summary["warnings"])
    assert "ssd_cla_reviews.csv: 1 rows carry no date" in told
    assert "ssd_cin_episodes.csv: columns not used: cine_odd" in told
    assert "ssd_version_log.csv: not read" in told


def test_mothers_are_ties_and_dates_are_events_by_way_of_the_tables_they_refer_to(tmp_path):
    got = read(tmp_path)
    assert got.ties.select("record_id", "relationship", "relative_record_id").rows() == [("1", "mother", "2")]
    events = got.events.sort("date").select("record_id", "date", "end_date", "category", "event_id").rows()
    assert [(one[0], str(one[1]), one[3]) for one in events] == [
        ("1", "2020-01-02", "EHC plan request"),
        ("1", "2020-04-02", "EHC needs assessment"),
        ("1", "2020-05-02", "EHC plan"),
        ("1", "2024-03-01", "Referral"),
        ("1", "2024-03-03", "Assessment"),
        ("1", "2024-06-01", "Referral closed"),
        ("1", "2024-07-01", "Looked after episode"),
        ("1", "2024-07-19", "Looked after review"),
    ]
    referral = got.events.filter(category="Referral").row(0, named=True)
    assert referral["outcome"] == "single assessment"
    assert referral["description"] == "from: Police"
    assert referral["reference"] == "r1"
    assessment = got.events.filter(category="Assessment").row(0, named=True)
    assert assessment["description"] == "factors: 1A, 3B"
    assert assessment["end_date"] is None
    assert assessment["child_seen"] == "Y"


def test_every_table_of_the_data_model_with_a_date_is_read():
    assert len(EVENTS_OF) == 33
    assert not set(EVENTS_OF) & set(NOT_READ)


def test_every_word_of_the_tables_is_known_to_the_vocabulary():
    import polars as pl

    words = sorted({item.category for table in EVENTS_OF.values() for item in table})
    kinds = dict(event_kinds(pl.Series(words)).select("category", "kind").rows())
    assert "unmapped" not in kinds.values()
    assert (kinds["Permanence order"], kinds["Previous permanence order"]) == ("order", "order")
    assert kinds["Involvement"] == "note"


def test_an_export_without_people_says_so(tmp_path):
    with pytest.raises(SourceError, match="expected a table ssd_person"):
        read(tmp_path, {"ssd_family": TABLES["ssd_family"]})


def test_a_table_without_its_columns_says_so(tmp_path):
    with pytest.raises(SourceError, match=r"ssd_mother.csv: expected the columns moth_person_id"):
        read(tmp_path, ssd_mother="moth_childs_person_id\n1\n")


def test_a_table_twice_is_refused_and_an_unknown_file_told(tmp_path):
    (tmp_path / "notes.csv").write_text("a\n1\n", encoding="utf-8")
    assert any("notes.csv: not named after a table" in note for note in read(tmp_path).summaries[0]["warnings"])
    (tmp_path / "dbo.ssd_person_2024.csv").write_text(TABLES["ssd_person"], encoding="utf-8")
    with pytest.raises(SourceError, match="is there twice"):
        read(tmp_path)


def test_files_is_needed_and_column_maps_are_refused(tmp_path):
    for source, words in (
        (Source(agency="csc", format="ssd", people="p.csv"), "needs files"),
        (Source(agency="csc", format="ssd", files=".", columns={"people": {"forename": "x"}}), "columns.people"),
    ):
        with pytest.raises(SourceError, match=words):
            read_sources(Hub(folder=tmp_path, sources=[source]))
