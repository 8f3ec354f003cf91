"""Every table of the house, in one place: what flows between the rooms.

The reference page of tables is made from this module.
"""

from __future__ import annotations

import polars as pl

from famlink.schema import Column, Table

_S = pl.String()
_D = pl.Date()
_U32 = pl.UInt32()
_F = pl.Float64()
_B = pl.Boolean()
_LS = pl.List(pl.String())


def _key(name: str, meaning: str, dtype: pl.DataType = _S) -> Column:
    return Column(name, dtype, meaning, null=False, key=True)


def _must(name: str, meaning: str, dtype: pl.DataType = _S) -> Column:
    return Column(name, dtype, meaning, null=False)


def _may(name: str, meaning: str, dtype: pl.DataType = _S) -> Column:
    return Column(name, dtype, meaning)


# --- what agencies give: canonical column name -> meaning ----------------------------------------------------------

PEOPLE_COLUMNS: dict[str, str] = {
    "record_id": "the agency's own id of the record; text; required",
    "forename": "first given name",
    "middle_names": "further given names",
    "surname": "family name now",
    "former_surnames": "earlier family names; a list with ;",
    "aliases": "other names the person is known by; a list with ;",
    "date_of_birth": "date of birth",
    "expected_date_of_birth": "expected date of birth of an unborn child",
    "date_of_death": "date of death",
    "sex": "sex as recorded",
    "gender": "gender as recorded, where it differs or is recorded apart",
    "ethnicity": "ethnicity as recorded",
    "nhs_number": "NHS number",
    "former_nhs_number": "superseded NHS numbers; a list with ;",
    "nhs_number_verified": "whether the source traced the NHS number: yes or no",
    "upn": "unique pupil number",
    "former_upn": "earlier unique pupil numbers; a list with ;",
    "uln": "unique learner number",
    "ni_number": "National Insurance number",
    "pnc": "Police National Computer id",
    "cro": "Criminal Records Office number",
    "uprn": "unique property reference number",
    "address": "address, any lines",
    "postcode": "postcode",
    "phone": "telephone numbers; a list with ;",
    "email": "email addresses; a list with ;",
    "gp_practice": "GP practice",
    "school": "school or setting",
    "address_from": "the day the address began",
    "address_to": "the day the address ended",
    "household_id": "the agency's own id of the household or family group",
    "restricted": "yes, no or a word of reason: the whereabouts of this person are protected",
    "recorded_on": "the day the record was last true for the agency",
}

RELATIONSHIP_COLUMNS: dict[str, str] = {
    "record_id": "the record the relationship is stated of; required",
    "relationship": "what the other person is to the record: mother, half sibling, foster carer; required",
    "related_record_id": "the other person's record, where the agency has one",
    "related_forename": "the other person in words: forename",
    "related_surname": "the other person in words: surname",
    "related_date_of_birth": "the other person in words: date of birth",
    "related_sex": "the other person in words: sex",
    "related_address": "the other person in words: address",
    "related_postcode": "the other person in words: postcode",
    "related_phone": "the other person in words: telephone",
    "start": "the day the relationship began",
    "end": "the day the relationship ended",
    "parental_responsibility": "whether the other holds parental responsibility for the record: yes or no",
    "lives_with": "whether the two live together: yes or no",
}

EVENT_COLUMNS: dict[str, str] = {
    "event_id": "the agency's own id of the event; e{row} where absent",
    "record_id": "the record the event is about; required",
    "date": "when it happened: ISO, dd/mm/yyyy, 2024-05, 2024 or ?2024-05-03; required",
    "end_date": "when it ended",
    "time": "time of day, as written",
    "place": "where it happened, as written: an address, a postcode, a school, a street",
    "category": "the agency's own word or code for what it was",
    "description": "the agency's own words",
    "others": "other records in the event with their roles: victim:id;suspect:id",
    "reference": "the agency's reference (crime number, referral number)",
    "quoted_references": "references of other agencies it quotes; a list with ;",
    "action_taken": "what was done",
    "outcome": "what came of it",
    "child_seen": "whether the child was seen: yes or no",
    "recorded_on": "the day it was written down",
    "recorded_by": "who wrote it down (a role or worker code)",
    "sensitivity": "the agency's own marking",
}

PEOPLE_LISTS = ("former_surnames", "aliases", "former_nhs_number", "former_upn", "phone", "email")
"""People columns whose cell may hold a list with ``;``."""

PEOPLE_DATES = ("date_of_birth", "expected_date_of_birth", "date_of_death", "address_from", "address_to", "recorded_on")
"""People columns that hold a date."""

# --- tables between rooms --------------------------------------------------------------------------------------------

RECORDS = Table(
    "records",
    "A row an agency gave about a person, as it gave it.",
    "extracts",
    (
        _key("agency", "agency short name"),
        _key("record_id", "the agency's own id; {record_id}~{n} for a person named only in words"),
        _key(
            "part", "0 for the first row of this record_id; 1, 2 ... for rows a second source of the agency adds", _U32
        ),
        _must("origin", "given: a row of a people table; named: a person named only in words"),
        _may("named_by", "for origin named: the record_id whose relationship row names the person"),
        _must("file", "file name the row came from"),
        _must("file_row", "row in that file, 1 = first under the header", _U32),
        *(_may(name, meaning) for name, meaning in PEOPLE_COLUMNS.items() if name != "record_id"),
    ),
    extras=True,
)

TIES = Table(
    "ties",
    "A relationship one agency states between two of its records.",
    "extracts",
    (
        _must("agency", "agency short name"),
        _must("record_id", "the record the tie is stated of"),
        _must("relative_record_id", "the other record of the same agency (given, or named in words)"),
        _must("relationship", "what the other is to the record, in the agency's words"),
        _may("start", "day the tie began", _D),
        _may("end", "day the tie ended; open where the source means open", _D),
        _may("parental_responsibility", "whether the other holds parental responsibility for the record", _B),
        _may("lives_with", "whether they live together", _B),
        _must("file", "file name the row came from"),
        _must("file_row", "row in that file", _U32),
    ),
)

EVENTS = Table(
    "events",
    "Something an agency recorded on a day about one of its records.",
    "extracts",
    (
        _key("agency", "agency short name"),
        _key("event_id", "the agency's own id, or e{row}"),
        _must("record_id", "the record the event is about"),
        _must("date", "earliest day it can have been", _D),
        _must("latest", "latest day it can have been", _D),
        _must("precision", "day, month, year or uncertain"),
        _must("date_text", "the date as written"),
        _may("end_date", "day it ended", _D),
        _may("time", "time of day, as written"),
        _may("place", "where it happened, as written"),
        _may("category", "the agency's own word or code"),
        _may("description", "the agency's own words"),
        _may("others", "other records with their roles, role:record_id", _LS),
        _may("reference", "the agency's reference"),
        _may("quoted_references", "references of other agencies it quotes", _LS),
        _may("action_taken", "what was done"),
        _may("outcome", "what came of it"),
        _may("child_seen", "whether the child was seen, as written"),
        _may("recorded_on", "day it was written down", _D),
        _may("recorded_by", "who wrote it down"),
        _may("sensitivity", "the agency's own marking"),
        _must("file", "file name the row came from"),
        _must("file_row", "row in that file", _U32),
    ),
)

REJECTED = Table(
    "rejected",
    "A row or cell that could not be used, and why; never its value.",
    "extracts and standardisation",
    (
        _must("source", "agency short name of the source"),
        _must("file", "file name"),
        _must("row", "row in that file, 1 = first under the header; 0 = the whole file", _U32),
        _may("column", "the agency's column name"),
        _must("reason", "one sentence"),
        _must("level", "row (the row is not used) or cell (the cell became empty, the row stays)"),
    ),
)

REASONS = Table(
    "reasons",
    "Why a cleaned cell is empty or weaker than what was written.",
    "standardisation",
    (
        _must("agency", "agency short name"),
        _must("record_id", "record"),
        _must("part", "part of the record", _U32),
        _must("column", "canonical column"),
        _must("reason", "placeholder, day unknown, check failed ...: a short fixed phrase"),
    ),
)

STANDARDISED = Table(
    "standardised",
    "A record cleaned for comparison; the words as given stay in records.",
    "standardisation",
    (
        _key("agency", "agency short name"),
        _key("record_id", "the agency's own id"),
        _key("part", "part of the record", _U32),
        _must("origin", "given or named"),
        _may("forename", "first given name: lower case, accents folded, no placeholder"),
        _may("middle_names", "further given names, space between"),
        _may("surname", "family name: lower case, folded, prefixes joined"),
        _may("former_surnames", "earlier family names", _LS),
        _may("aliases", "other names", _LS),
        _may("date_of_birth", "date of birth, earliest day", _D),
        _may("date_of_birth_precision", "day, month, year, uncertain or day-unknown"),
        _may("expected_date_of_birth", "expected date of birth", _D),
        _may("date_of_death", "date of death, earliest day", _D),
        _may("sex", "female, male or null"),
        _may("gender", "female, male, other or null; null where the source records only sex"),
        _may("ethnicity", "code or word as given, trimmed"),
        _may("nhs_number", "ten digits"),
        _may("nhs_number_valid", "whether the check digit holds", _B),
        _may("nhs_number_verified", "whether the source traced it", _B),
        _may("former_nhs_number", "superseded numbers", _LS),
        _may("upn", "13 characters"),
        _may("upn_valid", "whether the check letter holds", _B),
        _may("former_upn", "earlier numbers", _LS),
        _may("uln", "ten digits"),
        _may("uln_valid", "whether the check digit holds", _B),
        _may("ni_number", "nine characters"),
        _may("ni_number_valid", "whether prefix and suffix are allowed", _B),
        _may("pnc", "YYYY/NNNNNNNL"),
        _may("pnc_valid", "whether the check letter holds", _B),
        _may("cro", "NNNNNN/YYL or SFYY/NNNNNNL"),
        _may("cro_valid", "whether the check letter holds", _B),
        _may("uprn", "1 to 12 digits, no leading zeros"),
        _may("address", "address, folded, one line"),
        _may("house_number", "flat and house number, as 3, 3a or flat 2/14"),
        _may("street", "street name, folded, street type expanded"),
        _may("postcode", "postcode as AA9 9AA; null for no-fixed-abode and placeholder codes"),
        _may("outcode", "first half of the postcode"),
        _may("sector", "outcode and first digit of the second half"),
        _may("phone", "national digits, first of the list", _S),
        _may("phones", "all numbers", _LS),
        _may("email", "lower case, first of the list"),
        _may("gp_practice", "folded"),
        _may("school", "folded"),
        _may("address_from", "day the address began", _D),
        _may("address_to", "day the address ended", _D),
        _may("household_id", "the agency's own id of the household"),
        _may("restricted", "no, or the word of reason (yes where none is given); null where not recorded"),
        _may("recorded_on", "day the record was last true", _D),
    ),
    extras=True,
)

LINKS = Table(
    "links",
    "A compared pair of records with its evidence and verdict.",
    "linkage",
    (
        _key("agency_left", "left agency"),
        _key("record_id_left", "left record"),
        _key("agency_right", "right agency"),
        _key("record_id_right", "right record"),
        _must("match_weight", "final log2 odds in bits, prior and family evidence in", _F),
        _must(
            "unadjusted_weight",
            "log2 of m/u summed over the comparisons, in bits: no prior, term frequency or family",
            _F,
        ),
        _must("match_probability", "2**w / (1 + 2**w)", _F),
        _must("verdict", "match (the two share a person), review or distinct"),
        _may("reason", "why the verdict is not just the probability; null where it is"),
    ),
)

PEOPLE = Table(
    "people",
    "Which person each record belongs to.",
    "linkage",
    (
        _key("agency", "agency short name"),
        _key("record_id", "the agency's own id"),
        _must("person_id", "person, opaque text"),
        _must("probability", "that the record belongs with the rest of its person; 1.0 for a person of one record", _F),
        _must("origin", "given or named"),
    ),
)

STATEMENTS = Table(
    "statements",
    "One value one record gives for one field of a person: merging never destroys a source.",
    "linkage",
    (
        _key("statement_id", "hash of agency, record, part, field and place in a list"),
        _must("person_id", "person"),
        _must("agency", "agency short name"),
        _must("record_id", "record"),
        _must("field", "canonical field, or extra.<name>"),
        _may(
            "value",
            "cleaned value as text (dates 2012-05-03, 2012-05, 2012 or ?2012-05-03); null where it was a placeholder",
        ),
        _must("raw", "value as given"),
        _may("reason", "why value is null or weaker"),
        _may("first_seen", "address_from, or recorded_on", _D),
        _may("last_seen", "address_to, or recorded_on", _D),
        _must("file", "file name"),
        _must("file_row", "row in that file", _U32),
    ),
)

CLAIM = pl.Struct(
    {
        "agency": pl.String,
        "record_id": pl.String,
        "relative_record_id": pl.String,
        "words": pl.String,
        "start": pl.Date,
        "end": pl.Date,
        "file": pl.String,
        "file_row": pl.UInt32,
        "parental_responsibility": pl.Boolean,
        "lives_with": pl.Boolean,
    }
)
"""One agency's statement behind a relation."""

RELATIONS = Table(
    "relations",
    "What one person is to another, with every claim behind it; both directions present.",
    "family",
    (
        _key("person_id", "person"),
        _key("relative_id", "the other person"),
        _key(
            "relationship",
            "what the relative is to the person: neutral registry word (parent, child, sibling, partner ...)",
        ),
        _key("qualifier", "birth, adoptive, step, foster, half, twin, maternal, paternal ...; empty text where none"),
        _may("start", "earliest day stated", _D),
        _may("end", "latest end stated where every claim has ended", _D),
        _must("basis", "stated or derived"),
        _must("confidence", "product of identity probabilities behind the best claim, 0 to 1", _F),
        _must("sources", "agency:record_id of every claim", _LS),
        _must("claims", "the claims as stated", pl.List(CLAIM)),
        _must(
            "premises",
            "for a derived relation: the relations it follows from, as person_id|relative_id|relationship",
            _LS,
        ),
        _may("parental_responsibility", "whether the relative is stated to hold it for the person", _B),
        _may("conflict", "what contradicts this relation, in words; null where nothing does"),
    ),
)

HOUSEHOLDS = Table(
    "households",
    "Who lived at which address from when to when.",
    "family",
    (
        _must("household_id", "household, opaque text"),
        _must("person_id", "person"),
        _must("address", "address as first written, for people"),
        _may("postcode", "postcode"),
        _may("start", "first day a source places the person there", _D),
        _may("end", "last day; null where current", _D),
        _must("sources", "agency:record_id", _LS),
    ),
)

INCIDENTS = Table(
    "incidents",
    "Every event with its person, its incident and its mapped kind: the file events.parquet.",
    "incidents",
    (
        _key("agency", "agency short name"),
        _key("event_id", "the agency's own id"),
        _must("record_id", "the record the event is about"),
        _must("person_id", "that record's person"),
        _must("incident_id", "incident; a lone event has its own"),
        _must("role", "same event, consequence or repetition; a lone event is same event of its own incident"),
        _may("related_incident_id", "for consequence and repetition: the incident it follows"),
        _must("date", "earliest day", _D),
        _must("latest", "latest day", _D),
        _may("end_date", "day it ended", _D),
        _must("precision", "day, month, year or uncertain"),
        _must("date_text", "date as written"),
        _may("time", "time as written"),
        _may("place", "where it happened, as written"),
        _may("category", "the agency's own word"),
        _must("kind", "mapped event kind; unmapped where the crosswalk does not know the word"),
        _may("description", "the agency's own words"),
        _may("others", "role:record_id", _LS),
        _may("reference", "the agency's reference"),
        _may("quoted_references", "references it quotes", _LS),
        _may("action_taken", "what was done"),
        _may("outcome", "what came of it"),
        _may("child_seen", "as written"),
        _may("recorded_on", "day it was written down", _D),
        _may("recorded_by", "who wrote it down"),
        _may("sensitivity", "the agency's own marking"),
        _must("file", "file name"),
        _must("file_row", "row in that file", _U32),
    ),
)

MUST_NOT_LINK = Table(
    "must_not_link",
    "Pairs of records that may never become one person.",
    "the hub",
    (
        _must("agency_left", "left agency"),
        _must("record_id_left", "left record"),
        _must("agency_right", "right agency"),
        _must("record_id_right", "right record"),
        _may("reason", "why, in a word"),
        _may("ask", "whom to ask"),
    ),
)

CONSENTS = Table(
    "consents",
    "Agreements to share, asked for and answered.",
    "the hub",
    (
        _must("agency", "agency of the subject's record"),
        _must("record_id", "the subject's record"),
        _must("holder", "whose information may be shared: a policy holder, or *"),
        _may("purpose", "for what; empty means any purpose of the request's kind"),
        _must("decision", "given, refused, withdrawn, not-sought or overridden"),
        _must("decided_on", "day of the decision", _D),
        _may("by_agency", "agency of the decider's record"),
        _may("by_record_id", "the decider's record"),
        _may("capacity", "self, parental-responsibility or competent-young-person"),
        _may("reason", "reason, where not sought"),
        _may("override_basis", "lawful basis of an override"),
        _may("override_by", "who overrode (a role)"),
    ),
)

EXISTENCE = Table(
    "existence",
    "That an agency knows a person, and whom to ask; nothing more.",
    "sharing",
    (
        _must("person_id", "person"),
        _must("agency", "agency short name"),
        _must("holder", "policy holder"),
        _may("first_month", "first month of contact, YYYY-MM"),
        _may("last_month", "last month of contact, YYYY-MM"),
        _must("ask", "whom to ask"),
        _must("rule", "the policy rule that allowed it"),
    ),
)

WITHHELD = Table(
    "withheld",
    "How many rows were held back, where even that may be said.",
    "sharing",
    (
        _must("holder", "policy holder"),
        _must("what", "records, events, statements or people (whose refusal stands)"),
        _must("reason", "why, in a few words"),
        _must("count", "rows", _U32),
    ),
)

TABLES: tuple[Table, ...] = (
    RECORDS,
    TIES,
    EVENTS,
    REJECTED,
    REASONS,
    STANDARDISED,
    LINKS,
    PEOPLE,
    STATEMENTS,
    RELATIONS,
    HOUSEHOLDS,
    INCIDENTS,
    MUST_NOT_LINK,
    CONSENTS,
    EXISTENCE,
    WITHHELD,
)
"""Every table, in the order of the walk."""
