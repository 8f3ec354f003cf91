"""A record as an agency wrote it down: what was true on a day, what the agency asks for, and what went wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from famlink.synthetic import identifiers, slips
from famlink.synthetic.dice import Bools, Dice, Ints
from famlink.synthetic.homes import KINDS, Homes
from famlink.synthetic.knowing import Rows
from famlink.synthetic.names import NameBook
from famlink.synthetic.naming import surname_on
from famlink.synthetic.people import CHILD, MOTHER, NOBODY, PARTNER, People
from famlink.synthetic.rates import Rates
from famlink.synthetic.shape import NEVER, TODAY

SCHOOLS = ("Academy", "Primary School", "C of E Primary", "High School", "Community College", "RC School")
PLACEHOLDERS = ("UNKNOWN", "NOT KNOWN", "TBC", "BABY", "INFANT")
PREFIXES = ("DUPLICATE_", "MIG_ERROR_", "NO_SHOW_")


@dataclass(frozen=True)
class World:
    """What the writing of records needs to know.

    Args:
        dice: the world's dice.
        rates: the world's rates.
        book: names.
        people: everybody.
        homes: where they live.
        rows: all records.
        agencies: the world's agencies.
    """

    dice: Dice
    rates: Rates
    book: NameBook
    people: People
    homes: Homes
    rows: Rows
    agencies: list[str]


def days(numbers: Ints, valid: Bools) -> pl.Series:
    """Day numbers as dates, null where not valid."""
    return (
        pl.Series(np.where(valid, numbers, 0))
        .cast(pl.Int32)
        .cast(pl.Date)
        .zip_with(pl.Series(valid), _nulls(pl.Date(), len(valid)))
    )


def _nulls(dtype: pl.DataType, n: int) -> pl.Series:
    return pl.Series([None], dtype=dtype).new_from_index(0, n)


def blank(series: pl.Series, empty: Bools) -> pl.Series:
    """The series with nulls where told."""
    return _nulls(series.dtype, len(series)).zip_with(pl.Series(empty), series)


def changed(series: pl.Series, where: Bools, make: Ints, how: str) -> pl.Series:
    """Apply a slip to some cells.

    Args:
        series: text.
        where: cells to change; null cells stay null.
        make: a number for each cell that chooses the slip.
        how: name of a function in :mod:`famlink.synthetic.slips`.

    Returns:
        the changed text.
    """
    places = np.flatnonzero(where & series.is_not_null().to_numpy())
    if not len(places):
        return series
    slip = getattr(slips, how)
    old = series.gather(pl.Series(places)).to_list()
    new = [slip(text, number) for text, number in zip(old, make[places].tolist(), strict=True)]
    # scatter writes in place: a copy, for the caller keeps the series as it was
    return series.clone().scatter(pl.Series(places), pl.Series(new, dtype=pl.String))


class Scribe:
    """Writes one agency's records.

    Args:
        world: the world.
        agency: the agency's name.
        fields: canonical columns the agency has.
    """

    def __init__(self, world: World, agency: str, fields: list[str]) -> None:
        self.world, self.agency, self.fields = world, agency, fields
        number = world.agencies.index(agency)
        self.at = np.flatnonzero(world.rows.agency == number)
        self.person = world.rows.person[self.at]
        self.key = (self.person * 16 + number) * 4 + world.rows.copy[self.at]
        self.day, self.known = world.rows.day[self.at], world.rows.known[self.at]
        self.unborn = world.rows.unborn[self.at]
        self.load = world.rows.load[self.at]

    def goes_wrong(self, name: str) -> Bools:
        """Which records have this error."""
        rate = self.world.rates.by_agency("error", self.agency, name)
        return self.world.dice.chance(f"error {name}", self.key, np.minimum(rate * self.load, 0.9))

    def happens(self, question: str) -> Bools:
        """Which records a detail applies to: its rate is ``detail.`` and the question with underscores."""
        return self.world.dice.chance(question, self.key, self.world.rates[f"detail.{question.replace(' ', '_')}"])

    def number(self, question: str, below: int = 1_000_000) -> Ints:
        """A whole number for every record."""
        return self.world.dice.below(question, self.key, below)

    def holds(self, name: str, index: Ints | None = None) -> Bools:
        """Which records hold an identifier at all."""
        rate = self.world.rates.get(f"identifier.{name}.{self.agency}", 0.0)
        return self.world.dice.chance(f"holds {name}", self.key if index is None else index, rate)

    def people(self) -> pl.DataFrame:
        """The agency's people table under canonical names, all text but for dates."""
        columns: dict[str, pl.Series] = {}
        columns |= self._names()
        columns |= self._dates()
        columns |= self._place()
        columns |= self._numbers()
        columns |= self._rest(columns)
        wanted = [name for name in self.fields if name != "record_id"]
        return pl.DataFrame({name: columns[name] for name in wanted})

    def _names(self) -> dict[str, pl.Series]:
        people, words, dice, rates = self.world.people, self.world.book.words, self.world.dice, self.world.rates
        female = people.female[self.person]
        baby = self.unborn | ((people.age()[self.person] < 1.2) & self.happens("still baby"))
        use_call = (people.call_name[self.person] >= 0) & self.happens("call name")
        codes = np.where(use_call, people.call_name[self.person], people.forename[self.person])
        codes = np.where(self.goes_wrong("twin_forename"), people.forename[self._twin()], codes)
        forename = words.written(codes, female)
        middle = words.written(np.where(use_call, NOBODY, people.middle[self.person]), female)
        surname_code = surname_on(people, self.person, self.known)
        mothers = np.where(people.mother[self.person] >= 0, people.mother[self.person], self.person)
        surname_code = np.where(baby, surname_on(people, mothers, self.day), surname_code)
        surname = words.written(surname_code, baby | female)

        wrong = self.goes_wrong("forename") & ~baby
        what = dice.pick("forename slip", self.key, rates["error.forename_kinds"])
        pick = self.number("forename slip number")
        forename = changed(forename, wrong & (what == 0), pick, "typed")
        forename = changed(forename, wrong & (what == 1), pick, "short_form")
        use_middle = wrong & (what == 2) & middle.is_not_null().to_numpy()
        forename = middle.zip_with(pl.Series(use_middle), forename)
        initial = wrong & (what == 3)
        forename = forename.str.slice(0, 1).zip_with(pl.Series(initial), forename)

        wrong = self.goes_wrong("surname")
        what = dice.pick("surname slip", self.key, rates["error.surname_kinds"])
        pick = self.number("surname slip number")
        surname = changed(surname, wrong & (what == 0), pick, "typed")
        surname = words.written(self._other_surname(surname_code), female).zip_with(
            pl.Series(wrong & (what == 1)), surname
        )
        surname = changed(surname, wrong & (what == 2), pick, "other_spelling")
        surname = blank(surname, wrong & (what == 3))
        swap = pl.Series(self.goes_wrong("names_swapped") & ~baby)
        forename, surname = surname.zip_with(swap, forename), forename.zip_with(swap, surname)
        prefix = pl.Series(list(PREFIXES)).gather(pl.Series(self.number("prefix", len(PREFIXES))))
        surname = (prefix + surname).zip_with(pl.Series(self.goes_wrong("prefix")), surname)
        said = pl.Series(list(PLACEHOLDERS)).gather(pl.Series(self.number("placeholder", 3)))
        forename = said.zip_with(pl.Series(self.goes_wrong("placeholder_name")), forename)
        forename = (
            pl.Series(["UNBORN" if self.agency != "health" else "BABY"])
            .new_from_index(0, len(self.at))
            .zip_with(pl.Series(self.unborn), forename)
        )
        twin = pl.Series(np.where(people.multiple[self.person] > 1, "TWIN ", "BABY"))
        order = pl.Series(1 + people.slot[self.person] % 2).cast(pl.String)
        twin = (twin + order).zip_with(pl.Series(people.multiple[self.person] > 1), twin)
        forename = twin.zip_with(pl.Series(baby & ~self.unborn), forename)
        forename = blank(forename, self.goes_wrong("forename_missing"))
        middle = blank(middle, self.goes_wrong("middle_missing") | use_middle | baby)
        former = words.written(np.where(baby, NOBODY, people.surname[self.person, 0]), female)
        now = words.written(surname_on(people, self.person, self.known), female)
        tells = self.happens("tells former") & (former != now).fill_null(value=False).to_numpy()
        alias = changed(forename, np.ones(len(self.at), dtype=bool), pick, "short_form")
        return {
            "forename": forename, "middle_names": middle, "surname": surname, "former_surnames": blank(former, ~tells),
            "aliases": blank(alias, baby | ~self.happens("alias")),
        }  # fmt: skip

    def _twin(self) -> Ints:
        """The twin of each person; the person where there is none."""
        people = self.world.people
        after = np.minimum(self.person + 1, len(people) - 1)
        before = np.maximum(self.person - 1, 0)
        twin = people.multiple[self.person] > 1
        out = np.where(twin & (people.birth[before] == people.birth[self.person]), before, self.person)
        return np.where(twin & (people.birth[after] == people.birth[self.person]), after, out)

    def _other_surname(self, now: Ints) -> Ints:
        """A surname the person could be thought to have: an old or later one of its own, its mother's or its father's."""
        people = self.world.people
        own = people.surname[self.person, self.number("own other name", 3)]
        parent = np.where(self.number("which parent", 2) == 0, people.mother[self.person], people.father[self.person])
        theirs = np.where(parent >= 0, people.surname[np.maximum(parent, 0), 1], own)
        other = np.where((own != now) & (people.role[self.person] != CHILD), own, theirs)
        man = np.flatnonzero(people.role[self.person] == PARTNER)
        other[man] = own[man]
        return other

    def _dates(self) -> dict[str, pl.Series]:
        people, dice = self.world.people, self.world.dice
        born = people.born[self.person].copy()
        wrong = self.goes_wrong("date_of_birth")
        what = np.where(wrong, dice.pick("dob slip", self.key, self.world.rates["error.date_of_birth_kinds"]), -1)
        stamp = born.astype("datetime64[D]")
        month0 = stamp.astype("datetime64[M]")
        day = (stamp - month0).astype(np.int64) + 1
        month = month0.astype(np.int64) % 12 + 1
        year0 = stamp.astype("datetime64[Y]")
        swapped = (year0.astype("datetime64[M]") + (day - 1)).astype("datetime64[D]") + (month - 1)
        born = np.where((what == 0) & (day <= 12), swapped.astype(np.int64), born)
        shift = np.array([-10, 10, 1, -1, 2, -2, 20, 3])[self.number("day digit", 8)]
        born = np.where((what == 1) | ((what == 0) & (day > 12)), born + shift, born)
        step = np.where(self.number("month up", 2) == 0, 1, -1)
        moved = (month0 + step).astype("datetime64[D]") + (np.minimum(day, 28) - 1)
        born = np.where(what == 2, moved.astype(np.int64), born)
        years = np.array([-1, 1, 10, -10])[dice.pick("year out", self.key, [0.42, 0.42, 0.08, 0.08])]
        another = (year0 + years).astype("datetime64[M]") + (month - 1)
        born = np.where(what == 3, another.astype("datetime64[D]").astype(np.int64) + np.minimum(day, 28) - 1, born)
        round_day = np.where(
            self.number("round day", 2) == 0, year0.astype("datetime64[D]"), month0.astype("datetime64[D]") + 14
        )
        born = np.where(what == 4, round_day.astype("datetime64[D]").astype(np.int64), born)
        born = np.where(what == 5, -25567, born)  # 1900-01-01
        born = np.where((born > TODAY) & ~self.unborn, people.born[self.person], born)
        valid = ~self.unborn & ~self.goes_wrong("date_of_birth_missing")
        tells = self.unborn | (self.happens("tells expected") & (people.age()[self.person] < 2))
        died = people.died[self.person]
        dead = (died < NEVER) & (died <= self.day + 60)
        return {
            "date_of_birth": days(born, valid),
            "expected_date_of_birth": days(
                people.expected[self.person], tells & (people.expected[self.person] < NEVER)
            ),
            "date_of_death": days(died, dead & self.happens("tells death")),
            "recorded_on": days(self.day, np.ones(len(self.at), dtype=bool)),
        }

    def _place(self) -> dict[str, pl.Series]:
        homes = self.world.homes
        household = homes.household_on(self.person, self.known)
        written, since, until = homes.address_on(household, self.known)
        pick = self.number("address slip")
        address = changed(written["address"], self.goes_wrong("address"), pick, "typed")
        short = self.happens("street shortened")
        for word, brief in (("Road", "Rd"), ("Street", "St"), ("Avenue", "Ave"), ("Close", "Cl"), ("Drive", "Dr")):
            address = address.str.replace(f" {word},", f" {brief},", literal=True).zip_with(pl.Series(short), address)
        nowhere = self.happens("no fixed abode")
        postcode = changed(written["postcode"], self.goes_wrong("postcode"), pick, "wrong_digit")
        postcode = pl.Series(np.where(nowhere, "ZZ99 3VZ", "")).zip_with(pl.Series(nowhere), postcode)
        postcode = postcode.str.replace(" ", "", literal=True).zip_with(pl.Series(pick % 11 == 0), postcode)
        missing = self.goes_wrong("postcode_missing")
        address = pl.Series(np.where(nowhere, "No fixed abode", "")).zip_with(pl.Series(nowhere), address)
        restricted = homes.refuge[household // KINDS % homes.families] & (household % KINDS == 0)
        has_uprn = self.holds("uprn") & ~nowhere
        closed = (until < NEVER) & self.happens("address closed")
        flag = pl.Series(np.where(restricted, "refuge", "no")).cast(pl.String)
        number = pl.Series(household)
        return {
            "address": blank(address, missing & self.happens("address missing too")),
            "postcode": blank(postcode, missing),
            "uprn": blank(written["uprn"], ~has_uprn),
            "address_from": days(np.maximum(since, -3000), since > -3000),
            "address_to": days(until, closed),
            "household_id": "F" + (1_000_000 + number * 7).cast(pl.String),
            "restricted": flag,
        }

    def _numbers(self) -> dict[str, pl.Series]:
        dice, people = self.world.dice, self.world.people
        whose = self.person.copy()
        pasted = self.goes_wrong("identifier_pasted")
        child = pasted & np.isin(people.role[self.person], (CHILD,)) & (people.mother[self.person] >= 0)
        whose = np.where(child, people.mother[self.person], whose)
        nhs_of = identifiers.nhs_numbers(dice, whose)
        former_of = identifiers.nhs_numbers(dice, whose + len(people))
        superseded = dice.chance("superseded", whose, self.world.rates["identifier.nhs_superseded"])
        uses_old = superseded & self.happens("uses old")
        nhs = pl.Series(np.where(uses_old, former_of, nhs_of)).cast(pl.String)
        nhs = changed(nhs, self.goes_wrong("nhs_number"), self.number("nhs slip"), "wrong_digit")
        has_nhs = self.holds("nhs_number") & ~self.unborn
        knows_old = has_nhs & superseded & ~uses_old & self.happens("knows old")
        verified = pl.Series(np.where(self.happens("traced") & ~pasted, "yes", "no"))
        school_age = (people.age()[self.person] > 3.5) & (people.age()[self.person] < 26) & ~self.unborn
        entered = ((people.born[self.person] + 1600) / 365.25).astype(np.int64) + 1970
        upn = identifiers.upns(dice, self.person, entered)
        old_upn = identifiers.upns(dice, self._former_pupil(), entered)
        has_upn = self.holds("upn") & school_age
        tells_old = has_upn & (
            dice.chance("former upn", self.person, self.world.rates["identifier.former_upn"])
            | (people.before[self.person] >= 0)
        )
        adult = people.age()[self.person] > 16
        partner_of = self._partner()
        claimant = np.where(pasted & (partner_of >= 0), partner_of, self.person)
        year = 2026 - dice.below("pnc year", self.person, 12)
        return {
            "nhs_number": blank(nhs, ~has_nhs),
            "former_nhs_number": blank(pl.Series(former_of).cast(pl.String), ~knows_old),
            "nhs_number_verified": blank(verified, ~has_nhs),
            "upn": blank(changed(upn, self.goes_wrong("upn"), self.number("upn slip"), "wrong_digit"), ~has_upn),
            "former_upn": blank(old_upn, ~tells_old),
            "uln": blank(
                pl.Series(identifiers.ulns(dice, self.person)).cast(pl.String),
                ~(self.holds("uln") & school_age & (people.age()[self.person] > 13)),
            ),
            "ni_number": blank(identifiers.ni_numbers(dice, claimant), ~(self.holds("ni_number") & adult)),
            "pnc": blank(
                identifiers.pncs(dice, self.person, year), ~(self.holds("pnc") & (people.age()[self.person] > 10))
            ),
            "cro": blank(identifiers.cros(dice, self.person, year), ~(self.holds("cro") & adult)),
        }

    def _former_pupil(self) -> Ints:
        before = self.world.people.before[self.person]
        return np.where(before >= 0, before, self.person + len(self.world.people))

    def _partner(self) -> Ints:
        """The mother for a partner: whose number a benefit row of his can carry."""
        people = self.world.people
        mothers = np.full(int(people.family.max()) + 1, NOBODY)
        women = np.flatnonzero(people.role == MOTHER)
        mothers[people.family[women]] = women
        return np.where(people.role[self.person] == PARTNER, mothers[people.family[self.person]], NOBODY)

    def _rest(self, columns: dict[str, pl.Series]) -> dict[str, pl.Series]:
        dice, people = self.world.dice, self.world.people
        young = people.age()[self.person] < 16
        family_phone = people.family[self.person] * 8
        own = family_phone + 1 + people.role[self.person] % 4 + people.slot[self.person] % 3
        line = np.where(young, family_phone, np.where(people.role[self.person] == MOTHER, family_phone, own))
        old = self.goes_wrong("phone_old")
        line = line * 4 + np.where(old, 1 + self.number("which old phone", 3), 0)
        phone = phone_numbers(dice, line)
        mail = (
            columns["forename"].str.to_lowercase() + "." + columns["surname"].str.to_lowercase() + pl.Series(self.person % 97).cast(pl.String)
        ).str.replace_all(r"[^a-z0-9.]", "") + "@example.org"  # fmt: skip
        moves = self.world.homes.household_on(self.person, self.known)
        gp = pl.Series(
            [
                f"{name} Surgery"
                for name in ("Abbey", "Bridge", "Castle", "Dale", "Elm Tree", "Ford", "Grange", "Harbour")
            ]
        )
        school = pl.Series(
            [
                f"{town} {kind}"
                for town in ("Northbridge", "Aldersea", "Merrow", "Ellerby", "Rushby", "Owlerton")
                for kind in SCHOOLS
            ]
        )
        ethnicity = pl.Series([one.ethnicity for one in self.world.book.cultures]).gather(
            pl.Series(people.culture[self.person])
        )
        unknown = self.happens("ethnicity unknown")
        sex = np.where(people.female[self.person], 0, 1)
        sex = np.where(self.goes_wrong("sex"), 1 - sex, sex)
        sex = np.where(self.unborn | self.happens("sex unknown"), 2, sex)
        return {
            "phone": blank(phone, ~self.holds("phone")),
            "email": blank(mail, ~self.holds("email") | young),
            "gp_practice": gp.gather(pl.Series(dice.below("gp", moves // KINDS, len(gp)))),
            "school": blank(
                school.gather(
                    pl.Series(dice.below("school", moves * 2 + (people.age()[self.person] > 11), len(school)))
                ),
                people.age()[self.person] > 19,
            ),
            "ethnicity": blank(ethnicity, unknown),
            "sex": pl.Series(sex),
        }


def phone_numbers(dice: Dice, line: Ints) -> pl.Series:
    """Telephone numbers nobody has: Ofcom's drama range for a small world, the unused area code 01632 beyond it."""
    number = dice.below("phone", line, 1_000_000)
    return "01632 " + pl.Series(number).cast(pl.String).str.zfill(6)
