"""A query on a database -> a table of text cells. The address comes from the environment and is never printed."""

from __future__ import annotations

import importlib
import json
import math
import os
import re
import sqlite3
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import polars as pl

from famlink.errors import MissingFileError, SourceError
from famlink.extracts.delimited import check_header
from famlink.extracts.structured import table_of
from famlink.extracts.tabular import TextTable
from famlink.spec import Query

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SQLITE = "sqlite:"
Rows = tuple[list[str], Sequence[Sequence[object]]]
Run = Callable[[str], Rows]


def read_query(query: Query, *, file: str, folder: Path = Path()) -> TextTable:
    """Run a query and take its rows.

    SQLite (``sqlite:///path``) is read with the standard library; other databases with SQLAlchemy and the database's driver,
    where they are installed.

    Args:
        query: where the database is, and the SQL.
        file: what to call the table in messages.
        folder: what a relative path of SQLite is beside.

    Returns:
        the rows as text.

    Raises:
        SourceError: a variable is not set, there is no SQL, the driver is not installed, or the database refuses.
    """
    address = address_of(query, file=file)
    if not query.query:
        raise SourceError(f"{file}: a table from a database needs query = '...' beside its url")
    with _opened(address, folder, file) as (run, _):
        return _table(*run(query.query), file=file)


def read_named(query: Query, *, names: Sequence[str], agency: str, folder: Path) -> dict[str, TextTable]:
    """Read the tables and views of some names that a database has.

    Args:
        query: where the database is.
        names: the names, in small letters; they are put into SQL as they are.
        agency: whose database, for messages.
        folder: what a relative path of SQLite is beside.

    Returns:
        the rows of each by its name, in order of name.

    Raises:
        SourceError: as of :func:`read_query`; or a query is given, which is not used.
        MissingFileError: it has none of them.
    """
    where = f"agency {agency}"
    address = address_of(query, file=where)
    if query.query:
        raise SourceError(f"{where}: files is a database whose tables are known by name; leave query out")
    with _opened(address, folder, where) as (run, tables):
        found = sorted({name.lower() for name in tables()} & set(names))
        if not found:
            raise MissingFileError(
                f"{where}: the database has none of the format's tables in the schema it opens; "
                "set the user's default schema, or make views there"
            )
        # The names are our own list's, never the database's or a user's.
        return {name: _table(*run(f"SELECT * FROM {name}"), file=f"{agency} {name}") for name in found}  # noqa: S608


def address_of(query: Query, *, file: str) -> str:
    """The address with what it takes from the environment.

    Raises:
        SourceError: a variable it names is not set.

    Example:
        >>> os.environ["FAMLINK_EXAMPLE"] = "p@ss"
        >>> address_of(Query(url="postgresql://u:${FAMLINK_EXAMPLE}@h/db"), file="gp people")
        'postgresql://u:p%40ss@h/db'
    """
    if query.url.startswith("env:"):
        return _variable(query.url.removeprefix("env:"), file)
    return _VARIABLE.sub(lambda found: quote(_variable(found[1], file), safe=""), query.url)


def _variable(name: str, file: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise SourceError(f"{file}: the environment variable {name} is not set; set it before the run")
    return value


@contextmanager
def _opened(address: str, folder: Path, file: str) -> Iterator[tuple[Run, Callable[[], list[str]]]]:
    """A database: what runs SQL, and what lists its tables and views."""
    if address.startswith(_SQLITE):
        with _sqlite(address, folder, file) as opened:
            yield opened
    else:
        with _other(address, file) as opened:
            yield opened


@contextmanager
def _sqlite(address: str, folder: Path, file: str) -> Iterator[tuple[Run, Callable[[], list[str]]]]:
    path = folder / address.removeprefix(f"{_SQLITE}///").removeprefix(_SQLITE)
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as connection:

            def run(sql: str) -> Rows:
                cursor = connection.execute(sql)
                return [item[0] for item in cursor.description or ()], cursor.fetchall()

            def tables() -> list[str]:
                return [str(row[0]) for row in run("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")[1]]

            yield run, tables
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise SourceError(f"{file}: the database refused the query ({type(error).__name__}); run it by hand") from None


@contextmanager
def _other(address: str, file: str) -> Iterator[tuple[Run, Callable[[], list[str]]]]:
    try:
        sqlalchemy = importlib.import_module("sqlalchemy")
    except ImportError:
        raise SourceError(
            f"{file}: reading this database needs SQLAlchemy and the database's driver; pip install famlink[sql]"
        ) from None
    try:
        # A warning of SQLAlchemy can quote the query or the address.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", category=sqlalchemy.exc.SAWarning)
            engine = sqlalchemy.create_engine(address, hide_parameters=True, poolclass=sqlalchemy.pool.NullPool)
            with engine.connect() as connection:

                def run(sql: str) -> Rows:
                    # The driver's own SQL: a colon in it is no parameter of ours.
                    result = connection.exec_driver_sql(sql)
                    return list(result.keys()), result.fetchall()

                def tables() -> list[str]:
                    seen = sqlalchemy.inspect(connection)
                    return [*seen.get_table_names(), *seen.get_view_names()]

                yield run, tables
    except (sqlalchemy.exc.SQLAlchemyError, ImportError, ValueError, OSError) as error:
        if isinstance(error, SourceError):
            raise
        raise SourceError(
            f"{file}: the database refused ({type(error).__name__}); check the address and query"
        ) from None


def _table(names: list[str], rows: Sequence[Sequence[object]], *, file: str) -> TextTable:
    check_header(names, file=file)
    columns = {
        name: pl.Series(name, [_cell(row[place]) for row in rows], dtype=pl.String) for place, name in enumerate(names)
    }
    return table_of(pl.DataFrame(columns), file=file)


def _cell(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (float, Decimal)):
        return _number(value)
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).decode("utf-8", errors="replace")
    if isinstance(value, (list, tuple)):
        return ";".join(_cell(item) or "" for item in value)
    return json.dumps(value, default=str) if isinstance(value, dict) else str(value).removesuffix(" 00:00:00")


def _number(value: Any) -> str | None:
    """A whole number without its point; what is not a number is no cell."""
    if value.is_nan() if isinstance(value, Decimal) else math.isnan(value):
        return None
    whole: bool = abs(value) < 1e15 and value == int(value)
    return str(int(value)) if whole else str(value)
