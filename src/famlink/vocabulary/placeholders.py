"""Words and values that stand where a person's own should be: data, one table a kind of field.

Names are compared in lower case with single spaces. A word that is also somebody's real name is left out of the table
of the field it is real in: Male is a surname, Null is a surname, Na is a surname and a forename.
"""

from __future__ import annotations

import datetime as dt

NO_NAME = frozenset(
    {
        "anon",
        "anonymous",
        "awaiting name",
        "awaiting",
        "do not use",
        "first name",
        "forename",
        "last name",
        "n/a",
        "n/k",
        "name not known",
        "name unknown",
        "no forename",
        "no name",
        "no surname",
        "none given",
        "not applicable",
        "not available",
        "not disclosed",
        "not entered",
        "not given",
        "not known",
        "not provided",
        "not recorded",
        "not stated",
        "not yet known",
        "not yet named",
        "notknown",
        "refused",
        "surname",
        "tba",
        "tbc",
        "tbd",
        "to be advised",
        "to be confirmed",
        "u/k",
        "unk",
        "unkown",
        "unknown",
        "unnamed",
        "withheld",
    }
)
"""Whole cells that say that there is no name, in any name field."""

_ROLES = {
    "declined",
    "dont know",
    "don't know",
    "head of household",
    "household",
    "lady of house",
    "lady of the house",
    "man of house",
    "man of the house",
    "no last name",
    "occupant",
    "occupier",
    "of the house",
    "resident",
    "respondent",
    "the occupier",
    "the resident",
}
"""What a form is filled in with for want of a name, in either name field."""

NO_SURNAME = NO_NAME | _ROLES
"""Whole cells that say that there is no surname."""

_RELATIONS = {"boy", "brother", "child", "dad", "daughter", "father", "girl", "grandchild", "granddaughter", "grandson"}
_RELATIONS |= {"husband", "mother", "mum", "nephew", "niece", "sister", "wife"}

NO_FORENAME = (
    NO_NAME
    | _ROLES
    | _RELATIONS
    | {
        "adult",
        "female",
        "householder",
        "inmate",
        "male",
        "oldest",
        "person",
        "woman",
        "youngest",
    }
)
"""Whole cells that say that there is no forename: what somebody is at home is no name. Son, Man, Mom and Minor are names."""

UNNAMED_CHILD = (
    "baby",
    "infant",
    "newborn",
    "new born",
    "unborn",
    "unborn baby",
    "unborn child",
    "foetus",
    "fetus",
    "twin",
    "triplet",
    "stillborn",
    "baby boy",
    "baby girl",
    "male infant",
    "female infant",
    "male baby",
    "female baby",
    "bb",
    "b/o",
    "baby of",
)
"""Words a cell begins with where a child has no name yet; what follows is a number, a letter or the family's name."""

UNBORN = ("unborn", "foetus", "fetus")
"""Words of :data:`UNNAMED_CHILD` that mean the child is not born yet."""

TITLES = frozenset(
    {
        "mr",
        "mrs",
        "miss",
        "ms",
        "mx",
        "mstr",
        "dr",
        "doctor",
        "prof",
        "professor",
        "rev",
        "revd",
        "reverend",
        "sir",
        "dame",
        "lady",
        "lord",
        "pc",
        "sgt",
        "capt",
    }
)
"""Titles taken off the front of a name that has more words."""

SUFFIXES = frozenset({"jnr", "jr", "snr", "sr"})
"""Words taken off the end of a name that has more words."""

ERROR_PREFIXES = ("mig_error", "mig error", "no_show", "no show", "duplicate", "do not use")
"""What systems and clerks write before a name that is otherwise sound."""

EXECUTORS = ("exors of", "exors", "executors of", "executor of", "personal representatives of", "the late", "estate of")
"""What a council tax account says before the name of a dead person."""

COMPANY_WORDS = frozenset(
    {
        "association",
        "borough",
        "co",
        "company",
        "council",
        "estates",
        "group",
        "homes",
        "housing",
        "inc",
        "investments",
        "lettings",
        "limited",
        "llp",
        "ltd",
        "plc",
        "properties",
        "services",
        "society",
        "trust",
        "trustees",
    }
)
"""Last words of a name that is an organisation's; only where other words come before them."""

NO_DATES = (dt.date(1900, 1, 1), dt.date(1970, 1, 1), dt.date(1899, 12, 30))
"""Days systems write where no date is known: the first days of SQL, Unix and Excel."""

NO_POSTCODE = frozenset(
    {"NOPOSTCODE", "NOTKNOWN", "UNKNOWN", "NONE", "NK", "NA", "TBC", "TBA", "NOFIXEDABODE", "NFA", "NF11NF"}
)
"""Postcodes, in capitals without spaces, that say there is none; ZZ99 and rows of one letter are placeholders too."""

NO_ADDRESS = frozenset(
    {
        "no fixed abode",
        "nfa",
        "no fixed address",
        "not known",
        "unknown",
        "address unknown",
        "unknown address",
        "address not known",
        "not recorded",
        "not given",
        "none",
        "n/a",
        "n/k",
        "tbc",
        "confidential",
        "withheld",
    }
)
"""Whole addresses that say there is none."""

NO_IDENTIFIER = frozenset(
    {
        "",
        "NONE",
        "UNKNOWN",
        "NOTKNOWN",
        "NOTRECORDED",
        "NK",
        "NA",
        "NULL",
        "NIL",
        "TBC",
        "PENDING",
        "NOTAPPLICABLE",
        "1234567890",
        "0123456789",
        "UN1",
        "UN2",
        "UN3",
        "UN4",
        "UN5",
        "00000000Z",
    }
)
"""Identifiers, in capitals without punctuation, that say there is none: UN1 to UN5 are the school census's reasons for
no UPN, 000000/00Z the police's dummy CRO number."""

EXCEL_ERRORS = ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!")
"""What a spreadsheet formula that failed leaves in its cell."""
