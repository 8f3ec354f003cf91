"""Scenario 24, the drawing: special guardians are grandparents, birth parents separated."""

import datetime as dt
import re

from test_genogram_drawing import made, person

from famlink.genogram.drawing import draw_released


def test_solid_to_birth_parents_dotted_with_tag_to_the_grandparents():
    order = {"start": dt.date(2024, 2, 1), "parental_responsibility": True}
    release = made(
        {
            "kai": person("Kai", "Reed", "male", "2015-03-02"),
            "mum": person("Laura", "Reed", "female", "1988-01-01"),
            "dad": person("Tom", "Price", "male", "1985-05-05"),
            "gran": person("Joan", "Reed", "female", "1960-01-01"),
            "gramps": person("Bert", "Reed", "male", "1958-01-01"),
        },
        [
            ("kai", "mum", "parent", "birth", {}),
            ("kai", "dad", "parent", "birth", {}),
            ("mum", "gran", "parent", "birth", {}),
            ("mum", "gramps", "parent", "birth", {}),
            ("gran", "gramps", "spouse", "", {}),
            ("mum", "dad", "ex-partner", "", {"end": dt.date(2021, 1, 1)}),
            ("kai", "gran", "special guardian", "", order),
            ("kai", "gramps", "special guardian", "", order),
        ],
    )
    drawing = draw_released(release)
    geometry = drawing.geometry
    assert geometry["counts"] == {"people": 5, "unions": 2, "children": 3}
    assert [s["row"] for s in sorted(geometry["symbols"], key=lambda s: s["id"])] == [1, 0, 0, 2, 1]
    risers = [line for line in geometry["lines"] if line["kind"] == "riser" and line["people"] == ["kai"]]
    assert len(risers) == 2
    ends = sorted(line["points"][-1][0] for line in risers)
    kai = next(s for s in geometry["symbols"] if s["id"] == "kai")
    assert kai["x"] in ends  # birth in the middle
    assert ends[0] != ends[1]
    body = drawing.svg.split('<g class="lines">')[1].split("</g>")[0]
    assert set(re.findall(r'stroke-dasharray="([^"]+)"', body)) == {"2 4"}
    assert "SGO 2024" in drawing.svg
    assert "ended 2021" in drawing.svg
