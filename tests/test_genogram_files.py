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


def file_of(*people, families):
    """A GEDCOM text: people as (id, sex, year of birth), families as (husband, wife, children)."""
    lines = ["0 HEAD"]
    for name, sex, year in people:
        lines += [f"0 @{name}@ INDI", f"1 SEX {sex}", "1 BIRT", f"2 DATE 2 MAR {year}"]
    for i, (husband, wife, children) in enumerate(families):
        lines.append(f"0 @F{i}@ FAM")
        lines += [f"1 {tag} @{p}@" for tag, p in (("HUSB", husband), ("WIFE", wife)) if p]
        lines += [f"1 CHIL @{c}@" for c in children]
    return "\n".join([*lines, "0 TRLR"])


MARKED = {
    "two birth mothers": (
        file_of(
            ("D", "M", 1980), ("M", "F", 1982), ("O", "F", 1983), ("C", "F", 2010),
            families=[("D", "M", "C"), ("D", "O", "C")],
        ),
        {"@C@": ("2 mothers claimed",)},
        2,
    ),
    "a child older than its parent": (
        file_of(("D", "M", 1990), ("C", "F", 1950), families=[("D", "", "C")]),
        {"@C@": ("a parent younger than the child is claimed",)},
        1,
    ),
    "a mother of nine": (
        file_of(("M", "F", 2001), ("C", "F", 2010), families=[("", "M", "C")]),
        {"@C@": ("a parent less than 12 years older is claimed",)},
        1,
    ),
    "their own child": (
        file_of(("D", "M", 1990), families=[("D", "", "D")]),
        {"@D@": ("claimed as their own parent",)},
        1,
    ),
    "their own grandparent": (
        file_of(
            ("A", "M", 1950), ("B", "M", 1970), ("C", "F", 1990), ("K", "M", 2010), ("W", "F", 1951),
            families=[("A", "W", "B"), ("B", "", "C"), ("", "C", "AK")],
        ),
        {f"@{p}@": ("claimed as their own ancestor",) for p in "ABC"},
        3,
    ),
    "their own partner": (
        file_of(("D", "M", 1980), ("C", "F", 2010), families=[("D", "D", "C")]),
        {"@D@": ("claimed as their own partner",)},
        0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MARKED)
def test_what_cannot_be_is_drawn_and_marked(name):
    text, conflicts, lines = MARKED[name]
    family = family_of(text)
    assert {p.id: p.conflicts for p in family.people if p.conflicts} == conflicts
    assert sum(bool(k.conflict) for k in family.links) == lines
    drawing = draw_family(family)
    assert drawing.geometry["counts"] == family.counts
    assert bool(lines) == ('class="line clash"' in drawing.svg or 'class="line care clash"' in drawing.svg)
    for said in conflicts.values():
        assert f"! {said[0].split()[0]}" in drawing.svg


def test_what_can_be_is_not_marked():
    adopted = file_of(
        ("D", "M", 1980), ("M", "F", 1982), ("O", "F", 1983), ("C", "F", 2010),
        families=[("D", "M", "C"), ("", "O", "C")],
    ).replace("0 @F0@ FAM", "1 FAMC @F1@\n2 PEDI adopted\n0 @F0@ FAM")  # fmt: skip
    family = family_of(adopted)
    assert sorted(k.kind for k in family.links) == ["adoptive", "birth"]
    assert not any(p.conflicts for p in family.people)
    about = file_of(("D", "M", 2000), ("C", "F", 2010), families=[("D", "", "C")]).replace("2 MAR 2000", "ABT 2000")
    assert not any(p.conflicts for p in family_of(about).people)  # an estimated date may be years out


def test_a_table_with_a_person_of_two_mothers_and_a_circle_is_marked(tmp_path):
    path = tmp_path / "family.csv"
    path.write_text("id,father,mother,sex\nc,d,m,F\nc,d,o,F\nd,c,,M\nm,,,F\no,,,F\n")
    family = read_family(path)
    said = {p.id: p.conflicts for p in family.people if p.conflicts}
    assert said == {
        "c": ("claimed as their own ancestor", "2 mothers claimed"),
        "d": ("claimed as their own ancestor",),
    }
    assert draw_family(family).geometry["counts"] == family.counts


def test_thirty_partners_and_five_hundred_people_of_a_file():
    partners = [
        ("D", "M", 1950),
        *((f"W{i}", "F", 1950 + i) for i in range(30)),
        *((f"C{i}", "F", 1980) for i in range(30)),
    ]
    many = family_of(file_of(*partners, families=[("D", f"W{i}", [f"C{i}"]) for i in range(30)]))
    assert many.counts == {"people": 61, "unions": 30, "children": 30}
    assert draw_family(many).geometry["counts"] == many.counts
    alone = family_of(file_of(*((f"P{i}", "M", 1980) for i in range(500)), families=[]))
    assert draw_family(alone).geometry["counts"] == {"people": 500, "unions": 0, "children": 0}


LOST = SIMPLE.replace(
    "0 @F1@ FAM\n",
    "0 @I5@ INDI\n1 DEAT\n2 TYPE miscarriage\n2 DATE 2012\n1 FAMC @F1@\n"
    "0 @I6@ INDI\n1 NAME Ava /Reed/\n1 SEX F\n1 BIRT\n2 DATE 5 MAY 2013\n1 DEAT\n2 AGE STILLBORN\n2 DATE 5 MAY 2013\n1 FAMC @F1@\n"
    "0 @I7@ INDI\n1 BIRT\n2 TYPE Termination of pregnancy\n1 FAMC @F1@\n"
    "0 @F1@ FAM\n1 CHIL @I5@\n1 CHIL @I7@\n",
)


def test_pregnancies_that_ended_are_drawn_where_the_reader_asks():
    family = family_of(LOST, losses=True)
    assert family.counts == {"people": 7, "unions": 1, "children": 5}
    assert [(p.name, p.loss, p.age) for p in family.people[4:]] == [
        ("miscarriage", "miscarriage", None),
        ("Ava Reed", "stillbirth", None),
        ("termination of a pregnancy", "termination", None),
    ]
    drawing = draw_family(family)
    assert {s["id"]: s["shape"] for s in drawing.geometry["symbols"]}["@I5@"] == "miscarriage"
    again = family_of(gedcom_of(family), losses=True)
    assert [p.loss for p in again.people] == [p.loss for p in family.people]


def test_off_by_default_they_are_left_out_and_counted_and_the_stillborn_stand_as_who_died(tmp_path):
    path = tmp_path / "family.ged"
    path.write_text(LOST)
    family = read_family(path)
    assert family.counts == {"people": 5, "unions": 1, "children": 3}
    assert family.notices == ("2 pregnancies of the file ended and are not drawn; the option losses draws them.",)
    ava = family.people[-1]
    assert (ava.name, ava.shape, ava.deceased, ava.loss) == ("Ava Reed", "circle", True, "")
    assert read_family(path, losses=True).counts["people"] == 7


def test_a_table_with_one_known_parent_has_a_slot_for_the_other(tmp_path):
    path = tmp_path / "family.csv"
    path.write_text("id,father,mother,sex\nc,,m,F\nm,,,F\n")
    assert sorted(s["shape"] for s in draw_family(read_family(path)).geometry["symbols"]) == [
        "circle",
        "circle",
        "slot",
    ]
