"""Names by culture: who is called what, with the skew of real names and forms that agree within a family."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import numpy as np
import polars as pl

from famlink.synthetic.dice import Dice, Floats, Ints, cumulative

HEAD_EXPONENT = 0.55
"""English surnames: share of rank k is SMITH / k**0.55 over the listed ones; Smith, Jones ... fit within a tenth."""
SMITH = 0.0155
"""Share of the commonest surname among English-named families; about 1.2% of everybody."""
TAIL_EXPONENT = 0.8
OTHER_EXPONENT = 0.7
FORENAME_EXPONENT = 0.45
COMPOUND_SHARE = 0.06
"""Children of English-named families with a compound forename (Lily-Mae, Tyler-James)."""


@dataclass
class Words:
    """Every name of a world once, with a man's and a woman's form; people hold codes into it."""

    men: list[str] = field(default_factory=list)
    women: list[str] = field(default_factory=list)
    known: dict[str, int] = field(default_factory=dict)

    def code(self, name: str) -> int:
        """The code of a name, added where it is new; ``a|b`` gives the two forms."""
        if name not in self.known:
            man, _, woman = name.partition("|")
            self.known[name] = len(self.men)
            self.men.append(man)
            self.women.append(woman or man)
        return self.known[name]

    def codes(self, names: list[str]) -> Ints:
        """Codes of many names."""
        return np.array([self.code(name) for name in names], dtype=np.int64)

    def join(self, left: Ints, right: Ints, between: str) -> Ints:
        """Codes of compound names, element by element; each distinct compound is added once."""
        pairs, back = np.unique(left * 2**32 + right, return_inverse=True)
        made = []
        for pair in pairs.tolist():
            one, two = pair >> 32, pair & 0xFFFFFFFF
            man, woman = (f"{forms[one]}{between}{forms[two]}" for forms in (self.men, self.women))
            made.append(self.code(man if man == woman else f"{man}|{woman}"))
        return np.array(made, dtype=np.int64)[back.reshape(-1)] if made else np.zeros(0, dtype=np.int64)

    def written(self, codes: Ints, female: np.ndarray[Any, Any]) -> pl.Series:
        """Names as text, in the form for the person's sex; code -1 is null."""
        forms = pl.Series(self.men + self.women, dtype=pl.String)
        place = codes + np.where(female, len(self.men), 0)
        return forms.gather(pl.Series(np.where(codes < 0, 0, place))).zip_with(
            pl.Series(codes >= 0), pl.Series([None], dtype=pl.String).new_from_index(0, len(codes))
        )


@dataclass(frozen=True)
class Culture:
    """One culture's names as codes with cumulative shares.

    Args:
        name: name of the table in names.toml.
        ethnicity: the usual census code.
        takes_name: chance that a woman takes her husband's surname.
        patronym: how a child is named after its father: empty, ``chain``, ``initial`` or ``two surnames``.
        begum: chance that a woman's surname is Begum, Bibi or Khatun.
        muhammad: chance that a man's first element is Muhammad.
        lists: codes by list (surnames, boys, girls, men, women).
        shares: cumulative shares by list.
    """

    name: str
    ethnicity: str
    takes_name: float
    patronym: str
    begum: float
    muhammad: float
    lists: dict[str, Ints]
    shares: dict[str, Floats]


@dataclass(frozen=True)
class NameBook:
    """All cultures, and the names of the world."""

    words: Words
    cultures: tuple[Culture, ...]
    shares: Floats

    def draw(self, dice: Dice, question: str, index: Ints, culture: Ints, kind: str) -> Ints:
        """Draw a name of one kind (surnames, boys ...) for every index from its family's culture."""
        u = dice.uniform(question, index)
        out = np.zeros(len(index), dtype=np.int64)
        for number, one in enumerate(self.cultures):
            here = np.flatnonzero(culture == number)
            if len(here):
                out[here] = one.lists[kind][np.searchsorted(one.shares[kind], u[here], side="right")]
        return out

    def forenames(
        self, dice: Dice, question: str, index: Ints, culture: Ints, *, female: Ints | Any, young: Any
    ) -> Ints:
        """Draw forenames for the sex and generation."""
        out = np.zeros(len(index), dtype=np.int64)
        sexes, ages = np.asarray(female, dtype=bool), np.asarray(young, dtype=bool)
        for kind, girl, child in (
            ("boys", False, True), ("girls", True, True), ("men", False, False), ("women", True, False),
        ):  # fmt: skip
            here = np.flatnonzero((sexes == girl) & (ages == child))
            if len(here):
                out[here] = self.draw(dice, question, np.asarray(index)[here], culture[here], kind)
        return out

    def trait(self, name: str, culture: Ints) -> Floats:
        """A number of each family's culture (takes_name, begum, muhammad)."""
        return np.array([getattr(one, name) for one in self.cultures], dtype=np.float64)[culture]


def name_book() -> NameBook:
    """Read the shipped tables of names.

    Returns:
        the cultures, with the names of all of them as codes.

    Example:
        >>> book = name_book()
        >>> [c.name for c in book.cultures][:2]
        ['english', 'pakistani']
        >>> surnames = next(c for c in book.cultures if c.name == "english")
        >>> book.words.men[surnames.lists["surnames"][0]], round(float(surnames.shares["surnames"][0]), 4)
        ('Smith', 0.0155)
    """
    tables = tomllib.loads(files("famlink.synthetic").joinpath("names.toml").read_text(encoding="utf-8"))
    words = Words()
    cultures = [_culture(name, table, words) for name, table in tables.items()]
    return NameBook(words, tuple(cultures), cumulative([table["share"] for table in tables.values()]))


def _culture(name: str, table: dict[str, Any], words: Words) -> Culture:
    lists, shares = {}, {}
    for kind in ("surnames", "boys", "girls", "men", "women"):
        names = list(dict.fromkeys(table[kind].split()))
        exponent = OTHER_EXPONENT if kind == "surnames" else FORENAME_EXPONENT
        weights: Floats = np.asarray((1.0 + np.arange(len(names))) ** -exponent, dtype=np.float64)
        if name == "english":
            names, weights = _english(table, kind, names, weights)
        lists[kind] = words.codes(names)
        shares[kind] = cumulative(weights)
    traits = {key: table.get(key, 0.0) for key in ("takes_name", "begum", "muhammad")}
    return Culture(name, table["ethnicity"], patronym=table.get("patronym", ""), lists=lists, shares=shares, **traits)


def _english(table: dict[str, Any], kind: str, names: list[str], weights: Floats) -> tuple[list[str], Floats]:
    if kind == "surnames":
        head = SMITH * (1.0 + np.arange(len(names))) ** -HEAD_EXPONENT
        composed = [stem + ending for ending in table["endings"].split() for stem in table["stems"].split()]
        rare = [name for name in dict.fromkeys(composed) if name not in set(names)]
        ranks = len(names) + 1.0 + np.arange(len(rare))
        tail = ranks**-TAIL_EXPONENT
        return names + _scattered(rare), np.concatenate([head, tail / tail.sum() * (1.0 - head.sum())])
    if kind in ("boys", "girls"):
        letter = "m" if kind == "boys" else "f"
        firsts, seconds = table[f"first_halves_{letter}"].split(), table[f"second_halves_{letter}"].split()
        compound = [f"{a}-{b}" for a in firsts for b in seconds if a != b]
        share = weights.sum() * COMPOUND_SHARE / (1.0 - COMPOUND_SHARE) / len(compound)
        return names + compound, np.concatenate([weights, np.full(len(compound), share)])
    return names, weights


def _scattered(names: list[str]) -> list[str]:
    """The composed names in an order that mixes stems and endings, so that frequency says nothing of form."""
    order = np.argsort(Dice(0).words("order of composed surnames", len(names)), kind="stable")
    return [names[place] for place in order.tolist()]
