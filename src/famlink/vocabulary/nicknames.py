"""Short and other forms of forenames: English from the ``nicknames`` package, others from our own table.

Each row of the table is a set of forms of one name, as standardisation leaves them: lower case, accents folded.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

FORMS: tuple[str, ...] = (
    # Muhammad: one name, many spellings, often abbreviated
    "muhammad mohammad mohammed muhammed mohamed mohamad muhamad muhamed mohamud mahomed mehmet mehmed mamadou md mohd muh mo",
    "ahmad ahmed ahmet ahamed achmed",
    "hussain hussein husain husein hossain hossein",
    "hassan hasan",
    "ali aly",
    "yusuf yousef youssef yusef yousuf yosef",
    "ibrahim ebrahim ibraheem",
    "ismail esmail ismael ismaeel",
    "omar umar omer",
    "usman uthman osman othman",
    "abdul abd abdel abdal",
    "abdullah abdallah abdulla",
    "abdirahman abdurrahman abdulrahman abdirahmaan",
    "khadija khadijah khadeeja hadiza",
    "fatima fatimah fathima faduma fatuma fatoumata",
    "aisha ayesha aysha aishah aicha caasha",
    "maryam mariam maryan miriam maria",
    "zaynab zainab zeinab zeynep",
    "amina aminah aamina",
    "noor nur noura nour",
    "layla leila laila leyla",
    "sara sarah zara zahra",
    # South Asian short forms
    "rajesh raj raju",
    "rajinder rajinderjit raj",
    "sanjay sanj sunny",
    "vijay vij",
    "suresh suri",
    "krishna krish kishan",
    "harpreet harry preet",
    "gurpreet preet guri",
    "jaspreet jas jassi",
    "manpreet preet mani",
    "sukhdeep sukh sukhi",
    "balwinder bal balbir",
    "parminder pam pammi",
    "surinder suri shindi",
    "priyanka priya pri",
    "deepika deepa deep",
    "lakshmi laxmi luxmi",
    "chaudhry chowdhury choudhury",
    # Polish
    "aleksander olek alek aleks alexander alex",
    "aleksandra ola olka alexandra",
    "agnieszka aga agnes",
    "andrzej jedrek andrew",
    "anna ania anka hania hanna ann anne",
    "bartosz bartek bartlomiej",
    "barbara basia baska",
    "dariusz darek",
    "dorota dorotka dorothy",
    "elzbieta ela elka elizabeth",
    "ewa ewka eve eva",
    "grzegorz grzesiek gregory greg",
    "jakub kuba james jacob",
    "jan janek janusz jasiek john",
    "jerzy jurek george",
    "joanna asia aska joasia",
    "jozef jozek joseph",
    "katarzyna kasia kaska catherine katherine",
    "krystyna krysia christina",
    "krzysztof krzysiek christopher",
    "lukasz luke",
    "maciej maciek matthew",
    "magdalena magda",
    "malgorzata gosia malgosia margaret",
    "maria marysia maryla mary",
    "mateusz mati matthew",
    "michal misiek michael",
    "mikolaj miki nicholas",
    "pawel paul",
    "piotr piotrek peter",
    "stanislaw staszek stanley",
    "tadeusz tadek",
    "tomasz tomek thomas",
    "wojciech wojtek",
    "zofia zosia sophia sophie",
    "zuzanna zuzia susanna",
    # Irish
    "aoife eva",
    "brigid brid bridget bridie biddy breda",
    "caitlin kathleen catherine cathleen",
    "catriona caitriona catherine triona",
    "ciaran kieran",
    "ciara keira kiera keara",
    "cormac cormack charles",
    "diarmuid dermot diarmaid jeremiah",
    "donncha donough denis",
    "eamon eamonn edmund",
    "eilis eilish elizabeth",
    "eoghan eoin owen euan",
    "fionnuala nuala finola",
    "liam uilliam william",
    "mairead margaret peig",
    "maire mary maura moira",
    "micheal michael",
    "niamh neve",
    "oisin osheen",
    "padraig patrick padraic paddy paudie podge pat",
    "proinsias francis frank",
    "roisin rose",
    "ruairi rory ruaidhri",
    "sean shaun shane john shawn",
    "seamus james shay jim",
    "seosamh joseph",
    "siobhan joan susan shivaun",
    "sinead jane janet",
    "sile sheila julia cecilia",
    "tadhg timothy thaddeus tim",
    "tomas thomas",
    # East European, Romani and others seen in the UK
    "aleksandr sasha alexander",
    "dmitri dmitry dima",
    "ekaterina katya kate",
    "vladimir vova",
    "yevgeny evgeny eugene",
    "ion ioan ionut john",
    "gheorghe george gigi",
    "jose pepe joseph",
    "francisco paco francis",
    # British and Irish short forms the package, which is American, does not have
    "abigail abi",
    "agnes aggie",
    "albert bertie",
    "alexander xander",
    "alexandra sasha lexi",
    "alfie alf",
    "alfred alfie",
    "alice ali",
    "amelia millie",
    "annabel bella",
    "annabelle belle",
    "antonia toni",
    "antony tony",
    "barbara barb",
    "barry baz",
    "belinda bel",
    "benjamin benji",
    "bernadette bernie",
    "beverley bev",
    "callum cal",
    "camilla millie",
    "carol caz",
    "caroline caz",
    "catherine cath kate",
    "cecilia cece",
    "chantelle chan",
    "charles chas chaz",
    "charlotte charlie",
    "clive cli",
    "connor con",
    "cuthbert bert",
    "darren daz",
    "deborah debs",
    "dennis den",
    "derek del",
    "eileen ellie",
    "emmeline emmy",
    "evelyn evie",
    "felicity fliss",
    "finlay fin",
    "finley fin",
    "finn finley",
    "florence florrie flossie",
    "francesca fran",
    "gareth gaz",
    "gary gaz",
    "gavin gav",
    "georgina georgie gina",
    "gerald gez",
    "gerard gerry",
    "gillian gill jill",
    "grace gracie",
    "hannah han",
    "heather hev",
    "ian iain",
    "imogen immy",
    "isaac zac",
    "isabella izzy",
    "isabelle izzy",
    "isobel izzy",
    "jason jay",
    "jayden jay",
    "jordan jordie",
    "juliet jules",
    "karen kaz",
    "kathryn kath",
    "kieran kier",
    "kirsty kirst",
    "kristina kris",
    "laura loz",
    "lauren loz",
    "leonardo leo",
    "liam lee",
    "lillian lily",
    "lorraine lol",
    "lucy lulu",
    "lydia lyd",
    "lynn lynne",
    "madeleine maddie",
    "madison maddie",
    "matilda mattie",
    "maureen mo",
    "maurice mo",
    "melanie mel",
    "michelle shell",
    "mildred millie",
    "millicent millie",
    "miriam mim",
    "naomi nomi",
    "natalie nat",
    "natasha tash",
    "nicola nicky nikki",
    "nigel nige",
    "oliver olly",
    "olivia liv livvy livi",
    "philippa pip pippa",
    "phoebe phoebs",
    "phyllis phyl",
    "poppy pops",
    "quentin quin",
    "rachel rach rae",
    "ralph rafe",
    "rebecca bex",
    "reece rhys",
    "robert robbie",
    "rosalind ros",
    "rosemary rosie",
    "roxanne roxy",
    "rupert rupe",
    "sharon shaz",
    "siobhan shiv",
    "sophie soph",
    "stacey stace",
    "stanley stan",
    "stephen ste",
    "steven ste",
    "stewart stu",
    "terence tel",
    "teresa terri",
    "terry tel",
    "theresa terri",
    "tracey trace",
    "tristan tris",
    "tyler ty",
    "vivien viv",
    "wilfred wilf alf",
    "yvonne eve",
    "zoe zo",
)
"""One set of forms a row."""


@lru_cache(maxsize=1)
def _own() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for row in FORMS:
        forms = row.split()
        for form in forms:
            found.setdefault(form, set()).update(forms)
    return {form: frozenset(others - {form}) for form, others in found.items()}


@lru_cache(maxsize=1)
def _english() -> Any:
    from nicknames import NickNamer

    return NickNamer()


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    """Every name either table has, so that the many names neither has cost one look-up each."""
    from nicknames import name_triplets

    listed = {name for triplet in name_triplets() for name in (triplet.name1, triplet.name2)}
    return frozenset(listed | set(_own()))


def forms_of(name: str) -> frozenset[str]:
    """Other forms one forename is written in: its short forms, the names it is short for, and their short forms.

    Args:
        name: lower case, accents folded.

    Returns:
        the other forms, without the name itself.

    Example:
        >>> "bob" in forms_of("robert"), "rob" in forms_of("bob"), "mohammed" in forms_of("muhammad")
        (True, True, True)
        >>> sorted(forms_of("lukasz"))
        ['luke']
    """
    english = _english()
    found: set[str] = set(_own().get(name, frozenset())) | english.nicknames_of(name)
    for whole in english.canonicals_of(name):
        found.add(whole)
        # the list also has short forms as heads; only a longer name has further short forms of this one
        if len(whole) > len(name):
            found |= english.nicknames_of(whole)
    return frozenset(found - {name})


def related(names: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of names, among those given, that are forms of one name.

    Args:
        names: distinct forenames.

    Returns:
        both orders of each pair, sorted.

    Example:
        >>> related(["bill", "anne", "william"])
        [('bill', 'william'), ('william', 'bill')]
    """
    here = set(names) & _known()
    pairs = {(name, form) for name in here for form in forms_of(name) if form in here}
    return sorted(pairs | {(b, a) for a, b in pairs})
