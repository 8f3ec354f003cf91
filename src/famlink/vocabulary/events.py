"""The crosswalk of event categories: agencies' words and codes to a small shared vocabulary of kinds and themes.

The table is shipped as data (``events.toml``), carries a version, and is extended by a partnership's own file of the same
shape. A word it does not know is ``unmapped``: kept as said, and reported.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from famlink.errors import MissingFileError, SpecError
from famlink.vocabulary.holders import holder_of

_DATA = Path(__file__).with_name("events.toml")
_NOT_WORDS = re.compile(r"[^a-z0-9_]+")

UNMAPPED = "unmapped"
"""The kind of a word the crosswalk does not know."""

STAGES = ("response", "happening", "account", "routine", "unmapped")
"""What an event is to an incident."""

_READ_FIRST = ("response", "account", "happening", "yielding account", "routine")


@dataclass(frozen=True)
class EventKind:
    """One kind of the shared vocabulary.

    Args:
        name: the kind.
        meaning: one sentence.
        theme: what a reader filters a chronology by.
        family: kinds of one family may be accounts of one happening; ``any`` goes with every family.
        stage: one of :data:`STAGES`.
        policy: the category a sharing policy names.
        lifelong: whether no relevance window may hide it.
        key: whether it is a key event of a chronology.
        yields: whether it gives way to the happening its words name.
    """

    name: str
    meaning: str
    theme: str
    family: str
    stage: str
    policy: str
    lifelong: bool = False
    key: bool = False
    yields: bool = False


@dataclass(frozen=True)
class Reading:
    """What a category was read as.

    Args:
        kind: the kind.
        theme: the kind's theme; a response takes the theme of the happening its words name.
        family: the kind's family; for a response that names a happening, still ``response``.
        known: whether the crosswalk knows the words.
    """

    kind: str
    theme: str
    family: str
    known: bool = True


@dataclass(frozen=True)
class Crosswalk:
    """Kinds, and the words that mean them.

    Args:
        version: version of the table; a partnership's own words add ``+`` and theirs.
        kinds: name -> :class:`EventKind`.
        words: words and phrases in plain form -> kind.
        whole: words in plain form -> kind, for words that say so only where they are the whole category.
        mentions: family -> beginnings of words in a description that point to it; evidence, never a category.
        near: family -> the families one happening of it may be told as; each names the other.
        by_holder: policy holder -> words in plain form -> kind, for words that mean something else from its agencies: an admission
            is to a hospital, and from a school to the school.
        holders: agency -> policy holder, where a hub says it; else the shipped names of agencies tell.
    """

    version: str
    kinds: Mapping[str, EventKind]
    words: Mapping[str, str]
    whole: Mapping[str, str]
    mentions: Mapping[str, tuple[str, ...]]
    near: Mapping[str, tuple[str, ...]]
    by_holder: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    holders: Mapping[str, str | None] = field(default_factory=dict)
    _longest: int = field(default=0)
    _of: dict[str, Crosswalk] = field(default_factory=dict, repr=False, compare=False)

    def of(self, agency: str) -> Crosswalk:
        """The crosswalk as it reads one agency's words: what its holder means by a word, then what everybody does.

        Where the general table knows a word inside longer ones, the holder's meaning is read there too; any other word of a
        holder counts only as the whole category.

        Args:
            agency: the agency's short name.

        Returns:
            a crosswalk; this one where its holder has no words of its own.
        """
        holder = self.holders[agency] if agency in self.holders else holder_of(agency)
        if holder is None or not self.by_holder.get(holder):
            return self
        if holder not in self._of:
            own = self.by_holder[holder]
            words = {**self.words, **{text: kind for text, kind in own.items() if text in self.words}}
            self._of[holder] = replace(self, words=words, whole={**self.whole, **own}, by_holder={}, _of={})
        return self._of[holder]

    def read(self, category: str | None, *, agency: str | None = None) -> Reading:
        """Read one category.

        Args:
            category: the agency's word or code; None or empty is unmapped.
            agency: whose word it is; None where that is not known, and the general meaning is taken.

        Returns:
            its kind, theme and family.

        Example:
            >>> crosswalk().read("A&E Attendance").kind, crosswalk().read("S47").kind
            ('emergency-attendance', 's47-enquiry')
            >>> crosswalk().read("Referral - neglect")
            Reading(kind='referral', theme='neglect', family='response', known=True)
            >>> crosswalk().read("keeps the goldfish").kind
            'unmapped'
            >>> crosswalk().read("Admission").kind, crosswalk().read("Admission", agency="school").kind
            ('hospital-admission', 'school-start')
        """
        if agency is not None:
            return self.of(agency).read(category)
        words = plain(category or "")
        whole = self.whole.get(words) or self.words.get(words) or self.words.get(words.replace(" ", ""))
        if whole is not None:
            return self._reading(whole)
        found = list(self._phrases(words.split()))
        if not found:
            return self._reading(UNMAPPED, known=False)
        order = list(self.kinds)
        happened = sorted((k for k in found if self.kinds[k].stage == "happening"), key=order.index)
        others = [kind for kind in found if kind not in happened]
        first = min([*happened[:1], *others], key=lambda kind: _READ_FIRST.index(self._reads_as(kind)))
        named = happened[0] if happened and self.kinds[first].stage == "response" else first
        return Reading(first, self.kinds[named].theme, self.kinds[first].family)

    def _reads_as(self, kind: str) -> str:
        one = self.kinds[kind]
        return "yielding account" if one.yields else one.stage

    def _reading(self, kind: str, *, known: bool = True) -> Reading:
        return Reading(kind, self.kinds[kind].theme, self.kinds[kind].family, known)

    def _phrases(self, tokens: list[str]) -> Iterable[str]:
        """Kinds of the phrases inside a text, longest first; a token is used once."""
        used = [False] * len(tokens)
        for size in range(min(self._longest, len(tokens)), 0, -1):
            for start in range(len(tokens) - size + 1):
                if any(used[start : start + size]):
                    continue
                phrase = " ".join(tokens[start : start + size])
                kind = self.words.get(phrase)
                # One or two letters are a code: they mean something alone, not inside a sentence.
                if kind is None or (len(phrase) <= 2 and phrase not in _SHORT_WORDS):
                    continue
                used[start : start + size] = [True] * size
                yield kind


_SHORT_WORDS = {"da", "dv"}


def plain(text: str) -> str:
    """A category as it is looked up: lower case, no accents, one space for everything between words.

    Example:
        >>> plain("A&E  Attendance")
        'a e attendance'
    """
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    return _NOT_WORDS.sub(" ", folded).strip()


@dataclass(frozen=True)
class Source:
    """Where some of the shipped words and codes come from.

    Args:
        name: the return, guidance or law, and who publishes it.
        words: words in plain form.
    """

    name: str
    words: tuple[str, ...]


def sources() -> tuple[Source, ...]:
    """Where the shipped codes and words of art come from.

    Example:
        >>> next(source.name for source in sources() if "e1" in source.words)
        'Children looked after return, SSDA903: legal status (Department for Education)'
    """
    return tuple(Source(row["name"], tuple(row["words"])) for row in _shipped()["source"].values())


def unread() -> dict[str, str]:
    """Codes the shipped table leaves unread on purpose, and why.

    Example:
        >>> crosswalk().read("C1").known, unread()["c1"][:21]
        (False, 'an interim care order')
    """
    return dict(_shipped()["unread"])


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Any]:
    return tomllib.loads(_DATA.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def crosswalk() -> Crosswalk:
    """The shipped crosswalk.

    Example:
        >>> crosswalk().kinds["s47-enquiry"].lifelong
        True
    """
    return _build(_shipped(), None)


def extend_crosswalk(path: str | Path) -> Crosswalk:
    """Add a partnership's own words, or kinds, to the shipped crosswalk.

    Args:
        path: a TOML file with ``version``, ``[words]`` (kind -> list of words) and, where needed, ``[kind.<name>]``.

    Returns:
        the shipped crosswalk with the file's words on top: where both know a word, the file's meaning wins.

    Raises:
        MissingFileError: there is no such file.
        SpecError: it is not TOML, or a kind is not known or not complete; all faults in one message.
    """
    return extended(own_words(path), where=str(path))


def own_words(path: str | Path) -> dict[str, Any]:
    """Read a partnership's file of words, as TOML has it.

    Args:
        path: the file.

    Returns:
        its tables; :func:`extended` checks them.

    Raises:
        MissingFileError: there is no such file.
        SpecError: it is not TOML.
    """
    file = Path(path)
    if not file.is_file():
        raise MissingFileError(f"{file}: no such file; give the path of a crosswalk in TOML")
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SpecError(f"{file}: not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise SpecError(f"{file}: not valid TOML: {error}") from None


def extended(raw: Mapping[str, Any], *, where: str = "crosswalk") -> Crosswalk:
    """Lay a partnership's words over the shipped crosswalk.

    Args:
        raw: as :func:`own_words` gives.
        where: what an error names as the place.

    Returns:
        the shipped crosswalk with the words on top.

    Raises:
        SpecError: a kind is not known or not complete; all faults in one message.

    Example:
        >>> extended({"version": "1", "words": {"visit": ["pop in"]}}).read("Pop in").kind
        'visit'
    """
    base = crosswalk()
    if not raw:
        return base
    from famlink.vocabulary.events_faults import faults_of

    faults = faults_of(raw, base)
    if faults:
        raise SpecError(f"{where}: " + "; ".join(faults))
    return _build(raw, base)


def agency_kinds(pairs: pl.DataFrame, *, words: Crosswalk | None = None) -> pl.DataFrame:
    """Read each category as its agency means it.

    Args:
        pairs: ``agency`` and ``category``, one row each pair.
        words: the crosswalk; the shipped one by default.

    Returns:
        ``agency`` and the columns of :func:`event_kinds`, one row a pair, in order.

    Example:
        >>> pairs = pl.DataFrame({"agency": ["school", "gp"], "category": ["Admission", "Admission"]})
        >>> agency_kinds(pairs)["kind"].to_list()
        ['school-start', 'hospital-admission']
    """
    table = words or crosswalk()
    said = pairs["category"].to_list()
    read = [table.read(text, agency=agency) for agency, text in zip(pairs["agency"].to_list(), said, strict=True)]
    return _read_as(said, read, table).insert_column(0, pairs["agency"].cast(pl.String).alias("agency"))


def event_kinds(categories: pl.Series, *, words: Crosswalk | None = None) -> pl.DataFrame:
    """Read every distinct category once.

    Args:
        categories: agencies' words and codes; nulls are read as unmapped.
        words: the crosswalk; the shipped one by default.

    Returns:
        one row a distinct category: ``category``, ``kind``, ``theme``, ``family``, ``stage``, ``policy``, ``lifelong``,
        ``key``, ``known``.

    Example:
        >>> event_kinds(pl.Series(["DA - non crime", "CP plan"])).select("kind", "policy", "lifelong").rows()
        [('child-protection-plan', 'child-protection-plan', True), ('domestic-abuse', 'domestic-abuse', False)]
    """
    table = words or crosswalk()
    unique = categories.unique().sort(nulls_last=True).to_list()
    return _read_as(unique, [table.read(text) for text in unique], table)


def _read_as(unique: list[str | None], read: list[Reading], table: Crosswalk) -> pl.DataFrame:
    kinds = [table.kinds[item.kind] for item in read]
    return pl.DataFrame(
        {
            "category": unique,
            "kind": [item.kind for item in read],
            "theme": [item.theme for item in read],
            "family": [item.family for item in read],
            "stage": [kind.stage for kind in kinds],
            "policy": [kind.policy for kind in kinds],
            "lifelong": [kind.lifelong for kind in kinds],
            "key": [kind.key for kind in kinds],
            "known": [item.known for item in read],
        },
        schema={
            "category": pl.String,
            **dict.fromkeys(("kind", "theme", "family", "stage", "policy"), pl.String),
            **dict.fromkeys(("lifelong", "key", "known"), pl.Boolean),
        },
    )


def themes() -> tuple[str, ...]:
    """Every theme of the shipped crosswalk, sorted."""
    return tuple(sorted({kind.theme for kind in crosswalk().kinds.values()} - {UNMAPPED}))


def _build(raw: Mapping[str, Any], base: Crosswalk | None) -> Crosswalk:
    kinds = dict(base.kinds) if base else {}
    for name, row in raw.get("kind", {}).items():
        kinds[name] = EventKind(
            name=name,
            meaning=row["meaning"],
            theme=row["theme"],
            family=row["family"],
            stage=row["stage"],
            policy=row.get("policy", name),
            lifelong=row.get("lifelong", False),
            key=row.get("key", False),
            yields=row.get("yields", False),
        )
    words = dict(base.words) if base else {}
    whole = dict(base.whole) if base else {name.replace("-", " "): name for name in kinds}
    for kind, listed in raw.get("words", {}).items():
        words.update({plain(text): kind for text in listed})
        # A partnership's own meaning of a word wins over the shipped one, also where that one is whole.
        whole = {text: meant for text, meant in whole.items() if text not in words or words[text] == meant}
    for kind, listed in raw.get("whole", {}).items():
        whole.update({plain(text): kind for text in listed})
    mentions = dict(base.mentions) if base else {}
    for family, listed in raw.get("mentions", {}).items():
        mentions[family] = (*mentions.get(family, ()), *listed)
    near = {family: set(others) for family, others in base.near.items()} if base else {}
    for family, others in raw.get("near", {}).items():
        for other in others:
            near.setdefault(family, set()).add(other)
            near.setdefault(other, set()).add(family)
    version = f"{base.version}+{raw.get('version', 'own')}" if base else str(raw["version"])
    return Crosswalk(
        version,
        kinds,
        words,
        whole,
        mentions,
        {family: tuple(sorted(others)) for family, others in sorted(near.items())},
        _words_of_holders(raw, base),
        base.holders if base else {},
        max(len(text.split()) for text in words),
    )


def _words_of_holders(raw: Mapping[str, Any], base: Crosswalk | None) -> dict[str, dict[str, str]]:
    """Each holder's words: what a partnership says a word means wins over what the shipped table says a holder means by it."""
    said = {plain(text) for part in ("words", "whole") for listed in raw.get(part, {}).values() for text in listed}
    before = base.by_holder if base else {}
    found = {holder: {t: k for t, k in own.items() if t not in said} for holder, own in before.items()}
    for holder, meant in raw.get("holder", {}).items():
        own = found.setdefault(holder, {})
        own.update({plain(text): kind for kind, listed in meant.items() for text in listed})
    return found


def told_of_agencies(words: Crosswalk, holders: Mapping[str, str | None]) -> Crosswalk:
    """Tell a crosswalk which policy holder each agency of a hub is.

    Args:
        words: the crosswalk.
        holders: agency -> policy holder; None where it has none.

    Returns:
        the crosswalk, reading each agency's words as its holder means them.

    Example:
        >>> told_of_agencies(crosswalk(), {"oakfield": "education"}).read("Admission", agency="oakfield").kind
        'school-start'
    """
    return replace(words, holders=dict(holders), _of={})
