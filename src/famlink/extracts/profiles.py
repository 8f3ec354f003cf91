"""A source of a named profile -> the same source as a plain table, its column maps filled in."""

from __future__ import annotations

from famlink.errors import SourceError
from famlink.spec import Source

TABLE = "table"


def table_source(source: Source) -> Source:
    """Resolve a source's format.

    Args:
        source: a source of any format.

    Returns:
        a source that can be read as tables.

    Raises:
        SourceError: the format is not one famlink reads, or a table is given as ``files``.
    """
    if source.format != TABLE:
        raise SourceError(
            f"agency {source.agency}: format {source.format!r} is not one famlink reads; it reads {TABLE!r}: "
            "export the tables and map their columns"
        )
    if source.people is None:
        raise SourceError(f"agency {source.agency}: format {TABLE!r} needs people = '...', not files")
    return source
