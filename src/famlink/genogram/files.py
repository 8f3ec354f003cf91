"""Family files in: GEDCOM, PED, kinship tables."""

from __future__ import annotations

from pathlib import Path

from famlink.errors import GenogramError
from famlink.genogram.family import Family
from famlink.genogram.gedcom import read_gedcom
from famlink.genogram.pedigree_table import read_pedigree

_GEDCOM = {".ged", ".gedcom"}
_TABLES = {".ped", ".fam", ".csv", ".tsv", ".txt"}


def read_family(path: Path | str, *, losses: bool = False) -> Family:
    """Read a family file by its ending.

    Args:
        path: ``.ged`` (GEDCOM 5.5.1 or 7), ``.ped`` or ``.fam`` (linkage format), ``.csv``, ``.tsv`` or ``.txt`` (a table
            with id, father, mother, sex).
        losses: draw pregnancies that ended as such, where the file (GEDCOM) says so. Off, miscarriages and terminations
            are left out and counted in a notice, and a stillborn child stands as one who died.

    Returns:
        the family, every person and link of the file.

    Raises:
        GenogramError: the ending is not one of these, or the file cannot be read as what it says it is.
    """
    file = Path(path)
    ending = file.suffix.lower()
    if ending not in _GEDCOM and ending not in _TABLES:
        known = ", ".join(sorted({*_GEDCOM, *_TABLES}))
        raise GenogramError(
            f"{file.name}: expected a file ending in {known}, got {ending or 'no ending'}; rename or convert it"
        )
    if not file.is_file():
        raise GenogramError(f"{file.name}: there is no such file; check the path")
    family = read_gedcom(file, losses=losses) if ending in _GEDCOM else read_pedigree(file)
    if not family.people:
        raise GenogramError(f"{file.name}: the file holds no person; expected at least one to draw")
    return family
