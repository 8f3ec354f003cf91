"""What agencies call the canonical columns: words for proposing a column map, in small letters without punctuation."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from types import MappingProxyType

OTHER_NAMES = MappingProxyType(
    {
        "record_id": (
            "personurn urn casenumber caseno clientnumber clientno customerid customernumber personnumber "
            "personno recordid adno admissionnumber admissionno pupilref studentid studentref householdpersonid "
            "personaid id personid person clientid client personref nominalid uniqueid uniqueref childuniqueid "
            "lachildid caseid caseref patientid pupilid ref reference child memberid customerref accountref "
            "offenderid ypid persid crn"
        ),
        "forename": (
            "legalforename legalfirstname firstgivenname firstname forenames firstnames givenname givennames "
            "fname forename1 chosenname preferredforename"
        ),
        "middle_names": "middlename middlenames secondname othernames forename2 middle",
        "surname": "lastname familyname sname surname1 legalsurname secondsurname",
        "former_surnames": "formersurname previoussurname maidenname birthsurname formernames previousnames",
        "aliases": "alias knownas aka akanames othernamesused nickname preferredname preferredsurname",
        "date_of_birth": (
            "persondateofbirth birthday dob birthdate datebirth dateofbirth birth persondob personbirthdate bday "
            "dateofbirthdate"
        ),
        "expected_date_of_birth": "edd edob expecteddob duedate expecteddateofdelivery expectedpersonbirthdate expectedbirthdate",
        "date_of_death": "dod deathdate dateofdeath deceaseddate persondeathdate",
        "sex": "sexatbirth legalsex birthsex sexcode",
        "gender": "genderidentity genderofchild gendercurrent gendercode",
        "ethnicity": "ethnic ethnicgroup ethnicorigin ethniccode ethnicitycode",
        "nhs_number": "nhs nhsno nhsnum nhsnumber nhsid commonchildid",
        "former_nhs_number": "formernhsnumber previousnhsnumber oldnhsnumber supersedednhsnumber",
        "nhs_number_verified": "nhsnumberverified nhsstatus nhsnumberstatus nhstraced",
        "upn": "uniquepupilnumber pupilnumber upnno",
        "former_upn": "formerupn previousupn oldupn",
        "uln": "uniquelearnernumber learnernumber",
        "ni_number": "nino ninumber nationalinsurance nationalinsurancenumber nationalinsuranceno ni",
        "pnc": "pncid pncno pncnumber",
        "cro": "cronumber crono croid",
        "uprn": "uniquepropertyreferencenumber propertyref uprnno",
        "address": "fulladdress addr homeaddress currentaddress address1 addressline1 addr1 addressline streetaddress",
        "postcode": "postcodehome addresspostcode postalcode pcode zip homepostcode currentpostcode personpostcode pc",
        "phone": (
            "homephone hometelephone mobilephone mobiletelephone telephonehome telephonemobile telephone tel "
            "mobile phonenumber telephonenumber telno mobilenumber contactnumber phoneno"
        ),
        "email": "emailaddress emailaddr mail",
        "gp_practice": "gp gppractice gpname gpsurgery surgery practice gppracticename",
        "school": "schoolname currentschool setting establishment nursery",
        "address_from": "addressfrom addressstart addressstartdate movedin datefrom movedindate",
        "address_to": "addressto addressend addressenddate movedout dateto movedoutdate",
        "household_id": "household householdref householdid familyid familyref family claimid groupid",
        "restricted": "restrictedaddress addressrestricted confidential sensitiveaddress restrictedflag protected",
        "recorded_on": (
            "lastupdated updated updatedon modified recordedon recorddate dateupdated lastmodified createddate "
            "daterecorded recordeddate"
        ),
        "relationship": (
            "reltype relationshiptopupil relationshiptohead relationtohead relation relationshiptype relationtype "
            "relationshiptoperson relationshiptochild role"
        ),
        "related_record_id": (
            "personbid relatedpersonnumber associateurn relatedid relatedpersonid relativeid relatedperson "
            "associateid otherpersonid linkedpersonid"
        ),
        "related_forename": "relatedforename relatedfirstname contactforename contactfirstname relativeforename",
        "related_surname": "relatedsurname relatedlastname contactsurname contactlastname relativesurname",
        "related_date_of_birth": "relateddob contactdob relativedob relateddateofbirth",
        "related_sex": "relatedsex relatedgender contactgender",
        "related_address": "relatedaddress contactaddress",
        "related_postcode": "relatedpostcode contactpostcode",
        "related_phone": "relatedphone contactphone contacttelephone contactmobile",
        "start": "fromdate startdt effectivefrom startdate from datefrom validfrom began datestarted",
        "end": "todate enddt effectiveto enddate to dateto validto ended dateended",
        "parental_responsibility": "pr parentalresp hasparentalresponsibility parentalresponsibilityflag",
        "lives_with": "liveswith sameaddress samehousehold resident livingwith",
        "event_id": (
            "occurrencenumber incidentnumber incidentno incidentref eventnumber eventno referralno casenoteid "
            "logid eventid eventref incidentid occurrenceid occurrenceno contactid referralid activityid"
        ),
        "date": (
            "datereported reporteddate dateofincident dateofreferral dateofcontact dateofoccurrence eventdate "
            "incidentdate occurrencedate contactdate referraldate activitydate dateofevent startdate visitdate"
        ),
        "end_date": "enddate eventenddate closuredate dateclosed closeddate",
        "time": "eventtime incidenttime starttime occurrencetime",
        "place": "location venue incidentlocation incidentplace occurrencelocation incidentaddress placeofincident",
        "category": (
            "crimetype occurrencetype offencetype eventtype type incidenttype contacttype referraltype "
            "activitytype code offence reason"
        ),
        "description": "modusoperandi mo casenote freetext summary notes details narrative note comments text circumstances",
        "others": "involved involvedpersons otherpersons participants",
        "reference": "crimeref crimeno crimenumber referralref caseref logno",
        "quoted_references": "quotedreferences otherreferences externalref linkedreference",
        "action_taken": "action actiontaken actions",
        "outcome": "status disposaltype result disposal outcomecode",
        "child_seen": "childseen seen childseenalone",
        "recorded_by": (
            "officerincharge oic reportingofficer allocatedworker recordedby worker workername officer author "
            "enteredby createdby"
        ),
        "sensitivity": "sensitive grading marking protectivemarking",
    }
)
"""Canonical column -> the other names it goes by."""


WHOLE_NAMES = frozenset(
    ("name", "fullname", "childname", "clientname", "personname", "pupilname", "customername", "patientname")
)
"""Columns that hold a person's whole name, as ``Surname, Forename`` or in its usual order."""

MOST_TITLES = 20
"""Lines of titles above a header that are looked past."""


def header_at(rows: Sequence[Sequence[str]]) -> int:
    """Which of a file's first rows is its header: a report may have titles above it, which fill fewer cells.

    Args:
        rows: the first rows, of which any beyond the :data:`MOST_TITLES` first are not looked at.

    Returns:
        the place of the first row that looks like a header where every row above it fills fewer cells; else 0.

    Example:
        >>> header_at([["Children known"], ["Run on", "1 June"], ["Client ID", "Surname", "DOB"]])
        2
        >>> header_at([["17", "Ann", "Example"], ["Client ID", "Surname", "DOB"]])
        0
    """
    above = 0
    for place, row in enumerate(rows[: MOST_TITLES + 1]):
        filled = [cell for cell in row if cell.strip()]
        if place and len(filled) > max(above, 1) and looks_like_header(filled):
            return place
        if not place and filled and looks_like_header(filled):
            return 0
        above = max(above, len(filled))
    return 0


def other_names(canonical: str) -> frozenset[str]:
    """The names a canonical column goes by, its own among them, without punctuation.

    Example:
        >>> "dob" in other_names("date_of_birth"), "dateofbirth" in other_names("date_of_birth")
        (True, True)
    """
    return frozenset(OTHER_NAMES.get(canonical, "").split()) | {canonical.replace("_", "")}


def looks_like_header(names: Sequence[str], *, known: Collection[str] = ()) -> bool:
    """Whether a file's first line is a header and no row: one name is known to the caller, or two go by one we know.

    Example:
        >>> looks_like_header(["id", "Surname", "Hair"]), looks_like_header(["17", "Ann", "Example"])
        (True, False)
    """
    return any(name in known or name in OTHER_NAMES for name in names) or (
        sum("".join(filter(str.isalnum, name.lower())) in _EVERY_NAME for name in names) > 1
    )


def named_or_counted(names: Sequence[str], *, known: Collection[str] = ()) -> str:
    """A file's column names for a message; their number alone where the first line may be a row and no header.

    A file exported without its header has a person in its first line, and a message must not quote a person.

    Args:
        names: the column names.
        known: names the caller expects.

    Returns:
        the names with commas, or how many there are.

    Example:
        >>> named_or_counted(["id", "Surname", "Hair"])
        'id, Surname, Hair'
        >>> named_or_counted(["17", "Ann", "Example"])
        '3 that look like no header (is the first line a row?)'
    """
    if looks_like_header(names, known=known):
        return ", ".join(names)
    return f"{len(names)} that look like no header (is the first line a row?)"


_EVERY_NAME = frozenset().union(*map(other_names, OTHER_NAMES))
