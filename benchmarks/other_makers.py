"""Events of another maker: `python benchmarks/other_makers.py MAKER FOLDER [--families N] [--seed S]`.

Families, agencies' tables and truth, made without any code, word or rate of `famlink.synthetic`: what holds on one's own worlds may hold
there alone. `python benchmarks/incidents.py FOLDER` then groups them with people from the truth.
"""

import argparse
import csv
import datetime as dt
import random
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

WORDS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
FIRST_SYL, LAST_SYL, GIRLS, BOYS, STREETS, WAYS = (
    WORDS[n] for n in ("first_syl", "last_syl", "girls", "boys", "streets", "ways")
)
KINDS, WHAT, HOURS, ROUTINE = (WORDS[n] for n in ("kind", "facts", "hours", "routine"))
SERVICES = {
    "police": ("police", "D"),
    "hospital": ("health", "M"),
    "csc": ("social-care", "C"),
    "school": ("education", "S"),
    "housing": ("housing", "H"),
    "earlyhelp": ("early-help", "F"),
    "probation": ("justice", "X"),
    "benefits": ("housing", "B"),
}
ADULT_FIRST = ("police", "hospital", "housing", "earlyhelp", "probation", "benefits")


@dataclass(frozen=True)
class Maker:
    accounts: tuple = (0.80, 0.14, 0.045, 0.015)  # share of incidents told by 1, 2, 3, 4 agencies
    incidents: float = 2.2  # a family, mean
    routine: float = 1.0  # routine events a family
    again: float = 0.12  # chance an incident is repeated
    again_days: tuple = (2,)
    again_agencies: float = 0.7  # chance the same agencies tell of it
    text: str = "detail"  # none, boiler, detail, verbatim, long
    tells: float = 0.55  # chance an account gives each detail
    codes: str = "words"  # words, codes, odd, none
    delays: dict = field(
        default_factory=lambda: {
            "police": (0.85, 0.12, 0.03),
            "hospital": (0.7, 0.25, 0.05),
            "csc": (0.2, 0.35, 0.25, 0.1, 0.07, 0.03),
            "school": (0.25, 0.35, 0.15, 0.1, 0.1, 0.05),
            "housing": (0.2, 0.3, 0.2, 0.1, 0.1, 0.1),
            "earlyhelp": (0.1, 0.3, 0.2, 0.15, 0.15, 0.1),
        }
    )
    ref: float = 0.9  # police, hospital have references
    quoted: float = 0.35  # later accounts that quote the first's
    in_text: float = 0.3
    case_ref: bool = False  # an agency's reference is the family's case number
    time: float = 0.7
    place: float = 0.3
    vague: float = 0.02
    entered: bool = True
    entry_lag: int = 3
    worker: float = 0.5
    others: float = 0.4
    siblings: float = 0.1  # school and social care write a row for each child
    own_words: bool = False  # those rows differ in words and writer
    consequence: float = 0.2
    when: float = 0.2  # says the day in the text
    fixed: bool = False  # scenario 11's spread: 0, 1, 2, 4 days


MAKERS = {
    "plain": Maker(),
    "bare": Maker(text="none", time=0, place=0, worker=0, others=0, entered=False, quoted=0.5),
    "boiler": Maker(text="boiler", again=0.3, again_agencies=0.9, quoted=0.1, time=0.2),
    "codes": Maker(codes="codes", text="detail", tells=0.45, place=0),
    "odd": Maker(codes="odd", text="detail", quoted=0.2),
    "month": Maker(vague=0.25, entry_lag=20),
    "caseref": Maker(case_ref=True, quoted=0.6, text="long", tells=0.6),
    "dense": Maker(incidents=6, again=0.3, routine=3, again_days=(2, 2, 2, 3, 4, 7), accounts=(0.84, 0.13, 0.02, 0.01)),
    "fixed": Maker(fixed=True, text="boiler", quoted=0.5, again=0.2, again_agencies=0.8),
    "sameday": Maker(
        delays=dict.fromkeys(("police", "hospital", "csc", "school", "housing", "earlyhelp"), (1.0,)),
        text="boiler",
        entry_lag=6,
        again=0.2,
        quoted=0.0,
        time=0,
    ),
    "verbatim": Maker(text="verbatim", again=0.25, again_agencies=0.9, quoted=0.2),
    "many": Maker(accounts=(0.35, 0.35, 0.2, 0.1), again=0.2, text="detail"),
    "sibs": Maker(siblings=0.35, own_words=True),
    "clear": Maker(quoted=0.8, tells=0.8, when=0.5),
    "quoting": Maker(quoted=1.0, ref=1.0, text="none", time=0.5, siblings=0),
    "near": Maker(
        text="boiler",
        quoted=0.3,
        again=0.15,
        delays={
            "police": (1.0,),
            "hospital": (0.7, 0.3),
            "csc": (0.6, 0.4),
            "school": (0.6, 0.4),
            "housing": (0.6, 0.4),
            "earlyhelp": (0.6, 0.4),
        },
    ),
    "facts": Maker(quoted=0.3, tells=0.95, when=0.4, siblings=0),
    "silent": Maker(codes="none", text="detail", tells=0.6, ref=0.3),
    "noref": Maker(ref=0, quoted=0, when=0, time=0, place=0, text="boiler", again=0.2, again_agencies=0.9),
}


class World:
    def __init__(self, maker, families, seed):
        self.m, self.r = maker, random.Random(seed)
        self.records, self.who, self.rel, self.kin, self.truth = (
            {a: [] for a in SERVICES},
            {},
            {a: [] for a in SERVICES},
            [],
            [],
        )
        self.events = {a: [] for a in SERVICES}
        self.fact = {}
        self.incident = 0
        for n in range(families):
            self.family(n)

    def family(self, n):
        r, m = self.r, self.m
        name = r.choice(FIRST_SYL) + r.choice(LAST_SYL)
        home = f"{r.randint(1, 140)} {r.choice(STREETS)} {r.choice(WAYS)}"
        code = f"QX{r.randint(1, 20)} {r.randint(1, 9)}{r.choice('ABDEFGH')}{r.choice('JLNPQRS')}"
        case = f"{r.randint(100000, 999999)}"

        def day(low, high):
            return dt.date(2025, 6, 1) - dt.timedelta(days=r.randint(low * 365, high * 365))

        people = [("mother", r.choice(GIRLS), name, day(22, 45), "F")]
        if r.random() < 0.7:
            people.append(
                (
                    "partner",
                    r.choice(BOYS),
                    r.choice([name, r.choice(FIRST_SYL) + r.choice(LAST_SYL)]),
                    day(22, 50),
                    "M",
                )
            )
        born = None
        for _ in range(r.choice([1, 1, 2, 2, 2, 3, 4])):
            born = born if born and r.random() < 0.04 else day(1, 16)
            sex = r.choice("FM")
            people.append(("child", r.choice(GIRLS if sex == "F" else BOYS), name, born, sex))
        ids = [f"f{n}p{i}" for i in range(len(people))]
        self.kinship(ids, people)
        for i in range(len(people)):
            self.fact[ids[i]] = (*people[i], home, code)
        children = [i for i, p in zip(ids, people, strict=True) if p[0] == "child"]
        adult = ids[0]
        man = ids[1] if people[1][0] == "partner" else None
        count = min(int(r.expovariate(1 / m.incidents)), 40)
        last = dt.date(2025, 5, 20)
        for _ in range(count):
            kind = r.choices(list(KINDS), [32, 10, 16, 20, 12, 10])[0]
            child = r.choice(children)
            on = last - dt.timedelta(days=r.randint(20, 1400))
            about = (kind, child, adult, man, children, home, case)
            agencies, texts = self.happen(about, on, None, None, "same event")
            head = self.incident
            again = 0
            while r.random() < m.again and again < 3:
                again += 1
                on = on + dt.timedelta(days=r.choice(m.again_days))
                same = agencies if r.random() < m.again_agencies else None
                agencies, texts = self.happen(about, on, same, texts, "repetition", head)
                head = self.incident
            if r.random() < m.consequence:
                self.incident += 1
                word, text = r.choice(
                    [
                        ("Referral", "Referral accepted for assessment."),
                        ("Strategy discussion", "Strategy discussion held with police and health."),
                        ("Initial child protection conference", "Conference held."),
                        ("Assessment", "Assessment started."),
                    ]
                )
                self.write(
                    "csc",
                    child,
                    on + dt.timedelta(days=r.randint(1, 6)),
                    word,
                    text if m.text != "none" else "",
                    role="consequence",
                    follows=head,
                )
        for _ in range(int(r.expovariate(1 / m.routine)) if m.routine else 0):
            a = r.choice(list(ROUTINE))
            self.incident += 1
            who = adult if a in ADULT_FIRST else r.choice(children)
            word = r.choice(ROUTINE[a])
            self.write(
                a, who, last - dt.timedelta(days=r.randint(0, 1400)), word, "" if m.text == "none" else f"{word}."
            )

    def kinship(self, ids, people):
        def word(a, b):
            if (a == "child") == (b == "child"):
                return "sibling" if a == "child" else "partner"
            return "parent" if a == "child" else "child"

        for i, one in enumerate(people):
            for j, other in enumerate(people):
                if i != j:
                    self.kin.append((ids[i], ids[j], word(one[0], other[0])))

    def happen(self, about, on, agencies, before, role, follows=None):
        kind, child, adult, man, children, home, case = about
        r, m = self.r, self.m
        self.incident += 1
        table = KINDS[kind]
        if agencies is None:
            many = 1 + r.choices(range(4), m.accounts)[0]
            names = list(table)
            chosen = sorted(names, key=lambda a: r.random() * (1 + names.index(a)))[:many]
            agencies = sorted(chosen, key=names.index)
        low, high = HOURS[kind]
        hour = r.uniform(low, high)
        facts = [r.choice(ways) for ways in WHAT[kind]]
        spot = r.choice(["home", "home", home, "street", "school", "park"])
        texts, ref0, agency0 = {}, None, None
        for place, agency in enumerate(agencies):
            words, code, says = table[agency]
            late = r.choices(range(len(m.delays[agency])), m.delays[agency])[0] if place else 0
            if m.fixed:
                late = (
                    {"police": 0, "hospital": 1, "csc": 2, "school": 4, "housing": 3, "earlyhelp": 3}[agency]
                    if place
                    else 0
                )
            date = on + dt.timedelta(days=late + (1 if hour >= 24 and not m.fixed else 0))
            word = {
                "words": r.choice(words),
                "codes": code,
                "odd": "Type " + code[::-1] + "/" + str(len(code)),
                "none": "",
            }[m.codes]
            ref = ""
            if r.random() < m.ref and agency in ("police", "hospital", "csc"):
                ref = (
                    (agency[0].upper() + case)
                    if m.case_ref
                    else {
                        "police": f"CR/{r.randint(1000, 99999)}/{on.year % 100}",
                        "hospital": f"ED{r.randint(10**6, 10**7)}",
                        "csc": f"{r.randint(10**5, 10**6)}",
                    }[agency]
                )
            quote = ref0 if ref0 and r.random() < m.quoted else ""
            text = self.say(m.text, says, facts, before and before.get(agency))
            if m.text != "none":
                texts[agency] = text
                if late and r.random() < m.when:
                    text += r.choice(
                        [
                            f" This was on {on:%A}.",
                            f" Incident on {on.day}/{on.month}.",
                            " Happened the night before." if late == 1 else f" Dated {on.day} {on:%B}.",
                        ]
                    )
                if quote and r.random() < m.in_text:
                    text, quote = text + r.choice([f" {agency0} ref {quote}.", f" Log {quote}"]), ""
            on_child = agency not in ADULT_FIRST or kind in ("missing", "injury", "selfharm", "neglect")
            whom = [child] if on_child else [adult]
            if on_child and agency in ("csc", "school") and r.random() < m.siblings:
                whom = children
            clerk = f"{agency[:2]}{r.randint(100, 180)}" if r.random() < m.worker else ""
            for one in whom:
                if m.own_words and one != whom[0]:
                    text = self.say(m.text, says, facts, None)
                    clerk = f"{agency[:2]}{r.randint(100, 180)}" if clerk else ""
                self.write(
                    agency,
                    one,
                    date,
                    word,
                    text,
                    ref=ref,
                    quote=quote,
                    hour=(hour % 24 if agency in ("police", "hospital") and late == 0 else None),
                    place=spot,
                    role=role,
                    follows=follows,
                    clerk=clerk,
                    others=[(adult, "victim"), (man, "suspect")]
                    if kind == "dv" and agency == "police"
                    else [(child, "child")]
                    if not on_child
                    else [],
                )
            if place == 0:
                ref0, agency0 = ref, agency
        return agencies, texts

    def say(self, mode, says, facts, before):
        r = self.r
        if mode == "none":
            return ""
        if mode == "boiler":
            return says[0]
        if mode == "verbatim" and before:
            return before
        text = " ".join([r.choice(says), *(f[0].upper() + f[1:] + "." for f in facts if r.random() < self.m.tells)])
        if mode == "long":
            text += " The family are known to services and the record has been reviewed. Information shared in line with the protocol. Next steps were discussed with the manager and the worker will follow up as agreed in the plan."
        return text

    def record(self, agency, person):
        if (agency, person) not in self.who:
            number = f"{SERVICES[agency][1]}{len(self.records[agency]) + 10001}"
            self.who[agency, person] = number
            _, first, last, born, sex, home, code = self.fact[person]
            r = self.r
            first = first[:3] if r.random() < 0.05 else first
            last = last[:-1] if r.random() < 0.04 else last
            self.records[agency].append(
                (
                    number,
                    first,
                    last,
                    born.isoformat() if r.random() > 0.03 else "",
                    sex,
                    home if r.random() > 0.15 else "",
                    code if r.random() > 0.15 else "",
                )
            )
        return self.who[agency, person]

    def write(
        self,
        agency,
        person,
        date,
        word,
        text,
        ref="",
        quote="",
        hour=None,
        place="",
        role="same event",
        follows=None,
        others=(),
        clerk="",
    ):
        r, m = self.r, self.m
        number = self.record(agency, person)
        event = f"{agency[:2].upper()}{len(self.events[agency]) + 1:06d}"
        entered = date + dt.timedelta(days=int(r.expovariate(1 / max(m.entry_lag, 0.1))))
        shown = date.isoformat()
        if r.random() < m.vague:
            shown = r.choice([f"{date:%Y-%m}", f"?{date}", f"{date:%Y-%m}"])
        named = ";".join(f"{w}:{self.record(agency, p)}" for p, w in others if p and r.random() < m.others)
        at = (
            f"{int(hour):02d}:{r.choice([0, 10, 15, 20, 30, 40, 45, 55]):02d}"
            if hour is not None and r.random() < m.time
            else ""
        )
        self.events[agency].append(
            (
                event,
                number,
                shown,
                at,
                word,
                text,
                named,
                ref,
                quote,
                place if place and r.random() < m.place else "",
                entered.isoformat() if m.entered else "",
                clerk,
            )
        )
        self.truth.append((agency, event, f"i{self.incident}", role, f"i{follows}" if follows else ""))


def save(world, folder):
    folder = Path(folder)
    (folder / "truth").mkdir(parents=True, exist_ok=True)

    def put(name, head, rows):
        with (folder / name).open("w", newline="", encoding="utf-8") as f:
            csv.writer(f).writerows([head, *rows])

    hub = ["[hub]", 'name = "Elsewhere (made up)"', "as_at = 2025-06-01", "synthetic = true", ""]
    for a, (holder, _) in SERVICES.items():
        hub += [
            "[[source]]",
            f'agency = "{a}"',
            f'holder = "{holder}"',
            f'people = "{a}_people.csv"',
            f'events = "{a}_events.csv"',
        ]
        for (ag, p), num in world.who.items():
            if ag == a and world.fact[p][0] == "child" and a in ("csc", "school"):
                mother = p[: p.index("p")] + "p0"
                if (a, mother) in world.who:
                    world.rel[a].append((num, "mother", world.who[a, mother], "", "", ""))
                else:
                    f = world.fact[mother]
                    world.rel[a].append((num, "mother", "", f[1], f[2], f[3].isoformat() if a == "csc" else ""))
        put(
            f"{a}_people.csv",
            ["record_id", "forename", "surname", "date_of_birth", "sex", "address", "postcode"],
            world.records[a],
        )
        put(
            f"{a}_events.csv",
            [
                "event_id",
                "record_id",
                "date",
                "time",
                "category",
                "description",
                "others",
                "reference",
                "quoted_references",
                "place",
                "recorded_on",
                "recorded_by",
            ],
            world.events[a],
        )
        if world.rel[a]:
            put(
                f"{a}_rel.csv",
                [
                    "record_id",
                    "relationship",
                    "related_record_id",
                    "related_forename",
                    "related_surname",
                    "related_date_of_birth",
                ],
                world.rel[a],
            )
            hub += [f'relationships = "{a}_rel.csv"']
        hub += [""]
    (folder / "hub.toml").write_text("\n".join(hub), encoding="utf-8")
    put("truth/records.csv", ["agency", "record_id", "person"], [(a, n, p) for (a, p), n in world.who.items()])
    put(
        "truth/relations.csv",
        ["person", "relative", "relationship", "qualifier", "start", "end"],
        [(*k, "", "", "") for k in world.kin],
    )
    put("truth/incidents.csv", ["agency", "event_id", "incident", "role", "follows"], world.truth)
    print(folder, len(world.truth), "events", len({t[2] for t in world.truth}), "incidents")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("maker", choices=sorted(MAKERS))
    parser.add_argument("folder")
    parser.add_argument("--families", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    save(World(MAKERS[given.maker], given.families, given.seed), given.folder)
