"""What agencies state of relationships between the people they record, by record id or in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from famlink.synthetic.dice import Bools, Ints
from famlink.synthetic.naming import surname_on
from famlink.synthetic.people import ADOPTER, CARER, MOTHER
from famlink.synthetic.records import Scribe, World, blank, changed, days, phone_numbers
from famlink.synthetic.shape import NEVER, TODAY

WORDS = {
    "parent": ("Mother", "Father"), "child": ("Daughter", "Son"), "sibling": ("Sister", "Brother"),
    "grandparent": ("Grandmother", "Grandfather"), "grandchild": ("Granddaughter", "Grandson"),
    "aunt or uncle": ("Aunt", "Uncle"), "niece or nephew": ("Niece", "Nephew"), "spouse": ("Wife", "Husband"),
    "partner": ("Partner", "Partner"), "ex-partner": ("Ex-partner", "Ex-partner"), "ex-spouse": ("Ex-wife", "Ex-husband"),
    "foster carer": ("Foster carer", "Foster carer"), "special guardian": ("Special guardian", "Special guardian"),
    "kinship carer": ("Kinship carer", "Kinship carer"),
}  # fmt: skip
"""Relationship -> the word for a woman and for a man."""
UP = ("parent", "grandparent", "foster carer", "special guardian", "kinship carer", "aunt or uncle")
EVEN = ("sibling", "partner", "spouse", "ex-partner", "ex-spouse")
HEADS = (MOTHER, CARER, ADOPTER)
WRONG = {
    "Son": "Brother", "Daughter": "Sister", "Mother": "Grandmother", "Father": "Step father", "Brother": "Cousin",
    "Sister": "Cousin", "Partner": "Friend", "Grandmother": "Mother",
}  # fmt: skip


@dataclass(frozen=True)
class Stated:
    """One agency's relationships.

    Args:
        table: relationship columns under canonical names; dates are dates.
        named: record_id, person: the people named in words, with the ids they get.
        said: person, relative: between whom each row states a relationship, truly or in a wrong word.
    """

    table: pl.DataFrame
    named: pl.DataFrame
    said: pl.DataFrame

    def of(self, words: tuple[str, ...] | None) -> Stated:
        """What is stated between records in one of some words, in small letters; everything where that is None."""
        if words is None:
            return self
        kept = self.table["relationship"].str.to_lowercase().is_in(list(words))
        kept &= self.table["related_record_id"].is_not_null()
        return Stated(self.table.filter(kept), self.named.clear(), self.said.filter(kept))


def state(world: World, scribe: Scribe, ids: pl.Series, kin: pl.DataFrame, *, style: str) -> Stated:
    """Write one agency's relationships.

    Args:
        world: the world.
        scribe: the agency's records.
        ids: their record ids.
        kin: the true relations, from :func:`famlink.synthetic.kin.kin_of`.
        style: ids, head (of a household) or words.

    Returns:
        the relationships, in order of record.
    """
    known = pl.DataFrame(
        {
            "person": scribe.person,
            "copy": world.rows.copy[scribe.at],
            "at": np.arange(len(scribe.at)),
            "day": scribe.day,
        }
    )
    left = kin.join(known.select("person", "copy", "at", "day"), on="person")
    first = known.filter(pl.col("copy") < 2).group_by("person").agg(pl.col("copy").max().alias("copies"))
    both = (
        left.join(first.select(relative="person", copies="copies"), on="relative")
        .with_columns(wanted=pl.when(pl.col("copy") == 2).then(0).otherwise(pl.min_horizontal("copy", "copies")))
        .join(known.select(relative="person", wanted="copy", other="at", other_day="day"), on=["relative", "wanted"])
    )
    both = both.filter(pl.col("start").eq(NEVER) | (pl.col("start") <= pl.max_horizontal("day", "other_day")))
    if style == "words":
        chosen = _in_words(world, scribe, left)
    elif style == "head":
        chosen = _of_head(world, scribe, both)
    else:
        chosen = _by_id(world, scribe, both)
        unknown = left.join(known.select(relative="person"), on="relative", how="anti")
        fathers = (pl.col("relationship") == "parent") & (pl.col("qualifier") != "step")
        fathers &= pl.col("relative").is_in(_men(world))
        odds = world.rates["tie.father_in_words"] if scribe.agency in ("social_care", "early_help") else 0.0
        absent = _chosen(world, unknown.filter(fathers), f"{scribe.agency} father in words", odds)
        chosen = pl.concat([chosen, absent.with_columns(other=pl.lit(-1, dtype=pl.Int64))], how="diagonal")
    return _written(world, scribe, ids, chosen.sort("at", "relative", "relationship"))


def _men(world: World) -> pl.Expr:
    """All men, as one list to look people up in."""
    return pl.lit(pl.Series(np.flatnonzero(~world.people.female)).implode())


def _keys(frame: pl.DataFrame) -> Ints:
    return np.asarray(frame["person"].to_numpy() * 2**24 + frame["relative"].to_numpy() % 2**24)


def _chosen(world: World, frame: pl.DataFrame, question: str, odds: float | Ints | np.ndarray) -> pl.DataFrame:
    return frame.filter(pl.Series(world.dice.chance(question, _keys(frame), odds)))


def _by_id(world: World, scribe: Scribe, both: pl.DataFrame) -> pl.DataFrame:
    up = pl.col("relationship").is_in(UP) | (
        pl.col("relationship").is_in(EVEN) & (pl.col("person") < pl.col("relative"))
    )
    if scribe.agency == "health":
        up = (pl.col("relationship") == "parent") & ~pl.col("relative").is_in(_men(world))
    return _chosen(world, both.filter(up), f"{scribe.agency} states", float(world.rates[f"tie.{scribe.agency}"]))


def _of_head(world: World, scribe: Scribe, both: pl.DataFrame) -> pl.DataFrame:
    """Relations to the head of the household: the woman of the family, or whoever is the parent or partner there."""
    heads = pl.lit(pl.Series(np.flatnonzero(np.isin(world.people.role, HEADS))).implode())
    down = pl.col("person").is_in(heads) & pl.col("relationship").is_in(["child", "partner", "spouse"])
    return _chosen(world, both.filter(down), f"{scribe.agency} states", float(world.rates[f"tie.{scribe.agency}"]))


def _in_words(world: World, scribe: Scribe, left: pl.DataFrame) -> pl.DataFrame:
    table: dict[str, float] = world.rates.get(f"contact.{scribe.agency}", {})
    left = left.filter(
        pl.col("relationship").is_in(list(table)) & (pl.col("end") > pl.col("day")) & (pl.col("copy") < 2)
    )
    grown = world.people.born[left["relative"].to_numpy()] < left["day"].to_numpy() - 16 * 365
    left = left.filter(pl.Series(grown))
    odds = left["relationship"].replace_strict(table, return_dtype=pl.Float64).to_numpy()
    odds = odds * float(world.rates[f"tie.{scribe.agency}"])
    father = (left["relationship"] == "parent").to_numpy() & ~world.people.female[left["relative"].to_numpy()]
    odds = np.where(father, odds * float(world.rates["detail.father_named"]), odds)
    return _chosen(world, left, f"{scribe.agency} names", odds).with_columns(other=pl.lit(-1, dtype=pl.Int64))


def _written(world: World, scribe: Scribe, ids: pl.Series, chosen: pl.DataFrame) -> Stated:
    people, dice, rates = world.people, world.dice, world.rates
    at, other = chosen["at"].to_numpy(), chosen["other"].to_numpy()
    relative, key = chosen["relative"].to_numpy(), _keys(chosen)
    named = other < 0
    words = _words(world, scribe, chosen, key)
    start, end = chosen["start"].to_numpy(), chosen["end"].to_numpy()
    tells = dice.chance(f"{scribe.agency} dates a tie", key, world.rates["detail.dates_a_tie"])
    open_1900 = (end >= NEVER) & (start < NEVER) & dice.chance("open end", key, world.rates["event.end_1900"])
    shown_end = np.where(open_1900, -25567, end)
    day = scribe.day[at]
    book = world.book.words
    female = people.female[relative]
    forename = book.written(people.forename[relative], female)
    pick = dice.below(f"{scribe.agency} words slip", key, 1_000_000)
    slip = dice.uniform(f"{scribe.agency} words wrong", key)
    typed, short = rates["detail.contact_mistyped"], rates["detail.contact_short_form"]
    forename = changed(forename, slip < typed, pick, "typed")
    forename = changed(forename, (slip >= typed) & (slip < typed + short), pick, "short_form")
    surname = changed(book.written(surname_on(people, relative, day), female), slip > 1.0 - typed, pick, "typed")
    household = world.homes.household_on(relative, day)
    place = world.homes.address_on(household, day)[0]
    tells_place = named & dice.chance("contact address", key, rates["detail.contact_address"])
    line = (
        people.family[relative] * 8
        + np.where(people.role[relative] == 0, 0, 1 + people.role[relative] % 4 + people.slot[relative] % 3)
    ) * 4
    born = people.born[relative]
    parental = np.isin(chosen["relationship"].to_numpy().astype(str), ("parent", "special guardian"))
    parental &= (chosen["qualifier"] != "step").to_numpy()
    together = household == world.homes.household_on(scribe.person[at], day)
    record_ids = ids.gather(pl.Series(at))
    table = pl.DataFrame(
        {
            "record_id": record_ids,
            "relationship": words,
            "related_record_id": blank(ids.gather(pl.Series(np.maximum(other, 0))), named),
            "related_forename": blank(forename, ~named),
            "related_surname": blank(surname, ~named),
            "related_date_of_birth": days(born, named & dice.chance("contact dob", key, rates["detail.contact_dob"])),
            "related_sex": blank(pl.Series(np.where(female, "F", "M")), ~named),
            "related_address": blank(place["address"], ~tells_place),
            "related_postcode": blank(place["postcode"], ~tells_place),
            "related_phone": blank(phone_numbers(dice, line), ~(named & dice.chance("contact phone", key, rates["detail.contact_phone"]))),
            "start": days(start, (start < NEVER) & tells),
            "end": days(shown_end, ((end <= TODAY) & (end <= day) & tells) | open_1900),
            "parental_responsibility": blank(pl.Series(np.where(parental, "yes", "no")), ~dice.chance("tells pr", key, rates["detail.tells_pr"])),
            "lives_with": blank(pl.Series(np.where(together, "yes", "no")), ~dice.chance("tells household", key, rates["detail.tells_household"])),
        }
    )  # fmt: skip
    return Stated(table, _named(record_ids, named, relative), chosen.select("person", "relative"))


def _named(record_ids: pl.Series, named: Bools, relative: Ints) -> pl.DataFrame:
    rows = pl.DataFrame({"record_id": record_ids, "person": relative}).filter(pl.Series(named))
    count = pl.int_range(1, pl.len() + 1).over("record_id")
    return rows.select(pl.col("record_id") + "~" + count.cast(pl.String), "person")


def _words(world: World, scribe: Scribe, chosen: pl.DataFrame, key: Ints) -> pl.Series:
    female = world.people.female[chosen["relative"].to_numpy()]
    base = chosen["relationship"]
    women = base.replace_strict({k: w[0] for k, w in WORDS.items()}, default=None, return_dtype=pl.String)
    men = base.replace_strict({k: w[1] for k, w in WORDS.items()}, default=None, return_dtype=pl.String)
    said = women.zip_with(pl.Series(female), men).fill_null("Relative")
    how = chosen["qualifier"]
    tells = pl.Series(world.dice.chance(f"{scribe.agency} says half", key, world.rates["detail.says_half"]))
    half = how.str.starts_with("half") & tells
    said = ("Half " + said.str.to_lowercase()).zip_with(half, said)
    twin = (how == "twin") & tells
    said = ("Twin " + said.str.to_lowercase()).zip_with(twin, said)
    adoptive = how == "adoptive"
    said = ("Adoptive " + said.str.to_lowercase()).zip_with(adoptive, said)
    said = ("Step " + said.str.to_lowercase()).zip_with(how == "step", said)
    side = (how == "maternal") | (how == "paternal")
    elder = (how.str.to_titlecase() + " " + said.str.to_lowercase()).zip_with(side & tells, said)
    wrong = pl.Series(world.dice.chance(f"{scribe.agency} wrong word", key, world.rates["tie.wrong_word"]))
    other = elder.replace(WRONG)
    return other.zip_with(wrong, elder)
