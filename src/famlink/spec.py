"""hub.toml, read into a frozen :class:`HubSpec`.

The names are the public contract. Unknown keys are errors that name the key and the nearest known one.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from famlink.errors import MissingFileError, SpecError

Kind = Literal["name", "text", "date", "postcode", "category", "identifier", "number", "set", "distance"]


class _Frozen(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, populate_by_name=True, hide_input_in_errors=True
    )


_USER_AND_PASSWORD = re.compile(r"^[^/]*//(?:[^:/?#]*:)(?P<password>.*)@")
_SECRET_SETTING = re.compile(r"(?:password|passwd|pwd|secret|token|odbc_connect)=(?P<value>[^&;]*)", re.IGNORECASE)
_FROM_ENVIRONMENT = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")


class Query(_Frozen):
    """A table that comes from a database.

    Args:
        url: ``env:NAME``: the environment variable that holds the database address; or the address itself, its user and
            password as ``${NAME}``. A password in clear is refused.
        query: the SQL that returns the table; not needed where a format reads tables it knows by name.

    Example:
        >>> Query(url="postgresql+pg8000://${DB_USER}:${DB_PASSWORD}@localhost/hub", query="select 1").query
        'select 1'
    """

    url: str
    query: str | None = None

    @field_validator("url")
    @classmethod
    def _no_secret_in_clear(cls, url: str) -> str:
        if not url.startswith("env:") and "://" not in url:
            raise ValueError('a database address comes from the environment: url = "env:NAME"')
        held = [item["password"] for item in _USER_AND_PASSWORD.finditer(url)]
        held += [item["value"] for item in _SECRET_SETTING.finditer(url)]
        if any(text and not _FROM_ENVIRONMENT.fullmatch(text) for text in held):
            raise ValueError(
                "a password is in clear; name an environment variable in its place, as ${DB_PASSWORD}, "
                'or keep the whole address in one: url = "env:NAME"'
            )
        return url


class Columns(_Frozen):
    """Column maps of one source: canonical name -> the agency's own column."""

    people: dict[str, str] = Field(default_factory=dict)
    relationships: dict[str, str] = Field(default_factory=dict)
    events: dict[str, str] = Field(default_factory=dict)


class SourceSpec(_Frozen):
    """One agency's extract, as a hub holds it; :class:`Source` is how a program gives one.

    Args:
        agency: short name, no colon; appears on every record.
        people: path or glob beside hub.toml, a :class:`Query`, or a frame (polars, Arrow or pandas).
        relationships: the same, optional.
        events: the same, optional.
        columns: canonical name -> their column; a column already canonical needs no line.
        holder: policy holder; absent: from the shipped alias table.
        system: name of the agency's system, printed as the source.
        format: ``table``, or the name of an adapter or profile.
        files: instead of the three tables, for formats that arrive as one export.
        distinct: the agency attests that two of its records are two people.
    """

    agency: str
    holder: str | None = None
    system: str | None = None
    format: str = "table"
    people: Any = None
    relationships: Any = None
    events: Any = None
    files: Any = None
    distinct: bool = False
    columns: Columns = Field(default_factory=Columns)

    @field_validator("agency")
    @classmethod
    def _short_name(cls, agency: str) -> str:
        if not agency.strip():
            raise ValueError("agency is empty: give the source a short name")
        if ":" in agency:
            raise ValueError("an agency's short name has no colon")
        return agency

    @field_validator("people", "relationships", "events", "files", mode="before")
    @classmethod
    def _table(cls, given: Any) -> Any:
        if isinstance(given, dict) and "url" not in given:
            raise ValueError('a table is a path, a frame, or { url = "env:NAME", query = "..." }')
        return given if not isinstance(given, dict) else Query(**given)

    @model_validator(mode="after")
    def _something(self) -> SourceSpec:
        if self.people is None and self.files is None:
            raise ValueError('no people table: give people = "..." (or files = "..." for a format that is one export)')
        return self


class Source(SourceSpec):
    """One agency's extract.

    Args:
        agency: short name, no colon; appears on every record.
        people: path or glob beside hub.toml, a :class:`Query`, or a frame (polars, Arrow or pandas).
        relationships: the same, optional.
        events: the same, optional.
        columns: canonical name -> their column; a column already canonical needs no line.
        holder: policy holder; absent: from the shipped alias table.
        system: name of the agency's system, printed as the source.
        format: ``table``, or the name of an adapter or profile.
        files: instead of the three tables, for formats that arrive as one export.
        distinct: the agency attests that two of its records are two people.

    Raises:
        SpecError: a name is unknown or a value cannot be used; all faults in one message.

    Example:
        >>> Source(agency="police", people="p.csv").format
        'table'
    """

    if not TYPE_CHECKING:

        def __init__(self, **given: Any) -> None:
            """Check what is given; a fault is told as every fault of a hub is."""
            try:
                super().__init__(**given)
            except ValidationError as error:
                items = error.errors(include_input=False, include_url=False)
                faults = "; ".join(_fault({**item, "loc": ("source", *item["loc"])}, {}) for item in items)
                raise SpecError(f"Source(): {faults}") from None


class ComparisonSpec(_Frozen):
    """One further comparison: a canonical field, or a source's own extra column.

    Args:
        field: the field; for ``distance`` two of them, as ["latitude", "longitude"] or ["easting", "northing"].
        kind: name, text, date, postcode, category, identifier, number, set or distance.
        term_frequency: whether agreement on a rare value counts more.
    """

    field: str | tuple[str, str]
    kind: Kind
    term_frequency: bool = False

    @model_validator(mode="after")
    def _as_many_as_it_takes(self) -> ComparisonSpec:
        if (self.kind == "distance") == isinstance(self.field, str):
            raise ValueError(
                'a distance takes two fields, as field = ["latitude", "longitude"]; every other kind takes one'
            )
        return self


class BlockingSpec(_Frozen):
    """One further blocking rule; parts such as ``surname:4``, ``postcode:outcode``, ``date_of_birth:year``."""

    on: tuple[str, ...]

    @field_validator("on")
    @classmethod
    def _some(cls, on: tuple[str, ...]) -> tuple[str, ...]:
        if not on:
            raise ValueError("a blocking rule needs at least one part")
        return on


class FixedSpec(_Frozen):
    """m or u of one comparison level, given and not learnt.

    Args:
        comparison: its name, as ``famlink explain`` and model.json have it.
        level: the level's own words, as "sexes agree".
        m: probability of the level for two records of one person.
        u: the same for two strangers.
    """

    comparison: str
    level: str
    m: float | None = Field(default=None, gt=0.0, lt=1.0)
    u: float | None = Field(default=None, gt=0.0, lt=1.0)

    @model_validator(mode="after")
    def _something(self) -> FixedSpec:
        if self.m is None and self.u is None:
            raise ValueError("nothing is fixed: give m, u or both")
        return self


class Thresholds(_Frozen):
    """Match probabilities at and above which a pair is a match, or is put up for review."""

    match: float = Field(default=0.95, gt=0.0, lt=1.0)
    review: float = Field(default=0.5, gt=0.0, lt=1.0)

    @model_validator(mode="after")
    def _ordered(self) -> Thresholds:
        if self.review > self.match:
            raise ValueError(
                f"review ({self.review}) is above match ({self.match}): a pair is reviewed below the match threshold"
            )
        return self


class SplinkSpec(_Frozen):
    """How a Splink model, given with ``--model``, meets this hub's records.

    Args:
        columns: a column of the settings -> the field of famlink it is, where the names differ: ``first_name = "forename"``.
        byte_semantics: whether similarities of texts count bytes, as DuckDB does, or letters; absent: as the settings'
            own SQL dialect does.
    """

    columns: dict[str, str] = Field(default_factory=dict)
    byte_semantics: bool | None = None


class LinkSpec(_Frozen):
    """How records are linked; every key is optional and the defaults suit UK person data.

    Args:
        defaults: false: only the comparisons and blocking rules listed here.
        thresholds: match probabilities at and above which a pair is a match, or is put up for review.
        must_not_link: CSV of pairs that may never be one person.
        judgements: log of decisions, which bind.
        previous: run directory of the run before: its people part only well below the threshold at which people join.
        labels: pairs of records known to be one person or two, which teach m and bind nothing: CSV or a log of judgements.
        comparison: further comparisons.
        blocking: further blocking rules.
        fixed: m and u that are given and not learnt.
        splink: how a Splink model meets these records.
    """

    defaults: bool = True
    thresholds: Thresholds = Field(default_factory=Thresholds)
    must_not_link: str | None = None
    judgements: str | None = None
    previous: str | None = None
    labels: str | None = None
    comparison: tuple[ComparisonSpec, ...] = ()
    blocking: tuple[BlockingSpec, ...] = ()
    fixed: tuple[FixedSpec, ...] = ()
    splink: SplinkSpec = Field(default_factory=SplinkSpec)


class SharingSpec(_Frozen):
    """Where the policy, the consents and the audit are."""

    policy: str | None = None
    consents: str | None = None
    audit: str = "audit.jsonl"


class EventsSpec(_Frozen):
    """How the agencies' words for events are read.

    Args:
        crosswalk: TOML file of the partnership's own words and kinds, laid over the shipped crosswalk: a word in it has
            its meaning there.
    """

    crosswalk: str | None = None


class HubSection(_Frozen):
    """The hub itself."""

    name: str = "hub"
    as_at: dt.date | None = None
    synthetic: bool = False


class HubSpec(_Frozen):
    """A whole hub: its sources, how they are linked, how they may be shared.

    Args:
        hub: name, the day the extracts describe, and whether the people are made up.
        source: the agencies' extracts.
        link: linkage settings.
        events: how the agencies' words for events are read.
        sharing: policy, consents and audit.
        folder: the folder that paths are relative to.
    """

    hub: HubSection = Field(default_factory=HubSection)
    source: tuple[SourceSpec, ...]
    link: LinkSpec = Field(default_factory=LinkSpec)
    events: EventsSpec = Field(default_factory=EventsSpec)
    sharing: SharingSpec = Field(default_factory=SharingSpec)
    folder: Path = Path()

    @property
    def name(self) -> str:
        """The hub's name."""
        return self.hub.name

    @property
    def agencies(self) -> tuple[str, ...]:
        """Agency short names in order of first appearance."""
        return tuple(dict.fromkeys(source.agency for source in self.source))


def Hub(*, sources: list[Source], name: str = "hub", folder: str | Path = ".", **sections: Any) -> HubSpec:  # noqa: N802
    """Build a hub in memory.

    Args:
        sources: the agencies' extracts, as :class:`Source`.
        name: the hub's name.
        folder: the folder that relative paths, and the audit, are beside.
        sections: ``as_at``, ``synthetic``; ``link``, ``events`` and ``sharing`` as dictionaries of hub.toml's own keys.

    Returns:
        the hub.

    Raises:
        SpecError: a key is unknown or a value cannot be used.

    Example:
        >>> hub = Hub(name="Northshire", sources=[Source(agency="police", people="p.csv")])
        >>> hub.agencies
        ('police',)
    """
    head = {key: sections.pop(key) for key in ("as_at", "synthetic") if key in sections}
    return _validated({"hub": {"name": name, **head}, "source": tuple(sources), **sections}, Path(folder), "Hub()")


def read_hub(path: str | Path) -> HubSpec:
    """Read a hub.toml.

    Args:
        path: the file.

    Returns:
        the hub; paths in it are relative to the file's folder.

    Raises:
        MissingFileError: the file is not there.
        SpecError: it is not TOML, a key is unknown, or a value cannot be used; all faults in one message.
    """
    path = Path(path)
    if path.is_dir():
        path = path / "hub.toml"
    if not path.is_file():
        raise MissingFileError(f"{path}: no such file; give the path of a hub.toml")
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SpecError(f"{path}: not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise SpecError(f"{path}: not valid TOML: {error}") from None
    return _validated(raw, path.resolve().parent, str(path))


def _validated(raw: dict[str, Any], folder: Path, where: str) -> HubSpec:
    if not raw.get("source"):
        raise SpecError(f"{where}: no [[source]]; a hub needs at least one agency's extract")
    try:
        return HubSpec(**{**raw, "folder": folder})
    except ValidationError as error:
        faults = "; ".join(_fault(item, raw) for item in error.errors(include_input=False, include_url=False))
        raise SpecError(f"{where}: {faults}") from None
    except TypeError as error:
        raise SpecError(f"{where}: {error}") from None


_MODELS: dict[str, type[BaseModel]] = {
    "hub": HubSection,
    "source": SourceSpec,
    "link": LinkSpec,
    "sharing": SharingSpec,
    "columns": Columns,
    "thresholds": Thresholds,
    "comparison": ComparisonSpec,
    "blocking": BlockingSpec,
    "fixed": FixedSpec,
    "splink": SplinkSpec,
    "people": Query,
    "relationships": Query,
    "events": Query,
    "files": Query,
}


def _fault(item: Any, raw: dict[str, Any]) -> str:
    place = _place(item["loc"], raw)
    if item["type"] != "extra_forbidden":
        return f"{place}: {item['msg'].removeprefix('Value error, ')}"
    key = str(item["loc"][-1])
    parents = [str(part) for part in item["loc"][:-1] if isinstance(part, str)]
    model = EventsSpec if parents == ["events"] else _MODELS.get(parents[-1], HubSpec) if parents else HubSpec
    known = [name for name in model.model_fields if name != "folder"]
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(sorted(known))}"
    return f"unknown key {key!r} in {_place(item['loc'][:-1], raw) or 'hub.toml'}; {hint}"


def _place(loc: tuple[Any, ...], raw: dict[str, Any]) -> str:
    words: list[str] = []
    for depth, part in enumerate(loc):
        if not isinstance(part, int):
            words.append(str(part))
            continue
        name = ""
        if depth == 1 and loc[0] == "source":
            entry = raw["source"][part]
            agency = entry.get("agency") if isinstance(entry, dict) else getattr(entry, "agency", None)
            name = f" ({agency})" if agency else ""
        words[-1] += f" {part + 1}{name}"
    return " > ".join(words)
