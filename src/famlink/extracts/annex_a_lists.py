"""The eleven lists of Annex A: which column is when, what it is called, what else is told. Names are in lower case."""

from __future__ import annotations

from famlink.extracts.pieces import Dated

CHILD = "child unique id"
ADOPTER = "individual adopter identifier"

_WORKER = "allocated worker"
_TEAM = {"allocated team": "team"}

EVENTS_OF: dict[int, tuple[Dated, ...]] = {
    1: (Dated("date of contact", "Contact", details={"contact source": "from"}),),
    2: (
        Dated(
            "assessment start date",
            "Early help assessment",
            end="assessment completion date",
            details={"organisation completing assessment": "organisation"},
        ),
    ),
    3: (
        Dated(
            "date of referral",
            "Referral",
            recorded_by=_WORKER,
            details={
                "referral source": "from",
                "referral nfa?": "no further action",
                "number of referrals in last 12 months": "referrals in 12 months",
                **_TEAM,
            },
        ),
    ),
    4: (
        Dated(
            "continuous assessment start date",
            "Assessment",
            end="continuous assessment date of authorisation",
            outcome="was the child assessed as requiring la children's social care support?",
            child_seen="child seen during continuous assessment",
            recorded_by=_WORKER,
            details=_TEAM,
        ),
    ),
    5: (
        Dated(
            "strategy discussion initiating section 47 enquiry start date",
            "Section 47 enquiry",
            recorded_by=_WORKER,
            details={
                "was an initial child protection conference deemed unnecessary?": "conference unnecessary",
                "number of section 47 enquiries in the last 12 months": "enquiries in 12 months",
                "number of icpcs in the last 12 months": "conferences in 12 months",
                **_TEAM,
            },
        ),
        Dated(
            "date of initial child protection conference",
            "Initial child protection conference",
            recorded_by=_WORKER,
            details={"did the initial child protection conference result in a child protection plan": "plan made"},
        ),
    ),
    6: (
        Dated(
            "cin start date",
            "Child in need episode",
            end="cin closure date",
            outcome="reason for closure",
            recorded_by=_WORKER,
            details={"primary need code": "primary need", "case status": "status", **_TEAM},
        ),
        Dated("date child was last seen", "Child seen by social worker", recorded_by=_WORKER),
    ),
    7: (
        Dated(
            "child protection plan start date",
            "Child protection plan",
            end="child protection plan end date",
            recorded_by=_WORKER,
            details={
                "initial category of abuse": "initial category",
                "latest category of abuse": "latest category",
                "number of previous child protection plans": "previous plans",
                "subject to emergency protection order or protected under police powers in last six months (y/n)": (
                    "emergency protection order or police powers in six months"
                ),
                **_TEAM,
            },
        ),
        Dated(
            "date of the last statutory visit",
            "Statutory visit",
            recorded_by=_WORKER,
            details={"was the child seen alone?": "seen alone"},
        ),
        Dated("date of latest review conference", "Review child protection conference"),
    ),
    8: (
        Dated(
            "date started to be looked after",
            "Started to be looked after",
            recorded_by=_WORKER,
            details={
                "child's category of need": "need",
                "unaccompanied asylum seeking child (uasc) within the last 12 months (y/n))": (
                    "unaccompanied asylum seeking child"
                ),
                "is this a second or subsequent period of being a looked after child within the last 12 months (y/n)": (
                    "second period in 12 months"
                ),
                "what is the permanence plan for this child?": "permanence plan",
                "number of placements in the last 12 months": "placements in 12 months",
                "number of episodes the child has been 'missing' from their placement in the last 12 months": (
                    "times missing in 12 months"
                ),
                "number of episodes the child has been 'absent' from their placement in the last 12 months": (
                    "times absent in 12 months"
                ),
                "was the child offered a return interview after their last missing episode (y/n)?": (
                    "return interview offered"
                ),
                "did the child accept a return interview after their last missing episode (y/n)?": (
                    "return interview accepted"
                ),
                **_TEAM,
            },
        ),
        Dated("start date of current legal status", "Legal status", details={"child's legal status": "status"}),
        Dated("date of latest statutory review", "Looked after review"),
        Dated("date of last social work visit", "Social work visit", recorded_by=_WORKER),
        Dated("date of last iro visit / contact to the child", "Visit of the independent reviewing officer"),
        Dated("date of last health assessment", "Health assessment"),
        Dated("date of last dental check", "Dental check"),
        Dated(
            "date ceased to be looked after",
            "Ceased to be looked after",
            outcome="reason ceased to be looked after",
        ),
        Dated(
            "start date of most recent placement",
            "Placement",
            details={
                "placement type": "type",
                "placement provider": "provider",
                "placement postcode": "postcode",
                "urn of placement": "URN",
                "placement location": "location",
                "la of placement": "authority",
            },
        ),
    ),
    9: (),
    10: (
        Dated("date the child entered care", "Started to be looked after"),
        Dated("date of decision that child should be placed for adoption", "Adoption decision"),
        Dated("date of placement order", "Placement order"),
        Dated("date of matching child and prospective adopters", "Matched for adoption"),
        Dated("date placed for adoption", "Placed for adoption"),
        Dated("date of adoption order", "Adoption order"),
        Dated(
            "date of decision that child should no longer be placed for adoption",
            "Adoption decision reversed",
            outcome="reason why child no longer placed for adoption",
        ),
        Dated(
            "date the child was placed for fostering in ffa or concurrent planning placement",
            "Placed for adoption with foster carers",
        ),
    ),
    11: (
        Dated(
            "date enquiry received",
            "Adopter: enquiry received",
            details={"is the (prospective) adopter fostering for adoption?": "fostering for adoption"},
        ),
        Dated("date stage 1 started", "Adopter: stage 1", end="date stage 1 ended"),
        Dated("date stage 2 started", "Adopter: stage 2", end="date stage 2 ended"),
        Dated("date application submitted", "Adopter: application submitted"),
        Dated("date application approved", "Adopter: application approved"),
        Dated("date adopter matched with child(ren)", "Adopter: matched with a child"),
        Dated(
            "date child/children placed with adopter(s)",
            "Adopter: child placed",
            details={"no. of children placed": "children"},
        ),
        Dated("date of adoption order", "Adopter: adoption order"),
        Dated(
            "date of leaving adoption process",
            "Adopter: left the process",
            outcome="reason for leaving adoption process",
        ),
    ),
}
"""List -> its columns of dates."""
