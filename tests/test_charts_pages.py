"""The pages: offline, nameless, readable without seeing, and saying the numbers they were given."""

from __future__ import annotations

import base64
import hashlib
import re
import stat
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hubs import person, write_csv, write_hub

from famlink.charts import chances, check, evaluation, model, style, waterfall
from famlink.charts.document import render
from famlink.charts.files import drawings, save
from famlink.linkage import scoring
from famlink.linkage.model import Comparison, Feature, Frequencies, Interval, Level, Model, Rule, Stratum, Term
from famlink.pipeline import reports
from famlink.pipeline.workbench import evaluate

VOID = {"meta", "br", "hr", "img", "input", "link"}
ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "a", "div", "header", "p", "h1", "h2", "h3", "bdi", "dl", "dt",
    "dd", "nav", "ul", "li", "main", "section", "figure", "figcaption", "span", "table", "caption", "thead", "tbody",
    "tr", "th", "td", "footer", "svg", "desc", "text", "line", "rect", "circle", "path", "polyline",
}  # fmt: skip


class Reader(HTMLParser):
    """Collects what the tests ask about, and that every element is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[int] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


TOLD = {
    "left": "police:p<1>", "right": "health:h1", "verdict": "review", "match_weight": 3.5, "match_probability": 0.9188,
    "bars": [
        {"field": "prior", "origin": "prior", "bits": -9.5, "sentence": "one in 724 is one person"},
        {"field": "nhs_number", "origin": "person", "bits": 20.0, "sentence": "numbers agree"},
        {"field": "sex", "origin": "person", "bits": 0.0, "sentence": "not recorded on both sides: no evidence"},
        {"field": "kin", "origin": "family", "bits": -7.0, "sentence": "what relatives share too counts less"},
        {"field": "decision", "origin": "constraint", "bits": 0.0, "sentence": "two verified numbers"},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def pages(run, hub_folder: Path) -> dict[str, str]:
    return {
        "evaluation": render(reports.evaluation_page(run, hub_folder / "truth")),
        "model": render(reports.model_page(run)),
        "pair": render(reports.pair_page(run, TOLD)),
        "check": render(reports.check_page(hub_folder / "hub.toml")),
    }


KINDS = ("evaluation", "model", "pair", "check")


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_fetches_and_runs_nothing(pages: dict[str, str], kind: str) -> None:
    page = pages[kind]
    read = Reader(page)
    assert {tag for tag, _ in read.tags} <= ALLOWED
    for _, attributes in read.tags:
        for name, value in attributes.items():
            assert not name.startswith("on"), name
            assert name not in {"src", "srcset", "style", "action", "xlink:href"}
            if name == "href":
                assert str(value).startswith("#")
    assert not re.search(r"https?://|url\(|@import|javascript:", page)
    css = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert css
    digest = base64.b64encode(hashlib.sha256(css[1].encode()).digest()).decode()
    policy = next(a["content"] for tag, a in read.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_can_be_read_without_seeing(pages: dict[str, str], kind: str) -> None:
    page = pages[kind]
    read = Reader(page)
    ids = [a["id"] for _, a in read.tags if "id" in a]
    assert len(ids) == len(set(ids))
    assert read.headings[0] == 1
    assert read.headings.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(read.headings, read.headings[1:], strict=False))
    drawn = [a for tag, a in read.tags if tag == "svg" and "role" in a]
    assert len(drawn) > (0 if kind == "pair" else 2)
    for drawing in drawn:
        assert drawing["role"] == "img"
        title, description = str(drawing["aria-labelledby"]).split()
        for key, tag in ((title, "title"), (description, "desc")):
            found = re.search(rf'<{tag} id="{key}">([^<]+)</{tag}>', page)
            assert found
            assert len(found[1]) > 5
    figures = re.split("<figure[^>]*>", page)[1:]
    assert all("<table>" in figure.split('class="part"')[0] for figure in figures), "a table stands beside each plot"
    targets = [str(a["href"])[1:] for tag, a in read.tags if tag == "a"]
    assert set(targets) <= set(ids)
    assert ("html", {"lang": "en-GB"}) in read.tags
    for tag, attributes in read.tags:
        if tag == "th":
            assert attributes["scope"] in {"row", "col"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_page_twice(pages: dict[str, str], kind: str, run, hub_folder: Path) -> None:
    again = {
        "evaluation": lambda: reports.evaluation_page(run, hub_folder / "truth"),
        "model": lambda: reports.model_page(run),
        "pair": lambda: reports.pair_page(run, TOLD),
        "check": lambda: reports.check_page(hub_folder / "hub.toml"),
    }[kind]
    assert render(again()) == pages[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_coordinates_are_numbers_inside_the_drawing(pages: dict[str, str], kind: str) -> None:
    for tag, attributes in Reader(pages[kind]).tags:
        for name in ("x", "x1", "x2", "cx", "width"):
            value = attributes.get(name)
            if tag in {"rect", "line", "circle", "text", "svg"} and value is not None:
                number = float(value.rstrip("%"))
                assert number >= 0
                if value.endswith("%"):
                    assert number <= 100


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_colours_meet_aa_in_light_dark_and_print() -> None:
    for theme in (style.LIGHT, style.DARK, style.PRINT):
        words = (("ink", "paper"), ("quiet", "paper"), ("accent", "paper"), ("ink", "mark"), ("on-good", "good"))
        for text, ground in (*words, ("on-bad", "bad")):
            assert _contrast(theme[text], theme[ground]) >= 4.5, (text, ground)
        for shape in ("good", "bad", "edge"):  # every bar has an edge: what is paler inside is still bounded
            assert _contrast(theme[shape], theme["paper"]) >= 3.0, shape
        assert len({theme["good"], theme["bad"], theme["wait"]}) == 3
    greys = [style.PRINT[name] for name in ("ink", "good", "bad", "wait", "line", "edge")]
    assert all(len({grey[1:3], grey[3:5], grey[5:7]}) == 1 for grey in greys), "print is black and white"


def test_an_evaluation_says_its_numbers_and_its_losses(pages: dict[str, str], run, hub_folder: Path) -> None:
    result = evaluate(run, hub_folder / "truth")
    text = Reader(pages["evaluation"]).text
    lost = result["lost"]
    assert f"Of {lost['true_pairs']:,} true pairs, {lost['true_pairs'] - lost['found']:,} were missed" in text
    assert f"{100 * result['pairs']['recall']:.2f}%" in text
    low, high = result["intervals"]["pairs"]["f1"]
    assert f"{100 * low:.2f}% to {100 * high:.2f}%" in text
    assert f"lost before scoring {lost['before_scoring']:,}" in text
    assert f"lost at scoring, in review {lost['of_which_in_review']:,}" in text
    for group in result["groups"]:
        assert f"{group['records']:,}" in text
    assert f"{result['relations']['wrong']:,}" in text
    for heading in (
        "By age",
        "By agency",
        "By culture of the name",
        "By moving house",
        "By multiple birth",
        "Incidents",
    ):
        assert heading in text
    assert "SYNTHETIC" in text


def test_a_mixed_cluster_is_the_first_thing_said() -> None:
    three = {"precision": 0.9, "recall": 0.5, "f1": 0.642857}
    mixes = {"relatives": 3, "strangers": 1, "twins": 2, "siblings": 2, "parent_child": 1}
    result = {"records": 9, "pairs": three, "b3": three, "mixes_relatives": 3, "mixes": mixes, "groups": [],
              "people": {"true": 5, "found": 4}, "without_truth": 7}  # fmt: skip
    page = render(evaluation.page(result, {}))
    text = Reader(page).text
    assert "3 clusters hold two or more people of one family" in text
    assert "1 cluster holds people of different families" in text
    assert "7 records of the run are not in the truth" in text
    assert page.index('class="alarms"') < page.index("<figure>")
    assert "75.00%" in text  # 3 of 4 clusters


def test_a_bare_truth_makes_a_bare_page(run, hub_folder: Path, tmp_path: Path) -> None:
    truth = tmp_path / "truth.csv"
    truth.write_bytes((hub_folder / "truth" / "records.csv").read_bytes())
    text = Reader(render(reports.evaluation_page(run, truth))).text
    assert "By agency" in text
    for heading in ("By culture", "Relations", "Incidents"):
        assert heading not in text


def test_words_are_escaped_and_long_labels_wrapped() -> None:
    three = {"precision": 1.0, "recall": 1.0, "f1": 1.0}
    group = {
        "by": "<b>by</b>",
        "group": "<script>alert(1)</script> & " + "long " * 12,
        "records": 3,
        "pairs": three,
        "b3": three,
    }
    result = {"records": 3, "pairs": three, "b3": three, "mixes_relatives": 0, "groups": [group]}
    page = render(evaluation.page(result, {}))
    read = Reader(page)
    assert {tag for tag, _ in read.tags} <= ALLOWED
    assert "<script>alert(1)</script>" in read.text
    labels = re.findall(r'class="label">([^<]*)<', page)
    assert max(len(label) for label in labels) <= 60  # escaped letters are longer


def made_model() -> Model:
    surname = Comparison(
        "birth_surname<",
        "family",
        (Feature("name", "surname", "surname"),),
        (),
        (
            Level("surnames differ", m=0.1, u=0.9, k=(0.4, 0.05, 0.5, 0.9)),
            Level("surnames agree", ((Term(0, (1,)),),), m=0.9, u=0.1, k=(0.6, 0.95, 0.5, 0.1), frequency=1.0),
        ),
        frequency_field="surname",
    )
    number = Comparison(
        "number",
        "person",
        (Feature("equal", "number", "number"),),
        (),
        (Level("numbers differ", m=0.0, u=1.0), Level("numbers agree", ((Term(0, (1,)),),), m=1.0, u=1e-14)),
    )
    return Model(
        comparisons=(surname, number),
        blocking=(Rule(("surname", "postcode:outcode"), trains=True), Rule(("number",))),
        across=Stratum(0.001, (0.01, 0.0, 0.002, 0.0)),
        within={"gp": Stratum(0.00001)},
        match=0.9,
        frequencies={"surname": Frequencies(1234, {"00c0ffee00c0ffee": 77})},
    )


def test_a_model_says_weights_and_probabilities_and_no_hash() -> None:
    page = render(model.page(made_model()))
    text = Reader(page).text
    assert "birth surname<" in text
    assert "surnames agree 90.00% 10.00% 60.00% 95.00% 50.00% 10.00% +3.2" in text
    assert "numbers agree 100% 1e-14" in text
    assert "+29.9" in text  # log2 of 1e9: what scoring gives, not log2 of 1e14
    assert "1 in 1,000" in text
    assert "1 in 100,000" in text
    assert "surname + postcode:outcode yes" in text
    assert "counted over 1,234 records" in text
    assert "c0ffee" not in page
    assert "90% (+3.2 bits)" in text


def test_a_model_says_how_many_awaited_children_are_born_ones() -> None:
    known = replace(made_model(), births={"health": Stratum(1 / 15_000, (1e-5, 1e-6, 1e-5, 0.0))})
    assert "within health, unborn and born" in Reader(render(model.page(known))).text
    assert "1 in 15,000" in Reader(render(model.page(known))).text
    assert "unborn and born" not in Reader(render(model.page(made_model()))).text


def test_how_sure_a_model_is_is_drawn_and_told() -> None:
    bare = made_model()
    number = Comparison(
        **{**vars(bare.comparisons[1]), "levels": (Level("numbers differ", m=0.1, u=0.9), Level("numbers agree", ((Term(0, (1,)),),), m=0.8, u=0.1, fixed=("m",)))}
    )  # fmt: skip
    wide, narrow = (
        Interval((0.05, 0.2), (0.85, 0.95), (-4.2, -2.1), 30.0, 900.0),
        Interval((0.7, 0.9), (0.08, 0.12), (2.5, 3.5), 300.0, 100.0),
    )
    sure = replace(bare, comparisons=(bare.comparisons[0], number), intervals={"number": (wide, narrow)})
    page = model.page(sure, warnings=["number: the weight is unstable where numbers differ"])
    text = Reader(render(page)).text
    assert "number: the weight is unstable where numbers differ." in text
    assert "numbers agree 80.00% (given) 70.00% to 90.00% 10.00% 8.00% to 12.00% +3.0 +2.5 to +3.5" in text
    assert "surnames agree 90.00% 10.00% +3.2" in text  # no interval is known: none is told
    files = drawings(page)
    weights = files["model-weights-02-number.svg"]
    assert weights.count('class="whisker span"') == 3  # two levels and the legend
    assert "whisker span" not in files["model-weights-01-birth-surname.svg"]
    lines = re.findall(
        r'<line x1="([\d.]+)%" x2="([\d.]+)%"[^>]*class="whisker circle"', files["model-m-and-u-02-number.svg"]
    )
    assert all(float(low) < float(high) for low, high in lines)
    assert len(lines) == 2


def test_a_weight_is_what_scoring_gives() -> None:
    assert chances.LEAST == scoring.LEAST
    for comparison in made_model().comparisons:
        others = scoring.class_probabilities(comparison)
        for level, row in zip(comparison.levels, others, strict=True):
            m = max(level.m, scoring.LEAST)
            assert 2.0 ** chances.weight(level.m, level.u) == pytest.approx(m / row[0])


def test_a_model_of_nothing_is_still_a_page() -> None:
    Reader(render(model.page(Model(comparisons=(), blocking=(), across=Stratum(0.1)))))


def canary_hub(folder: Path) -> Path:
    zebedee = [
        person(f"zz-canary-{n}", ("Zebedee", "Zebedina", "Zebedeo")[n % 3], ("Canaryson", "Canaryford")[n % 2], "1987-03-0" + str(n % 9 + 1), postcode="ZE1 9ZZ",
               address="9 Quizzical Row", nhs_number="9434765919" if n % 2 else "1234567890")
        for n in range(12)
    ]  # fmt: skip
    broken = [{"event_id": "zz-event", "record_id": "zz-canary-1", "date": "canary-day", "category": "Canarywork"}]
    return write_hub(folder, {"police": {"people": zebedee, "events": broken}, "housing": {"people": zebedee[:6]}})


def test_no_page_names_anybody(tmp_path: Path) -> None:
    import famlink as fl

    (tmp_path / "hub").mkdir()
    hub = canary_hub(tmp_path / "hub")
    run = fl.link(hub, to=tmp_path / "run", allow_rejects=True)
    rows = run.people.select("agency", "record_id").rows()
    truth = tmp_path / "truth.csv"
    write_csv(truth, [{"agency": a, "record_id": r, "person": "canary-person"} for a, r in rows])
    values = ("zebed", "canary", "quizzical", "ze1", "943476", "1987-03", "123456")
    for page in (reports.evaluation_page(run, truth), reports.model_page(run), reports.check_page(hub)):
        files = save(page, tmp_path / "charts")
        assert len(files) > 2
        for file in files:
            told = f"{file.name}\n{file.read_text(encoding='utf-8')}".lower()
            for value in values:
                assert value not in told, (file.name, value)
    explained = fl.explain(run, ("police", "zz-canary-1"), ("housing", "zz-canary-1"))
    files = save(reports.pair_page(run, explained), tmp_path / "pair")
    assert [file.name for file in files] == ["pair.html", "pair-waterfall.svg"]
    for file in files:
        told = file.read_text(encoding="utf-8").lower().replace("zz-canary-1", "")
        for value in values:
            assert value not in told, (file.name, value)
    checked = Reader(render(reports.check_page(hub))).text
    assert "Rejected, by reason" in checked
    assert "1 row cannot be used" in checked


def test_a_check_says_counts_rejects_and_warnings() -> None:
    none = {"rows": 0, "records": 0, "rejected": 0, "named": 0}
    source = {
        "agency": "gp", "format": "table", "people": {"rows": 10, "records": 8, "rejected": 2, "named": 3},
        "relationships": none, "events": none, "warnings": ["nhs_number behaves <unlike> an identifier"],
        "columns": {"record_id": {"filled": 8, "distinct": 8}, "surname": {"filled": 6, "distinct": 5}},
        "cleaning": {"surname": {"placeholder": 4}},
        "identifiers": {"nhs_number": {"given": 4, "distinct": 4, "valid": 3, "invalid": 1}},
        "files": [{"file": "a [List 1]", "rows": 1009, "rejected": 2, "dateless": 7}],
        "rejects": [{"table": "people", "column": None, "reason": "no record_id", "level": "row", "count": 2}],
    }  # fmt: skip
    bare = {"agency": "new", "format": "table", "people": none, "relationships": none, "events": none, "warnings": []}
    report = {
        "sources": [source, bare],
        "overlaps": [{"identifier": "upn", "left": "gp", "right": "new", "shared": 1200}],
        "warnings": ["link.comparison names a <field> no source has"],
    }
    text = Reader(render(check.page(report))).text
    assert "10 rows of 2 sources read; 2 rows cannot be used; 2 warnings" in text
    assert "link.comparison names a <field> no source has" in text
    assert "gp people 10 8 2 3" in text
    assert "new people 0 0 0 0" in text
    assert "a [List 1] 1,009 2 7" in text
    assert "surname 6 75.0% 5" in text
    assert "nhs_number 4 4 3 1" in text
    assert "people no record_id row 2" in text
    assert "gp: nhs_number behaves <unlike> an identifier" in text
    assert "surname placeholder 4" in text
    assert "gp new upn 1,200" in text


def test_the_commands_write_private_pages_and_print_as_before(
    run_folder: Path, hub_folder: Path, tmp_path: Path
) -> None:
    def famlink(*words: str) -> tuple[int, str, str]:
        done = subprocess.run([sys.executable, "-m", "famlink", *words], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    scored, checked = tmp_path / "new" / "evaluation.html", tmp_path / "check.html"
    words = ("evaluate", str(run_folder), "--truth", str(hub_folder / "truth"))
    code, plain, _ = famlink(*words)
    assert code == 0
    code, out, err = famlink(*words, "--to", str(scored))
    assert (code, out) == (0, plain)
    assert str(scored) in err
    assert "How right is this run?" in Reader(scored.read_text(encoding="utf-8")).text
    code, out, _ = famlink("check", str(hub_folder / "hub.toml"), "--json", "--to", str(checked))
    assert code == 0
    assert out.startswith("{")
    assert "Completeness" in Reader(checked.read_text(encoding="utf-8")).text
    if sys.platform != "win32":
        assert stat.S_IMODE(scored.stat().st_mode) == 0o600
        assert stat.S_IMODE(checked.stat().st_mode) == 0o600
    folder = tmp_path / "folder"
    code, _, err = famlink(*words, "--to", str(folder))
    assert code == 0
    assert "plots as SVG" in err
    assert (folder / "evaluation.html").read_bytes() == scored.read_bytes()
    assert (folder / "evaluation-trade.svg").is_file()
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    code, _, err = famlink(*words, "--to", str(tmp_path / "file"))
    assert code == 1
    assert "is a file" in err
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


def test_explain_writes_the_pair_and_the_model(run, run_folder: Path, tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from famlink.cli import app

    def famlink(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["explain", str(run_folder), *words])
        return done.exit_code, done.output

    pair = run.links.row(0, named=True)
    ids = tuple(f"{pair[f'agency_{side}']}:{pair[f'record_id_{side}']}" for side in ("left", "right"))
    code, plain = famlink(*ids)
    assert code == 0
    code, told = famlink(*ids, "--to", str(tmp_path / "pair"))
    assert code == 0
    assert told.startswith(plain)
    assert sorted(file.name for file in (tmp_path / "pair").iterdir()) == ["pair-waterfall.svg", "pair.html"]
    assert famlink("--model", "--to", str(tmp_path / "model.html"))[0] == 0
    assert "Agreement patterns" in Reader((tmp_path / "model.html").read_text(encoding="utf-8")).text
    for words in (
        (),
        ids[:1],
        ("--model",),
        ("--model", "--json", "--to", "x.html"),
        ("--model", *ids, "--to", "x.html"),
    ):
        assert famlink(*words)[0] == 2, words


SVG = "{http://www.w3.org/2000/svg}"


def test_a_drawing_is_a_file_of_its_own(run, hub_folder: Path) -> None:
    from defusedxml import ElementTree

    pages = (reports.model_page(run), reports.evaluation_page(run, hub_folder / "truth"), reports.pair_page(run, TOLD))
    for page in pages:
        made = drawings(page)
        assert len(made) == sum(part.drawing is not None for section in page.sections for part in section.parts)
        for name, text in made.items():
            assert re.fullmatch(r"[a-z0-9-]+\.svg", name)
            root = ElementTree.fromstring(text)
            assert root.tag == f"{SVG}svg"
            title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
            assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
            assert root.get("role") == "img"
            assert title.text in "".join(root.itertext()).replace(title.text, "", 1)
            assert "var(" not in text
            assert "url(" not in text
            assert "prefers-color-scheme: dark" in text
            assert "@media print" in text
            assert not [e.tag for e in root.iter() if e.tag.removeprefix(SVG) in {"script", "image", "use", "a"}]


def test_a_waterfall_ends_where_the_weight_is() -> None:
    page = waterfall.page(TOLD, thresholds={"review": 0.5, "match": 0.95})
    text = render(page)
    told = Reader(text).text
    assert "police:p<1> and health:h1" in told
    assert "Decided otherwise than by weight: two verified numbers." in told
    assert "1 line of the table without weight is not drawn" in told
    table = page.sections[0].parts[0].table
    assert [row[4] for row in table.rows] == ["\N{MINUS SIGN}9.5", "+10.5", "+10.5", "+3.5", "+3.5"]
    bars = re.findall(r'<rect x="([\d.]+)%" width="([\d.]+)%"[^>]*class="bar (\w+)"', text)
    spans = [(float(x), float(x) + float(width)) for x, width, _ in bars]
    assert [kind for *_, kind in bars] == ["bad", "good", "bad", "wait"]
    assert spans[0][0] == pytest.approx(spans[1][0], abs=0.01)  # evidence for begins where the prior ended
    assert spans[1][1] == pytest.approx(spans[2][1], abs=0.01)  # evidence against begins where that ended
    assert spans[3] == pytest.approx((spans[0][1], spans[2][0]), abs=0.01)  # the sum goes from nothing to the last end


def test_patterns_count_every_pair_the_run_kept(run) -> None:
    from famlink.pipeline.patterns import compared, run_patterns

    told = run_patterns(run, most=10_000)
    assert told["patterns"] == len(told["rows"])
    assert sum(row["pairs"] for row in told["rows"]) == told["pairs"] == run.links.height
    for row in told["rows"]:
        assert row["match"] + row["review"] + row["distinct"] == row["pairs"]
        assert row["least"] - 1e-6 <= row["weight"] <= row["most"] + 1e-6
    levels = compared(run, run.links).levels.tolist()
    names = [comparison.name for comparison in run.model.comparisons]
    naive: dict[tuple[int, ...], int] = {}
    for row in map(tuple, levels):
        naive[row] = naive.get(row, 0) + 1
    assert {tuple(row["levels"]): row["pairs"] for row in told["rows"]} == naive
    pair = run.links.row(0, named=True)
    import famlink as fl

    explained = fl.explain(
        run, (pair["agency_left"], pair["record_id_left"]), (pair["agency_right"], pair["record_id_right"])
    )
    said = {bar["field"]: bar["sentence"] for bar in explained["bars"]}
    for name, level, comparison in zip(names, levels[0], run.model.comparisons, strict=True):
        words = "not recorded on both sides: no evidence" if level < 0 else comparison.levels[level].label
        assert said[name].startswith(words)
    spans = told["bins"]
    assert [row["high"] for row in spans[1:]] == [row["low"] for row in spans[:-1]]
    for row in spans:
        inside = run.links.filter((run.links["match_weight"] >= row["low"]) & (run.links["match_weight"] < row["high"]))
        verdicts = inside["verdict"].to_list()
        assert [row[name] for name in ("match", "review", "distinct")] == [
            verdicts.count(name) for name in ("match", "review", "distinct")
        ]
    assert sum(row["match"] + row["review"] + row["distinct"] for row in spans) == told["pairs"]
    fewer = run_patterns(run, most=3)["rows"]
    assert [row["weight"] for row in fewer] == sorted((row["weight"] for row in fewer), reverse=True)
    assert sorted(row["pairs"] for row in fewer) == sorted(sorted(naive.values())[-3:])
