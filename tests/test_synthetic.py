"""The parts of the made-up world: dice, names, identifiers, slips, rates."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from famlink.errors import MissingFileError, SpecError
from famlink.synthetic import identifiers, places, slips
from famlink.synthetic.dice import Dice
from famlink.synthetic.names import name_book
from famlink.synthetic.rates import read_rates

INDEX = np.arange(20_000)


def test_dice_do_not_depend_on_how_many_are_asked() -> None:
    dice = Dice(11)
    assert (dice.words("a", 10) == dice.words("a", 1000)[:10]).all()
    assert (dice.words("a", [7]) == dice.words("a", 1000)[7]).all()
    assert not (dice.words("a", 1000) == dice.words("b", 1000)).any()
    assert not (dice.words("a", 1000) == Dice(12).words("a", 1000)).any()


def test_dice_first_words_are_as_on_every_machine() -> None:
    # splitmix64 over the key blake2b("7/birth"), worked out with Python's own integers.
    import hashlib

    mask = 2**64 - 1
    key = int.from_bytes(hashlib.blake2b(b"7/birth", digest_size=8).digest(), "little")
    expected = []
    for i in range(3):
        z = (key + (i + 1) * 0x9E3779B97F4A7C15) & mask
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        expected.append(z ^ (z >> 31))
    assert Dice(7).words("birth", 3).tolist() == expected


def test_uniform_numbers_are_uniform() -> None:
    counts = np.histogram(Dice(3).uniform("u", 100_000), bins=20, range=(0, 1))[0]
    assert np.abs(counts - 5000).max() < 5 * np.sqrt(5000)


def test_nhs_numbers_pass_the_check_and_are_never_issued_ones() -> None:
    numbers = identifiers.nhs_numbers(Dice(5), INDEX)
    assert len(np.unique(numbers)) == len(INDEX)
    for number in numbers[:500].tolist():
        digits = [int(d) for d in str(number)]
        assert len(digits) == 10
        assert digits[0] == 9
        check = 11 - sum(d * w for d, w in zip(digits[:9], range(10, 1, -1), strict=True)) % 11
        assert check % 11 == digits[9]


def test_pupil_and_learner_numbers_pass_their_checks() -> None:
    upns = identifiers.upns(Dice(5), INDEX, np.full(len(INDEX), 2014))
    assert upns.n_unique() == len(INDEX)
    letters = "ABCDEFGHJKLMNPQRTUVWXYZ"
    for upn in upns.head(300):
        assert letters[sum(int(d) * w for d, w in zip(upn[1:], range(2, 14), strict=True)) % 23] == upn[0]
    ulns = identifiers.ulns(Dice(5), INDEX)
    assert len(np.unique(ulns)) == len(INDEX)
    for uln in ulns[:300].tolist():
        digits = [int(d) for d in str(uln)]
        remainder = sum(d * w for d, w in zip(digits[:9], range(10, 1, -1), strict=True)) % 11
        assert remainder
        assert digits[9] == 10 - remainder


def test_police_numbers_pass_their_checks() -> None:
    year = np.full(len(INDEX), 2019)
    letters = "ZABCDEFGHJKLMNPQRTUVWXY"
    pncs = identifiers.pncs(Dice(5), INDEX, year)
    assert pncs.n_unique() == len(INDEX)
    for pnc in pncs.head(300):
        assert letters[int(pnc[2:4] + pnc[5:12]) % 23] == pnc[-1]
    for cro in identifiers.cros(Dice(5), INDEX, year).head(300):
        assert letters[int(cro[7:9] + cro[:6]) % 23] == cro[-1]


def test_national_insurance_numbers_follow_the_rules_of_form() -> None:
    numbers = identifiers.ni_numbers(Dice(5), INDEX)
    assert numbers.n_unique() == len(INDEX)
    form = re.compile(r"^(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]$")
    assert all(form.match(number) for number in numbers)


def test_postcodes_are_well_formed_and_in_areas_that_do_not_exist() -> None:
    dice = Dice(9)
    for homes in (100, 400_000):
        unit = places.units_of(dice, INDEX, 2, homes)
        made = places.written(dice, unit, 1 + INDEX % 140, homes)
        form = r"^(NS|WT)[1-9]\d? [1-9][ABD-HJLNP-UW-Z]{2}$"
        assert made["postcode"].str.contains(form).all()
        assert made["uprn"].str.contains(r"^\d{1,12}$").all()


def test_names_have_the_skew_of_real_names() -> None:
    book = name_book()
    dice = Dice(1)
    index = np.arange(200_000)
    culture = np.searchsorted(book.shares, dice.uniform("culture", index), side="right")
    drawn = book.draw(dice, "surname", index, culture, "surnames")
    counts = np.sort(np.unique(drawn, return_counts=True)[1])[::-1]
    assert 0.008 < counts[0] / len(index) < 0.015  # Smith is about 1.2% of people
    assert len(counts) > 4000
    assert 0.2 < counts[:100].sum() / len(index) < 0.45


def test_names_agree_with_sex_within_a_family() -> None:
    book = name_book()
    code = book.words.code("Kowalski|Kowalska")
    both = book.words.written(np.array([code, code, -1]), np.array([True, False, True]))
    assert both.to_list() == ["Kowalska", "Kowalski", None]
    joined = book.words.join(np.array([code]), book.words.codes(["Smith"]), "-")
    assert book.words.written(joined, np.array([True])).to_list() == ["Kowalska-Smith"]


def test_a_slip_changes_the_text_and_keeps_it_close() -> None:
    from rapidfuzz.distance import OSA

    for name in ("Thompson", "Zoë", "Ng", "O'Brien", "Adeyemi", "Al-Hassan"):
        for number in range(200):
            made = slips.typed(name, number)
            assert made
            assert OSA.distance(name, made) <= 3
    assert sum(slips.typed("Thompson", n) != "Thompson" for n in range(200)) > 195


def test_rates_can_be_changed_and_a_misspelt_one_is_told(tmp_path: Path) -> None:
    file = tmp_path / "rates.toml"
    file.write_text("[family]\ntwins = 0.2\n[error.agency.police]\nforename = 0.5\n", encoding="utf-8")
    rates = read_rates(file)
    assert rates["family.twins"] == 0.2
    assert rates["family.triplets"] == read_rates()["family.triplets"]
    assert rates.by_agency("error", "police", "forename") == 0.5
    assert rates.by_agency("error", "police", "date_of_birth") == 0.045
    file.write_text("[family]\ntwinz = 0.2\n", encoding="utf-8")
    with pytest.raises(SpecError, match="did you mean 'twins'"):
        read_rates(file)
    file.write_text("[famly]\n", encoding="utf-8")
    with pytest.raises(SpecError, match="did you mean 'family'"):
        read_rates(file)
    file.write_text("family = 3\n", encoding="utf-8")
    with pytest.raises(SpecError, match="table of rates"):
        read_rates(file)
    file.write_text("[family\n", encoding="utf-8")
    with pytest.raises(SpecError, match="not valid TOML"):
        read_rates(file)
    with pytest.raises(MissingFileError):
        read_rates(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[family]\ntwins = "many"\n', "'family.twins' is expected to be a number, got str"),
        ("[family]\ntwins = true\n", "'family.twins' is expected to be a number, got bool"),
        ("[family]\ntwins = nan\n", "'family.twins' is expected to be a number, got float"),
        ("[family]\ntwins = 1.2\n", "'family.twins' is expected to be a chance from 0 to 1, got 1.2"),
        ("[lag]\nyears = -1\n", "'lag.years' is expected to be 0 or more, got -1"),
        ("[family]\nbirths = [1, 2]\n", "'family.births' is expected to be a list of 6 numbers"),
        ("[event]\nagencies = [0, 0, 0, 0]\n", "'event.agencies' is expected to hold numbers of 0 or more, not all 0"),
        ('[care]\nkinds = ["a", "b", "c", "d"]\n', "'care.kinds' is expected to hold numbers"),
        ("[care]\nkinds = 3\n", "'care.kinds' is expected to be a list of 4 numbers"),
        ("agencies = [1]\n", "'agencies' is expected to be a list of texts"),
        ("agencies = 'police'\n", "'agencies' is expected to be a list of texts"),
        ("[error.agency.polcie]\nforename = 0.1\n", "did you mean 'police'"),
        ("[error.agency.police]\nfornames = 0.1\n", "did you mean 'forename'"),
        ("[error.agency.housing]\nforename = 'x'\n", "'error.agency.housing.forename' is expected to be a number"),
        ("[coverage.police]\ninfants = 0.1\n", "did you mean 'infant'"),
        (
            "[consent.decisions]\ngiven = 0\nrefused = 0\nwithdrawn = 0\nnot-sought = 0\noverridden = 0\n",
            "'consent.decisions' is all 0",
        ),
    ],
)
def test_a_rate_that_cannot_be_is_told_in_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "rates.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SpecError, match=re.escape(said)) as told:
        read_rates(file)
    assert "\n" not in str(told.value)


def test_rates_a_table_of_its_kind_has_elsewhere_may_be_added(tmp_path: Path) -> None:
    file = tmp_path / "rates.toml"
    file.write_text(
        "[coverage.council_tax]\ninfant = 0.1\n[identifier.nhs_number]\npolice = 0.2\n[event]\nroutine = 2\n"
        "[error.agency.probation]\nforename = 0.3\n"
    )
    rates = read_rates(file)
    assert rates["coverage.council_tax.infant"] == 0.1
    assert rates["coverage.council_tax.mother"] == 0.85
    assert rates["identifier.nhs_number.police"] == 0.2
    assert rates.by_agency("error", "probation", "forename") == 0.3


def test_rates_that_are_not_text_say_so(tmp_path: Path) -> None:
    file = tmp_path / "rates.toml"
    file.write_bytes(b"[family]\ntwins = 0.1 # \xff\xfe\n")
    with pytest.raises(SpecError, match="save it as TOML in UTF-8"):
        read_rates(file)


def test_every_shipped_rate_has_a_meaning() -> None:
    """A rate that nothing reads is a promise not kept: every key is named in the code that draws with it."""
    package = Path(slips.__file__).parent
    code = "\n".join(path.read_text(encoding="utf-8") for path in package.glob("*.py"))
    tree = read_rates().tree
    for table in ("family", "care", "home", "quality", "lag", "event", "consent", "detail"):
        for name in tree[table]:
            written_out = f'{table}.{name}"' in code or f'"{name}"' in code
            made_up = table == "quality" and name.split("_")[0] in ("record", "worker")
            asked = f'happens("{name.replace("_", " ")}")' in code
            assert written_out or made_up or asked, f"{table}.{name}"


def test_names_file_has_no_name_twice_in_a_list() -> None:
    for culture in name_book().cultures:
        for kind, codes in culture.lists.items():
            assert len(np.unique(codes)) == len(codes), (culture.name, kind)
            assert len(culture.shares[kind]) == len(codes)


def test_series_are_not_changed_in_place() -> None:
    from famlink.synthetic.records import changed

    names = pl.Series(["Anna", "Berta", None])
    made = changed(names, np.array([True, True, True]), np.array([0, 0, 0]), "typed")
    assert names.to_list() == ["Anna", "Berta", None]
    assert made.to_list() == ["Ana", "Beta", None] or made[0] != "Anna"
