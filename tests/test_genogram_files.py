"""GEDCOM and pedigree tables: read as real programs write them, and nothing lost."""

from __future__ import annotations

import pytest

from famlink.errors import GenogramError
from famlink.genogram.drawing import draw_family
from famlink.genogram.files import read_family
from famlink.genogram.gedcom import family_of
from famlink.genogram.gedcom_out import gedcom_of

SIMPLE = """\
0 HEAD
1 DATE 1 JUN 2026
1 GEDC
2 VERS 5.5.1
0 @I1@ INDI
1 NAME Tom /Price/
1 SEX M
1 BIRT
2 DATE ABT 1985
0 @I2@ INDI
1 NAME Laura /Reed/
1 SEX F
1 BIRT
2 DATE 1 JAN 1988
2 SOUR @S1@
3 QUAY 0
0 @I3@ INDI
1 NAME Kai /Reed/
1 SEX M
1 BIRT
2 DATE 2 MAR 2015
1 FAMC @F1@
2 PEDI adopted
0 @I4@ INDI
1 NAME Amy /Reed/
1 SEX F
1 DEAT Y
1 FAMC @F1@
2 STAT disproven
0 @F1@ FAM
1 HUSB @I1@
1 WIFE @I2@
1 CHIL @I3@
1 CHIL @I4@
1 MARR
2 DATE 2010
1 DIV
2 DATE 2019
0 TRLR
"""


def test_people_unions_and_typed_links():
    family = family_of(SIMPLE)
    assert family.counts == {"people": 4, "unions": 1, "children": 2}
    tom, laura, kai, amy = family.people
    assert (tom.born_text, tom.born_exact, laura.born_exact) == ("1985", False, False)
    assert (kai.age, amy.deceased) == (11, True)
    (union,) = family.unions
    assert (union.kind, union.state, union.start_text, union.end_text) == ("married", "divorced", "2010", "2019")
    assert [(k.child, k.kind, bool(k.conflict)) for k in family.links] == [
        ("@I3@", "adoptive", False),
        ("@I4@", "birth", True),
    ]


def test_seven_writes_its_words_in_capitals():
    text = SIMPLE.replace("PEDI adopted", "PEDI ADOPTED").replace("STAT disproven", "STAT DISPROVEN")
    assert family_of(text).links == family_of(SIMPLE).links


@pytest.mark.parametrize("version", ["5.5.1", "7.0"])
def test_out_and_in_again_is_the_same_family(version):
    family = family_of(SIMPLE)
    again = family_of(gedcom_of(family, version=version))
    assert again.counts == family.counts
    assert [(p.name, p.sex, p.born, p.born_exact, p.deceased) for p in again.people] == [
        (p.name, p.sex, p.born, p.born_exact, p.deceased) for p in family.people
    ]
    assert [(k.kind, bool(k.conflict)) for k in again.links] == [(k.kind, bool(k.conflict)) for k in family.links]
    assert [(u.kind, u.state, u.start_text, u.end_text) for u in again.unions] == [
        (u.kind, u.state, u.start_text, u.end_text) for u in family.unions
    ]


def test_resn_hides_name_and_dates():
    family = family_of(SIMPLE.replace("1 NAME Kai /Reed/", "1 RESN confidential\n1 NAME Kai /Reed/"))
    kai = family.people[2]
    assert (kai.name, kai.born, kai.age) == ("restricted", None, None)
    assert "Kai" not in draw_family(family).svg


TORTURE = {
    "a child of two families": "0 HEAD\n0 @I1@ INDI\n1 FAMC @F1@\n1 FAMC @F2@\n0 @I2@ INDI\n0 @I3@ INDI\n0 @F1@ FAM\n1 HUSB @I2@\n0 @F2@ FAM\n1 WIFE @I3@\n0 TRLR",
    "a pointer to nobody": "0 HEAD\n0 @I1@ INDI\n0 @F1@ FAM\n1 HUSB @I9@\n1 CHIL @I1@\n0 TRLR",
    "one person as husband and wife": "0 HEAD\n0 @I1@ INDI\n0 @I2@ INDI\n0 @F1@ FAM\n1 HUSB @I1@\n1 WIFE @I1@\n1 CHIL @I2@\n0 TRLR",
    "three partners in one family": "0 HEAD\n0 @I1@ INDI\n0 @I2@ INDI\n0 @I3@ INDI\n0 @F1@ FAM\n1 HUSB @I1@\n1 WIFE @I2@\n1 WIFE @I3@\n0 TRLR",
    "their own child": "0 HEAD\n0 @I1@ INDI\n0 @F1@ FAM\n1 HUSB @I1@\n1 CHIL @I1@\n0 TRLR",
    "their own grandparent": "0 HEAD\n0 @I1@ INDI\n0 @I2@ INDI\n0 @I3@ INDI\n0 @F1@ FAM\n1 HUSB @I1@\n1 CHIL @I2@\n0 @F2@ FAM\n1 HUSB @I2@\n1 CHIL @I3@\n0 @F3@ FAM\n1 WIFE @I3@\n1 CHIL @I1@\n0 TRLR",
    "one id twice": "0 HEAD\n0 @I1@ INDI\n1 NAME A /B/\n0 @I1@ INDI\n1 SEX F\n0 TRLR",
    "one child twice": "0 HEAD\n0 @I1@ INDI\n0 @I2@ INDI\n0 @F1@ FAM\n1 HUSB @I2@\n1 CHIL @I1@\n1 CHIL @I1@\n0 TRLR",
    "one couple, two families": "0 HEAD\n0 @I1@ INDI\n1 SEX M\n0 @I2@ INDI\n0 @I3@ INDI\n0 @I4@ INDI\n0 @F1@ FAM\n1 HUSB @I1@\n1 WIFE @I2@\n1 CHIL @I3@\n0 @F2@ FAM\n1 HUSB @I1@\n1 WIFE @I2@\n1 CHIL @I4@\n0 TRLR",
    "an empty family": "0 HEAD\n0 @I1@ INDI\n0 @F1@ FAM\n0 TRLR",
    "a jump of levels": "0 HEAD\n0 @I1@ INDI\n4 NAME Kai /Reed/\n9 SEX M\n0 TRLR",
    "no header, no trailer": "0 @I1@ INDI\n1 NAME Kai /Reed/",
    "lines that are none": "0 HEAD\nhello\n\n0 @I1@ INDI\n1 NAME Kai\nmore of the name\n0 TRLR",
    "carriage returns alone": "0 HEAD\r0 @I1@ INDI\r1 NAME Kai\r0 TRLR",
    "a child born before its parent": "0 HEAD\n0 @I1@ INDI\n1 BIRT\n2 DATE 1990\n0 @I2@ INDI\n1 BIRT\n2 DATE 1950\n0 @F1@ FAM\n1 HUSB @I1@\n1 CHIL @I2@\n0 TRLR",
    "markup in a name": '0 HEAD\n0 @I1@ INDI\n1 NAME <script>alert(1)</script> & /"Reed"/\n0 TRLR',
    "strange dates": "0 HEAD\n0 @I1@ INDI\n1 BIRT\n2 DATE 31 FEB 1900\n1 DEAT\n2 DATE 44 B.C.\n0 @I2@ INDI\n1 BIRT\n2 DATE @#DJULIAN@ BET 1 MAR 1731/32 AND 1740\n0 TRLR",
    "both parents are siblings": "0 HEAD\n0 @I1@ INDI\n0 @I2@ INDI\n0 @I3@ INDI\n0 @I4@ INDI\n0 @F1@ FAM\n1 HUSB @I1@\n1 CHIL @I2@\n1 CHIL @I3@\n0 @F2@ FAM\n1 HUSB @I2@\n1 WIFE @I3@\n1 CHIL @I4@\n0 TRLR",
    "mother is the grandmother": "0 HEAD\n0 @I1@ INDI\n0 @I2@ INDI\n0 @I3@ INDI\n0 @F1@ FAM\n1 WIFE @I1@\n1 CHIL @I2@\n0 @F2@ FAM\n1 HUSB @I2@\n1 WIFE @I1@\n1 CHIL @I3@\n0 TRLR",
}


@pytest.mark.parametrize("name", TORTURE)
def test_torture_is_drawn_with_everybody(name):
    text = TORTURE[name]
    family = family_of(text)
    named = {line.split()[1] for line in text.replace("\r", "\n").split("\n") if line.endswith(" INDI")}
    assert {p.id for p in family.people} == named
    drawing = draw_family(family)
    assert drawing.geometry["counts"] == family.counts
    assert {s["id"] for s in drawing.geometry["symbols"] if s["shape"] != "slot"} == named
    assert "<script" not in drawing.svg


@pytest.mark.parametrize("text", ["", "hello", "{}", "\x00\x01\x02", "1 NAME no record above"])
def test_what_is_no_gedcom_is_one_clear_sentence(tmp_path, text):
    path = tmp_path / "family.ged"
    path.write_text(text)
    with pytest.raises(GenogramError, match="GEDCOM"):
        read_family(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(tmp_path, encoding):
    path = tmp_path / "family.ged"
    path.write_bytes("0 HEAD\n0 @I1@ INDI\n1 NAME Zoë /Núñez/\n0 TRLR".encode(encoding))
    assert read_family(path).people[0].name == "Zoë Núñez"


def test_a_missing_file_and_a_wrong_ending(tmp_path):
    with pytest.raises(GenogramError, match="no such file"):
        read_family(tmp_path / "no.ged")
    with pytest.raises(GenogramError, match="ending"):
        read_family(tmp_path / "family.docx")


def test_focus_takes_an_xref_with_or_without_its_signs():
    family = family_of(SIMPLE)
    assert draw_family(family, focus="I3").geometry == draw_family(family, focus="@I3@").geometry
    with pytest.raises(GenogramError, match="not in the family"):
        draw_family(family, focus="I99")


def test_a_ped_file(tmp_path):
    path = tmp_path / "family.ped"
    path.write_text("f 1 0 0 1 0\nf 2 0 0 2 0\nf 3 1 2 1 0\nf 4 1 2 2 0\n")
    family = read_family(path)
    assert family.counts == {"people": 4, "unions": 1, "children": 2}
    assert [p.sex for p in family.people] == ["male", "female", "male", "female"]


def test_a_kinship_table_with_an_unlisted_father(tmp_path):
    path = tmp_path / "family.csv"
    path.write_text("id,dadid,momid,sex\nkai,tom,laura,male\nlaura,NA,NA,female\n")
    family = read_family(path)
    assert {p.id: p.sex for p in family.people} == {"kai": "male", "laura": "female", "tom": "male"}
    assert family.counts == {"people": 3, "unions": 1, "children": 1}


def test_a_table_without_ids_is_refused(tmp_path):
    path = tmp_path / "family.csv"
    path.write_text("colour,size\nred,1\n")
    with pytest.raises(GenogramError, match="expected the columns"):
        read_family(path)
