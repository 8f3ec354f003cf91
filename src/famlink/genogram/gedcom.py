"""GEDCOM 5.5.1 and 7 in: people, unions and typed parent links of a family file.

A family file is the user's own: it passes no gate, and is drawn by the same code as what was released.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from famlink.errors import GenogramError
from famlink.genogram.contradictions import marked
from famlink.genogram.family import ADOPTIVE, BIRTH, FOSTER, GUARDIAN, STEP, Family, ParentLink, Person, Union
from famlink.genogram.gedcom_dates import NEVER, Dated, read_date
from famlink.genogram.gedcom_lines import Item, decode, records
from famlink.genogram.notation import LOSS_WORDS

_SEX = {"M": "male", "F": "female"}
_KINDS = {
    "birth": BIRTH,
    "natural": BIRTH,
    "biological": BIRTH,
    "adopted": ADOPTIVE,
    "foster": FOSTER,
    "step": STEP,
    "guardian": GUARDIAN,
    "related": GUARDIAN,
}
_DOUBT = {"challenged": "the link is challenged", "disproven": "the link is disproven"}
_PRIVATE = {"confidential", "privacy", "locked"}
_UNMARRIED = ("common", "partner", "cohabit", "unmarried", "not married", "never married", "living together")
_LOST = {
    "stillb": "stillbirth",
    "miscarr": "miscarriage",
    "spontaneous": "miscarriage",
    "terminat": "termination",
    "abort": "termination",
}
"""Part of a word in ``TYPE`` or ``AGE`` -> how a pregnancy ended; the first that is found counts."""

_OLDEST = 105
_TWO = 2


def read_gedcom(path: Path, *, losses: bool = False) -> Family:
    """Read a GEDCOM file.

    Children are those either side names (``FAM.CHIL`` or ``INDI.FAMC``); ``PEDI`` and ``ADOP`` type the link,
    ``FAMC.STAT`` challenged or disproven marks it as contradicted, ``QUAY`` 0 or 1 makes a date estimated, ``RESN`` hides
    name and dates of a person. Whose birth or death is of ``TYPE`` stillborn, or whose death is at ``AGE STILLBORN``, was
    born dead; ``TYPE`` miscarriage or termination are read alike.

    Args:
        path: the file.
        losses: draw pregnancies that ended as such. Off, miscarriages and terminations are left out and counted in a
            notice, and a stillborn child stands as one who died.

    Returns:
        a checked family; pointers to records that are not in the file are counted in its notices.

    Raises:
        GenogramError: the file is not there, cannot be read, or holds no GEDCOM record.
    """
    try:
        data = Path(path).read_bytes()
    except OSError:
        raise GenogramError(f"{Path(path).name}: the file cannot be read; check the path and its permissions") from None
    return family_of(decode(data), title=Path(path).stem, losses=losses)


def family_of(text: str, *, title: str = "Genogram", losses: bool = False) -> Family:
    r"""Read GEDCOM text.

    Args:
        text: the text.
        title: printed above the drawing.
        losses: as :func:`read_gedcom`.

    Returns:
        as :func:`read_gedcom`.

    Raises:
        GenogramError: there is no GEDCOM record in it.

    Example:
        >>> text = "0 HEAD\n0 @I1@ INDI\n1 SEX M\n0 @I2@ INDI\n0 @F1@ FAM\n1 HUSB @I1@\n1 CHIL @I2@\n0 TRLR"
        >>> family_of(text).counts
        {'people': 2, 'unions': 1, 'children': 1}
    """
    return marked(_Reader(records(text), title, losses).family())


@dataclass
class _Said:
    """What is known of one child's place in one union while it is read."""

    kind: str = BIRTH
    conflict: str = ""
    tag: str = ""


@dataclass
class _Reader:
    """Reads the records of one file."""

    items: list[Item]
    title: str
    losses: bool = False
    lost: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.people: dict[str, Item] = {}
        self.families: dict[str, Item] = {}
        for item in self.items:
            shelf = {"INDI": self.people, "FAM": self.families}.get(item.tag)
            if shelf is None:
                continue
            name = item.xref or f"@{item.tag}{len(shelf) + 1}@"
            if name in shelf:
                self.lost["records repeat an id: the first was kept and the others' lines added to it"] += 1
                shelf[name].below += item.below
            else:
                shelf[name] = item
        ended = {name for name, item in self.people.items() if _loss(item) in {"miscarriage", "termination"}}
        self.left_out = set() if self.losses else ended
        for name in sorted(self.left_out):
            del self.people[name]
            self.lost["pregnancies of the file ended and are not drawn; the option losses draws them"] += 1
        self.own_partner: set[str] = set()
        self.spouse_of: dict[str, list[str]] = defaultdict(list)
        self.child_of: dict[str, list[tuple[str, Item]]] = defaultdict(list)
        self.adopted_into: dict[str, list[str]] = defaultdict(list)
        for person, record in self.people.items():
            for line in record.below:
                if line.tag == "FAMS":
                    self.spouse_of[line.value.strip()].append(person)
                elif line.tag == "FAMC":
                    self.child_of[line.value.strip()].append((person, line))
                elif line.tag == "ADOP":
                    self.adopted_into[line.said("FAMC")].append(person)
        head = next((item for item in self.items if item.tag == "HEAD"), Item("HEAD"))
        self.today = read_date(head.said("DATE")).day

    def family(self) -> Family:
        """The whole file as one family."""
        links: dict[tuple[str, str], _Said] = {}
        unions = []
        for name, item in self.families.items():
            partners = self._partners(name, item)
            children = self._children(name, item, links)
            if not partners and not children:
                self.lost["families name nobody in the file and are not drawn"] += 1
                continue
            unions += self._unions(name, item, partners)
        people = tuple(self._person(name, item) for name, item in self.people.items())
        twins, identical = self._twins()
        return Family(
            people=people,
            unions=tuple(unions),
            links=tuple(ParentLink(c, u, s.kind, s.tag, s.conflict) for (c, u), s in links.items()),
            title=self.title,
            as_at=self.today,
            twins=twins,
            identical=identical,
            notices=tuple(f"{count} {words}." for words, count in sorted(self.lost.items())),
        ).checked()

    def _known(self, pointer: str) -> str | None:
        pointer = pointer.strip()
        if pointer in self.people:
            return pointer
        if pointer and pointer != "@VOID@" and pointer not in self.left_out:
            self.lost["references name people who are not in the file"] += 1
        return None

    def _partners(self, name: str, item: Item) -> list[str]:
        named = [self._known(i.value) for i in item.all("HUSB", "WIFE", "PART", "SPOU")]
        partners = list(dict.fromkeys(p for p in named if p))
        if len([p for p in named if p]) > len(partners):
            self.lost["families name one person as both partners: drawn as one partner"] += 1
            self.own_partner |= {p for p in partners if named.count(p) > 1}
        return list(dict.fromkeys([*partners, *self.spouse_of[name]]))

    def _children(self, name: str, item: Item, links: dict[tuple[str, str], _Said]) -> list[str]:
        children = []
        for line in item.all("CHIL"):
            child = self._known(line.value)
            if child is None:
                continue
            said = links.setdefault((child, name), _Said())
            children.append(child)
            for tag in ("_FREL", "_MREL"):
                self._kind(said, line.said(tag))
        for child, line in self.child_of[name]:
            children.append(child)
            said = links.setdefault((child, name), _Said())
            self._kind(said, line.said("PEDI"))
            said.conflict = _DOUBT.get(line.said("STAT").lower(), said.conflict)
        for child in self.adopted_into[name]:
            if (child, name) in links:
                links[child, name].kind = ADOPTIVE
        return children

    def _kind(self, said: _Said, word: str) -> None:
        kind = _KINDS.get(word.strip().lower().split(" ")[0]) if word.strip() else None
        if kind and kind != BIRTH:
            said.kind = kind
            said.tag = {FOSTER: "foster", GUARDIAN: "guardian", STEP: "step"}.get(kind, "")

    def _unions(self, name: str, item: Item, partners: list[str]) -> list[Union]:
        married, divorced = item.first("MARR"), item.first("DIV", "ANUL")
        apart = next((e for e in item.all("EVEN") if "separat" in e.said("TYPE").lower()), None)
        kind = "unknown"
        if married is not None:
            words = married.said("TYPE").lower()
            kind = "cohabiting" if any(w in words for w in _UNMARRIED) else "married"
        state = "divorced" if divorced is not None and divorced.value.strip().upper() != "N" else "current"
        if state == "current" and apart is not None:
            state = "separated" if kind == "married" else "ended"
        start = read_date(married.said("DATE")) if married else NEVER
        over = divorced if state == "divorced" else apart
        end = read_date(over.said("DATE")) if over and state != "current" else NEVER
        extra = partners[_TWO:]
        first = Union(
            name,
            tuple(partners[:_TWO]),
            kind,
            state,
            start.day,
            end.day,
            _year(start),
            _year(end),
            "more than two partners are named" if extra else "",
        )
        # a third partner named in one family is drawn beside it, marked
        rest = [
            Union(f"{name}/{i}", (partners[0], other), conflict="more than two partners are named")
            for i, other in enumerate(extra, start=1)
        ]
        return [first, *rest]

    def _person(self, name: str, item: Item) -> Person:
        private = bool(set(item.said("RESN").lower().replace(",", " ").split()) & _PRIVATE)
        born = self._dated(item, "BIRT", "CHR", "BAPM")
        died = self._dated(item, "DEAT", "BURI", "CREM")
        deceased = any(e.value.strip().upper() != "N" for e in item.all("DEAT")) or bool(item.all("BURI", "CREM"))
        if private:
            return Person(name, name="restricted", sex=self._sex(item), deceased=deceased)
        loss = _loss(item) if self.losses else ""
        own = ["claimed as their own partner"] if name in self.own_partner else []
        conflicts = (
            own if len({i.value.strip().upper() for i in item.all("SEX")}) < _TWO else [*own, "two sexes are recorded"]
        )
        return Person(
            id=name,
            name=LOSS_WORDS[loss] if loss and item.first("NAME") is None else _name(item),
            sex=self._sex(item),
            born=born.day,
            born_text=born.words,
            born_exact=born.exact,
            died=died.day,
            died_text=died.words,
            deceased=deceased,
            age=None if loss else self._age(born, died, deceased=deceased),
            loss=loss,
            conflicts=tuple(conflicts),
        )

    def _sex(self, item: Item) -> str | None:
        words = {i.value.strip().upper()[:1] for i in item.all("SEX")}
        return _SEX.get(words.pop()) if len(words) == 1 else None

    def _dated(self, item: Item, *tags: str) -> Dated:
        """The first date of some events; ``QUAY`` 0 or 1 makes it estimated."""
        for tag in tags:
            for event in item.all(tag):
                found = read_date(event.said("DATE"))
                if found.day is not None:
                    weak = any(source.said("QUAY") in {"0", "1"} for source in event.all("SOUR"))
                    return found._replace(exact=found.exact and not weak)
        return NEVER

    def _age(self, born: Dated, died: Dated, *, deceased: bool) -> int | None:
        until = died.day if deceased else self.today
        if born.day is None or until is None or until < born.day:
            return None
        years = until.year - born.day.year - ((until.month, until.day) < (born.day.month, born.day.day))
        return years if deceased or years <= _OLDEST else None

    def _twins(self) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]:
        """Twins where an ASSO or ``_TWIN`` says so; equal dates of birth alone do not make twins here."""
        sets: dict[frozenset[str], bool] = defaultdict(bool)
        for person, item in self.people.items():
            for line in item.all("ASSO", "_TWIN"):
                words = (line.said("RELA") or line.said("ROLE", "PHRASE") or line.tag).lower()
                other = line.value.strip()
                if "twin" in words and other in self.people and other != person:
                    sets[frozenset((person, other))] |= "identical" in words
        twins = tuple(sorted(tuple(sorted(s)) for s in sets))
        return twins, tuple(sorted(tuple(sorted(s)) for s, same in sets.items() if same))


def _loss(item: Item) -> str:
    """How the pregnancy ended that a record is of; empty for everybody who was born alive."""
    births, deaths = item.all("BIRT"), item.all("DEAT")
    words = " ".join([*(e.said("TYPE") for e in births + deaths), *(e.said("AGE") for e in deaths)]).lower()
    return next((loss for part, loss in _LOST.items() if part in words), "")


def _name(item: Item) -> str:
    line = item.first("NAME")
    if line is None:
        return "name not recorded"
    whole = " ".join(line.value.replace("/", " ").split())
    parts = " ".join(part for part in (line.said("GIVN"), line.said("SURN")) if part)
    return (whole or parts or "name not recorded")[:120]


def _year(dated: Dated) -> str:
    return str(dated.day.year) if dated.day else ""
