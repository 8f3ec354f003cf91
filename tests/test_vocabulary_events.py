"""The crosswalk from agencies' event words to the shared vocabulary."""

from __future__ import annotations

import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from famlink.errors import MissingFileError, SpecError
from famlink.vocabulary.events import (
    STAGES,
    UNMAPPED,
    agency_kinds,
    crosswalk,
    event_kinds,
    extend_crosswalk,
    extended,
    plain,
    sources,
    themes,
    told_of_agencies,
    unread,
)

SAID = [
    # words, kind, theme
    ("Domestic Abuse Incident", "domestic-abuse", "domestic abuse"),
    ("DA - non crime", "domestic-abuse", "domestic abuse"),
    ("DA - violence without injury", "domestic-abuse", "domestic abuse"),
    ("Assault - DA", "domestic-abuse", "domestic abuse"),
    ("Contact - domestic abuse", "domestic-abuse", "domestic abuse"),
    ("Contact", "contact", "contact with services"),
    ("A&E attendance", "emergency-attendance", "A&E"),
    ("A & E Attendance - injury", "emergency-attendance", "A&E"),
    ("MISPER", "missing", "missing"),
    ("Referral", "referral", "referrals"),
    ("Referral - neglect", "referral", "neglect"),
    ("Strategy Discussion", "strategy-discussion", "child protection"),
    ("S47", "s47-enquiry", "child protection"),
    ("Section 47 enquiry started", "s47-enquiry", "child protection"),
    ("ICPC", "child-protection-conference", "child protection"),
    ("CP Plan", "child-protection-plan", "child protection"),
    ("CIN plan", "child-in-need-plan", "plans"),
    ("Fixed-term exclusion", "suspension", "exclusion"),
    ("Permanent Exclusion", "exclusion", "exclusion"),
    ("Attendance below 90%", "attendance", "attendance"),
    ("Concern note", "school-concern", "concerns"),
    ("Eviction notice", "eviction", "housing"),
    ("Rent arrears", "arrears", "money"),
    ("Tenancy started", "tenancy", "housing"),
    ("ASB complaint", "antisocial-behaviour", "antisocial behaviour"),
    ("Live birth", "birth", "pregnancy and birth"),
    ("MMR immunisation", "immunisation", "health"),
    ("DNA", "missed-appointment", "missed appointments"),
    ("Early Help Assessment", "early-help", "early help"),
    ("Moved house", "move", "moves"),
    ("Court hearing", "hearing", "court"),
    ("SGO granted", "order", "court"),
    ("Care proceedings issued", "care-proceedings", "court"),
    ("Child death", "child-death", "death"),
    ("Schedule One offender", "offence-against-child", "offending"),
    ("ssd_cp_plans", "child-protection-plan", "child protection"),
]  # fmt: skip


SAID += [
    # what a word inside them alone would get wrong
    ("Termination of order", "supervision", "offending"),
    ("Termination of tenancy", "tenancy", "housing"),
    ("Missing from placement", "missing", "missing"),
    ("S47 assault", "assault", "violence"),
    ("S20 GBH", "assault", "violence"),
    ("Released under investigation", "arrest", "offending"),
    ("Health visitor new birth", "health-visit", "health"),
    ("Contact with birth family", "family-time", "care"),
    ("Supervised contact", "family-time", "care"),
    ("UTC attendance", "emergency-attendance", "A&E"),
    ("Minor Injury Unit", "emergency-attendance", "A&E"),
    ("NRM referral", "service-referral", "referrals"),
    ("Detention and training order", "prison", "offending"),
    ("B&B placement", "homelessness", "housing"),
    ("Antenatal DNA", "missed-appointment", "missed appointments"),
    ("Clare's Law disclosure", "order", "court"),
    ("Section 17 payment", "finance", "money"),
    # words of each agency
    ("Homelessness relief duty", "homelessness", "housing"),
    ("NOSP", "arrears", "money"),
    ("Pre-sentence report", "supervision", "offending"),
    ("Youth Rehabilitation Order", "supervision", "offending"),
    ("PWITS", "substance-misuse", "substance misuse"),
    ("Part-time timetable", "attendance", "attendance"),
    ("Left before being seen", "emergency-attendance", "A&E"),
    ("16A", "neglect", "neglect"),
    ("E1", "order", "court"),
    ("OW", "assault", "violence"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "kind", "theme"), SAID)
def test_words_and_codes(words, kind, theme):
    read = crosswalk().read(words)
    assert (read.kind, read.theme, read.known) == (kind, theme, True)


@pytest.mark.parametrize("words", ["keeps the goldfish", "", None, "xyzzy", "\u6bcd", "zz 9"])
def test_unknown_words_are_unmapped(words):
    read = crosswalk().read(words)
    assert (read.kind, read.known) == (UNMAPPED, False)


def test_lifelong_kinds_are_those_the_design_of_sharing_names():
    assert {name for name, kind in crosswalk().kinds.items() if kind.lifelong} == {
        "s47-enquiry", "child-protection-plan", "care-proceedings", "child-death", "offence-against-child", "sexual-abuse",
    }  # fmt: skip


def test_policy_categories_that_the_default_policy_names():
    wanted = {
        "tenancy",
        "arrears",
        "eviction",
        "finance",
        "sexual-health",
        "termination",
        "refuge",
        "risk-flag",
        "household",
    }
    assert wanted <= {kind.policy for kind in crosswalk().kinds.values()}


def test_the_shipped_table_is_whole():
    table = crosswalk()
    assert set(table.words.values()) <= set(table.kinds)
    for kind in table.kinds.values():
        assert kind.stage in STAGES
        assert kind.meaning.endswith(".")
        assert table.read(kind.name.replace("-", " ")).kind == kind.name
    assert UNMAPPED not in themes()


@pytest.mark.parametrize("words", ["Year 10A trip", "Class 11A", "Social isolation", "Child abandonment", "S 20/21"])
def test_a_code_inside_other_words_says_nothing(words):
    assert crosswalk().read(words).kind == UNMAPPED


def test_every_code_has_a_source_and_every_source_is_read():
    table = crosswalk()
    told = {word for source in sources() for word in source.words}
    for source in sources():
        for word in source.words:
            assert plain(word) == word
            assert word in table.words or word in table.whole, word
    codes = {word for word in (*table.words, *table.whole) if re.fullmatch(r"[0-9]{1,2}[a-z]|[a-z][0-9]", word)}
    assert codes <= told
    assert len(codes) > 40


def test_codes_left_unread_are_unread_and_a_partnership_can_say_what_they_mean():
    for code, why in unread().items():
        assert not crosswalk().read(code).known, code
        assert why
    assert extended({"version": "1", "words": {"order": ["c1", "c2"]}}).read("C2").kind == "order"


def test_no_word_means_two_kinds():
    import tomllib
    from collections import Counter
    from pathlib import Path

    import famlink.vocabulary.events as module

    raw = tomllib.loads(Path(module.__file__).with_name("events.toml").read_text(encoding="utf-8"))
    said = Counter(plain(word) for words in raw["words"].values() for word in words)
    assert {word: n for word, n in said.items() if n > 1} == {}


@given(st.text(max_size=80))
def test_any_text_is_read_and_case_does_not_matter(text):
    read = crosswalk().read(text)
    assert read.kind in crosswalk().kinds
    assert crosswalk().read("  " + text.upper() + " ") == crosswalk().read(text.upper())


def test_a_column():
    frame = event_kinds(pl.Series(["DA", None, "goldfish", "DA"]))
    assert frame["category"].to_list() == ["DA", "goldfish", None]
    assert frame["known"].to_list() == [True, False, False]
    assert event_kinds(pl.Series([], dtype=pl.String)).is_empty()


def test_a_partnership_adds_its_own_words(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(
        'version = "northshire 3"\n[words]\nmissing = ["zulu nine"]\nwhale-watch = ["whales", "DA"]\n'
        '[kind.whale-watch]\nmeaning = "Whales."\ntheme = "sea"\nfamily = "routine"\nstage = "routine"\n',
        encoding="utf-8",
    )
    table = extend_crosswalk(own)
    assert table.version == f"{crosswalk().version}+northshire 3"
    assert table.read("Zulu Nine").kind == "missing"
    assert table.read("DA").kind == "whale-watch", "their meaning wins over the shipped one"
    assert crosswalk().read("DA").kind == "domestic-abuse", "and the shipped table is not changed"
    assert event_kinds(pl.Series(["whales"]), words=table)["policy"].to_list() == ["whale-watch"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[words]\nnope = ['x']", "no kind"),
        ("[words]\nmissing = 'x'", "not a list"),
        ("[kind.new]\nmeaning = 'x.'", "lacks family, stage, theme"),
        ("[kind.new]\nmeaning='x.'\ntheme='t'\nfamily='f'\nstage='odd'", "expected one of"),
        ("colour = 1", "unknown key 'colour'"),
        ("not toml", "not valid TOML"),
    ],
)
def test_a_faulty_file_is_one_clear_error(tmp_path, text, says):
    own = tmp_path / "own.toml"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(SpecError, match=says):
        extend_crosswalk(own)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(MissingFileError):
        extend_crosswalk(tmp_path / "none.toml")


def test_the_page_names_every_kind_and_word():
    from famlink.vocabulary.events_page import events_page

    page = events_page()
    for kind in crosswalk().kinds.values():
        assert f"| `{kind.name}` | {kind.meaning} |" in page
    for word in crosswalk().words:
        assert word in page
    assert crosswalk().version in page


def test_the_reference_page_is_that_of_the_crosswalk():
    from pathlib import Path

    from famlink.vocabulary.events_page import events_page

    page = Path(__file__).resolve().parents[1] / "docs" / "reference" / "event-kinds.md"
    text = page.read_text(encoding="utf-8").split("-->\n\n")[-1]
    assert text == events_page(), (
        "write docs/reference/event-kinds.md again from famlink.vocabulary.events_page.events_page()"
    )


@pytest.mark.parametrize(
    ("category", "agency", "kind"),
    [
        ("Admission", "school", "school-start"),
        ("Admission - Year 7", "school", "school-start"),
        ("Admission", "acute", "hospital-admission"),
        ("Emergency admission", "hospital", "hospital-admission"),
        ("Admitted", "csc", "looked-after"),
        ("Admission", "prison", "prison"),
        ("Admission", "fire", "hospital-admission"),
        ("Assessment", "csc", "assessment"),
        ("Assessment", "early_help", "early-help"),
        ("Assessment", "gp", "health-contact"),
        ("Mental health assessment", "gp", "mental-health"),
        ("Assessment", "probation", "supervision"),
        ("Assessment", "adult social care", "adult-care"),
        ("Discharge", "hospital", "health-contact"),
        ("Discharged", "csc", "looked-after"),
        ("Discharge", "csc_unknown", "unmapped"),
        ("Detention", "school", "behaviour"),
        ("Detention", "police", "arrest"),
        ("Detention", "camhs", "mental-health"),
        ("Attendance", "school", "attendance"),
        ("Attendance", "police", "police-attendance"),
        ("Attendance", "acute", "health-contact"),
        ("Absent", "school", "attendance"),
        ("Absent", "police", "missing"),
        ("Breach", "housing", "tenancy"),
        ("Breach", "probation", "breach-of-order"),
        ("Breach", "school", "behaviour"),
        ("Transfer", "school", "school-start"),
        ("Transfer", "housing", "tenancy"),
        ("Exclusion", "school", "exclusion"),
        ("Exclusion", "probation", "supervision"),
        ("Suspended", "school", "suspension"),
        ("Suspended", "council tax", "finance"),
        ("Conference", "csc", "child-protection-conference"),
        ("Order", "probation", "supervision"),
        ("Order", "csc", "order"),
        ("Plan", "early help", "early-help"),
        ("Review", "csc", "review"),
        ("Review", "asc", "adult-care"),
        ("Visit", "csc", "visit"),
        ("Home visit", "health", "visit"),
        ("Contact", "police", "police-attendance"),
        ("Contact - domestic abuse", "police", "domestic-abuse"),
        ("Referral", "school", "referral"),
        ("Referral", "gp", "service-referral"),
        ("Notification", "police", "police-notification"),
        (None, "police", "unmapped"),
    ],
)
def test_a_word_means_what_its_agency_means_by_it(category, agency, kind):
    assert crosswalk().read(category, agency=agency).kind == kind


def test_a_hub_says_whose_an_agency_is_and_what_its_words_mean():
    assert crosswalk().read("Admission", agency="oakfield").kind == "hospital-admission"
    table = told_of_agencies(crosswalk(), {"oakfield": "education", "school": None})
    assert table.read("Admission", agency="oakfield").kind == "school-start"
    assert table.read("Admission", agency="school").kind == "hospital-admission"
    own = extended(
        {"version": "1", "holder": {"police": {"prison": ["admission", "lodged"]}}, "words": {"visit": ["breach"]}}
    )
    assert own.read("Admission", agency="police").kind == own.read("Lodged", agency="police").kind == "prison"
    assert own.read("Admission", agency="school").kind == "school-start"
    # A partnership's word for everybody wins over what a holder usually means by it.
    assert own.read("Breach", agency="housing").kind == "visit"
    assert crosswalk().read("Breach", agency="housing").kind == "tenancy"


@pytest.mark.parametrize(
    ("holder", "fault"),
    [
        ({"schools": {"visit": ["x"]}}, "holder 'schools' is none of social-care"),
        ({"education": ["visit"]}, "holder.education is not a table"),
        ({"education": {"goldfish": ["x"]}}, "'goldfish', which is no kind"),
        ({"education": {"visit": "x"}}, "are not a list of texts"),
    ],
)
def test_faults_in_a_holders_words(holder, fault):
    with pytest.raises(SpecError, match=re.escape(fault)):
        extended({"version": "1", "holder": holder})


def test_each_agencys_words_are_read_apart():
    pairs = pl.DataFrame({"agency": ["school", "gp", "school"], "category": ["Admission", "Admission", None]})
    read = agency_kinds(pairs)
    assert read.select("agency", "category", "kind").rows() == [
        ("school", "Admission", "school-start"), ("gp", "Admission", "hospital-admission"), ("school", None, "unmapped"),
    ]  # fmt: skip


def test_every_word_of_a_holder_means_something_else_or_nothing_to_everybody():
    table = crosswalk()
    for holder, own in table.by_holder.items():
        for word, kind in own.items():
            assert table.read(word).kind != kind, (holder, word)
