"""Names as agencies write them, and the words that are compared."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from famlink.standardisation.folding import fold, folded
from famlink.standardisation.names import names_of
from famlink.standardisation.namewords import clean_forename, clean_surname, clean_words
from famlink.tables import RECORDS

ONE = {"agency": "gp", "part": 0, "origin": "given", "file": "f"}


def records(*rows):
    return RECORDS.frame([{**ONE, "record_id": str(n), "file_row": n, **row} for n, row in enumerate(rows, 1)])


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Łukasz", "lukasz"),
        ("ZOË", "zoe"),
        ("Bjørn Åse", "bjorn ase"),
        ("Strauß", "strauss"),
        ("Đặng", "dang"),
        ("Þór", "thor"),
        ("Siân\u00a0 Ffion", "sian ffion"),
        ("O\u2019Neill", "o'neill"),
        ("ﬁona", "fiona"),
        ("İbrahim", "ibrahim"),
        ("Юрий", "юрий"),
        ("محمد", "محمد"),
        ("प्रिया", "प्रिया"),
        ("김민준", "김민준"),
    ],
)
def test_letters_are_folded_and_other_scripts_kept(text, plain):
    assert fold(text) == plain
    assert folded(pl.Series([text, None, "Ann"])).to_list() == [plain, None, "ann"]


@given(st.text(max_size=20))
@settings(deadline=None, max_examples=60)
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "surname"),
    [
        ("SMITH", "smith"),
        ("O'Brien", "obrien"),
        ("O’BRIEN", "obrien"),
        ("O Brien", "obrien"),
        ("MC DONALD", "mcdonald"),
        ("Mc-Donald", "mcdonald"),
        ("Mac Donald", "macdonald"),
        ("van der Berg", "vanderberg"),
        ("de la Cruz", "delacruz"),
        ("Al-Hassan", "alhassan"),
        ("El Sayed", "elsayed"),
        ("St. John", "stjohn"),
        ("Smith-Jones", "smith jones"),
        ("Smith Jones", "smith jones"),
        ("García Márquez", "garcia marquez"),
        ("Le", "le"),
        ("SM1TH", "smith"),
        ("WI11IAMS", "williams"),
        ("R0BINS0N", "robinson"),
        ("MIG_ERROR_Smith", "smith"),
        ("NO_SHOW_Smith", "smith"),
        ("DUPLICATE_O'BRIEN", "obrien"),
        ("%Duplicate% Smith", "smith"),
        ("Mrs Smith", "smith"),
        ("Smith Jnr", "smith"),
        ("EXORS OF JOHN SMITH", "smith"),
        ("Turing, MR Alan Mathison", "turing"),
        ("BABY SMITH", "smith"),
        ("D'Souza", "dsouza"),
        ("Smith2", "smith"),
        ("Householder", "householder"),
        ("Person", "person"),
    ],
)
def test_surnames(text, surname):
    assert clean_surname(text).value == surname


@pytest.mark.parametrize(
    "text",
    [
        "UNKNOWN",
        "Not Known",
        "NOT ENTERED",
        "anon",
        "TBC",
        "NOT_ENTERED",
        "Acme Homes Ltd",
        "Northshire Council",
        "Of the house",
        "Occupant",
        "***",
        "123",
    ],
)
def test_surnames_that_are_none_say_why(text):
    name = clean_surname(text)
    assert name.value is None
    assert name.reasons


@pytest.mark.parametrize(
    ("text", "forename", "rest"),
    [
        ("ANN", "ann", None),
        ("Mary Ann", "mary", "ann"),
        ("Jean-Paul", "jean paul", None),
        ("Mr Alan Mathison", "alan", "mathison"),
        ("Abdul Rahman", "abdulrahman", None),
        ("J", "j", None),
        ("Elizabeth (Liz)", "elizabeth", None),
        ("A1AN", "alan", None),
        ("DUPLICATE_Zoë", "zoe", None),
        ("Babyface", "babyface", None),
        ("Malea", "malea", None),
        ("Son", "son", None),
        ("Mom", "mom", None),
    ],
)
def test_forenames(text, forename, rest):
    name = clean_forename(text)
    assert (name.value, name.rest) == (forename, rest)


@pytest.mark.parametrize(
    ("text", "reason", "family"),
    [
        ("BABY", "placeholder: child not named", None),
        ("BABY SMITH", "placeholder: child not named", "smith"),
        ("Baby of Jane Smith", "placeholder: child not named", "smith"),
        ("B/O Smith", "placeholder: child not named", "smith"),
        ("INFANT", "placeholder: child not named", None),
        ("TWIN 1", "placeholder: child not named", None),
        ("Twin B Smith", "placeholder: child not named", "smith"),
        ("UNBORN", "placeholder: unborn", None),
        ("Unborn Baby Mc Donald", "placeholder: unborn", "mcdonald"),
        ("UNKNOWN", "placeholder", None),
        ("NOT KNOWN", "placeholder", None),
        ("ANON", "placeholder", None),
        ("TBC", "placeholder", None),
        ("MALE", "placeholder", None),
        ("Granddaughter", "placeholder", None),
        ("Lady of the house", "placeholder", None),
        ("Respondent", "placeholder", None),
        ("not entered", "placeholder", None),
        ("Mrs", "placeholder", None),
    ],
)
def test_forenames_that_are_none(text, reason, family):
    name = clean_forename(text)
    assert name.value is None
    assert name.reasons == (reason,)
    assert name.other == family


@given(st.text(max_size=20))
@settings(deadline=None, max_examples=60)
def test_any_text_gives_tidy_words_or_a_reason(text):
    for clean in (clean_forename, clean_surname, clean_words):
        name = clean(text)
        if name.value is None:
            assert name.reasons
        else:
            assert name.value == " ".join(name.value.split())
            assert name.value == fold(name.value)


@given(st.from_regex(r"[A-Za-z]{2,12}", fullmatch=True))
@settings(deadline=None, max_examples=60)
def test_columns_agree_with_cells(text):
    got = names_of(records({"forename": text, "surname": text, "middle_names": text})).columns.row(0, named=True)
    assert got["surname"] in {clean_surname(text).value, clean_forename(text).other}
    assert got["forename"] == clean_forename(text).value


def test_both_names_in_one_cell():
    got = names_of(
        records(
            {"surname": "Turing, MR Alan Mathison"},
            {"surname": "Turing, Alan", "forename": "Al"},
            {"forename": "BABY SMITH"},
            {"forename": "BABY SMITH", "surname": "Jones"},
            {"surname": "EXORS OF MR JOHN SMITH"},
            {"forename": "Ann Marie", "middle_names": "Jo"},
            {"forename": "Ann", "surname": "Lee", "former_surnames": "Mc Donald; UNKNOWN;Lee-Ray", "aliases": "Annie"},
        )
    )
    assert got.columns.select("forename", "middle_names", "surname").rows() == [
        ("alan", "mathison", "turing"),
        ("al", None, "turing"),
        (None, None, "smith"),
        (None, None, "jones"),
        ("john", None, "smith"),
        ("ann", "marie jo", None),
        ("ann", None, "lee"),
    ]
    assert got.columns["former_surnames"].to_list()[-1] == ["mcdonald", "lee ray"]
    assert got.columns["aliases"].to_list()[-1] == ["annie"]
    assert got.reasons["surname"].to_list()[0] == "title removed; split from a combined name"
    assert got.reasons["former_surnames"].to_list()[-1] == "placeholder"


WORDS = st.sampled_from(
    ["ann", "lee", "mc", "van", "o", "baby", "jr", "dr", "smith", "d'arcy", "Zoë", "not", "known", "twin", "al"]
)


@given(st.lists(st.tuples(WORDS, st.sampled_from(["-", " ", ""])), min_size=1, max_size=3))
def test_names_read_by_the_column_are_read_as_one_by_one(parts):
    text = "".join(word + mark for word, mark in parts)
    got = names_of(
        records({"forename": text, "surname": "Lee"}, {"forename": "Ann", "surname": text}, {"middle_names": text})
    ).columns
    first, last, middle = clean_forename(text), clean_surname(text), clean_words(text)
    assert (got["forename"][0], got["middle_names"][0]) == (first.value, first.rest)
    assert (got["surname"][1], got["middle_names"][2]) == (last.value, middle.value)
