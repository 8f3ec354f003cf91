"""hub.toml for a made-up world, ready to link."""

from __future__ import annotations

from typing import Any

from famlink.synthetic.files import TABLES, agency_table
from famlink.synthetic.shape import AS_AT

MARK = "# Written by famlink synth"


def hub_text(sources: list[dict[str, Any]], *, seed: int, must_not_link: bool = True, consents: bool = True) -> str:
    """The text of hub.toml.

    Args:
        sources: agency, and tables (file names by table) or format and export (its files) of each source.
        seed: the seed, for the comment.
        must_not_link: whether there is a must_not_link.csv beside it.
        consents: whether there is a consents.csv beside it.

    Returns:
        TOML.
    """
    lines = [f"{MARK} (seed {seed}): nobody in it is a real person.", "", "[hub]", 'name = "Northshire (made up)"']
    lines += [f"as_at = {AS_AT.isoformat()}", "synthetic = true", ""]
    for source in sources:
        entry = agency_table().get(source["agency"])
        holder = entry["holder"] if entry else source["holder"]
        lines += ["[[source]]", f'agency = "{source["agency"]}"', f'holder = "{holder}"']
        if entry is None:
            lines += [*(f'{table} = "{name}"' for table, name in source["tables"].items()), ""]
            continue
        lines += [f'system = "{entry["system"]}"']
        if "format" in source:
            lines += [f'format = "{source["format"]}"', f'files = "{source["export"]}"', ""]
            continue
        lines += [f'{table} = "{source["tables"][table]}"' for table in TABLES if table in source["tables"]]
        columns = {**{table: entry[table] for table in TABLES}, **source.get("columns", {})}
        for table in TABLES:
            renamed = {canonical: theirs for canonical, theirs in columns[table].items() if canonical != theirs}
            if renamed and table in source["tables"]:
                lines += [
                    f"[source.columns.{table}]",
                    *(f'{canonical} = "{theirs}"' for canonical, theirs in renamed.items()),
                ]
        lines.append("")
    if must_not_link:
        lines += ["[link]", 'must_not_link = "must_not_link.csv"', ""]
    if consents:
        lines += ["[sharing]", 'consents = "consents.csv"', ""]
    return "\n".join(lines)
