"""A query on a database -> a table of text cells. The address comes from the environment and is never printed."""

from __future__ import annotations

import importlib
import os
import sqlite3
from contextlib import closing

import polars as pl

from famlink.errors import SourceError
from famlink.extracts.delimited import check_header
from famlink.extracts.structured import table_of
from famlink.extracts.tabular import TextTable
from famlink.spec import Query


def read_query(query: Query, *, file: str) -> TextTable:
    """Run a query and take its rows.

    SQLite (``sqlite:///path``) is read with the standard library; other databases with SQLAlchemy and the database's driver,
    where they are installed.

    Args:
        query: the environment variable that holds the address, and the SQL.
        file: what to call the table in messages.

    Returns:
        the rows as text.

    Raises:
        SourceError: the variable is not set, there is no SQL, the driver is not installed, or the database refuses.
    """
    variable = query.url.removeprefix("env:")
    address = os.environ.get(variable)
    if not address:
        raise SourceError(f"{file}: the environment variable {variable} is not set; set it to the database's address")
    if not query.query:
        raise SourceError(f"{file}: a table from a database needs query = '...' beside its url")
    names, rows = (
        _sqlite(address, query.query, file) if address.startswith("sqlite:") else _other(address, query.query, file)
    )
    check_header(names, file=file)
    columns = {
        name: pl.Series(name, [_cell(row[place]) for row in rows], dtype=pl.String) for place, name in enumerate(names)
    }
    return table_of(pl.DataFrame(columns), file=file)


def _sqlite(address: str, sql: str, file: str) -> tuple[list[str], list[tuple[object, ...]]]:
    path = address.removeprefix("sqlite:///").removeprefix("sqlite:")
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            cursor = connection.execute(sql)
            return [item[0] for item in cursor.description or ()], cursor.fetchall()
    except sqlite3.Error as error:
        raise SourceError(f"{file}: the database refused the query ({type(error).__name__}); run it by hand") from None


def _other(address: str, sql: str, file: str) -> tuple[list[str], list[tuple[object, ...]]]:
    try:
        sqlalchemy = importlib.import_module("sqlalchemy")
    except ImportError:
        raise SourceError(
            f"{file}: reading this database needs SQLAlchemy and the database's driver; pip install sqlalchemy"
        ) from None
    try:
        engine = sqlalchemy.create_engine(address, hide_parameters=True)
        with engine.connect() as connection:
            result = connection.execute(sqlalchemy.text(sql))
            return list(result.keys()), [tuple(row) for row in result]
    except (sqlalchemy.exc.SQLAlchemyError, ImportError, ValueError) as error:
        raise SourceError(
            f"{file}: the database refused ({type(error).__name__}); check the address and query"
        ) from None


def _cell(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).removesuffix(" 00:00:00")
