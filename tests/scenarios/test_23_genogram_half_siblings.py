"""Scenario 23, the drawing: half-siblings by two fathers, one not recorded: both couples drawn, one slot."""

from test_genogram_drawing import made, person

from famlink.genogram.drawing import draw_released


def test_both_couples_are_drawn_and_the_unknown_father_is_a_slot():
    release = made(
        {
            "kai": person("Kim", "Reed", "female", "2015-03-02"),
            "lee": person("Lee", "Reed", "male", "2018-03-02"),
            "mum": person("Laura", "Reed", "female", "1988-01-01"),
            "bob": person("Bob", "Price", "male", "1985-05-05"),
        },
        [
            ("kai", "mum", "parent", "birth", {}),
            ("lee", "mum", "parent", "birth", {}),
            ("kai", "bob", "parent", "birth", {}),
        ],
    )
    drawing = draw_released(release)
    geometry = drawing.geometry
    assert geometry["counts"] == {"people": 4, "unions": 2, "children": 2}
    (slot,) = [s for s in geometry["symbols"] if s["shape"] == "slot"]
    bars = [line["people"] for line in geometry["lines"] if line["kind"] == "union"]
    assert sorted(sorted(bar) for bar in bars) == [["bob", "mum"], ["mum"]]
    row = {s["id"]: s["row"] for s in geometry["symbols"]}
    assert row["mum"] == row["bob"] == slot["row"] == row["kai"] - 1
    x = {s["id"]: s["x"] for s in geometry["symbols"]}
    # each child under its own couple: the order below is the order above
    above = sorted([("kai", (x["mum"] + x["bob"]) / 2), ("lee", (x["mum"] + slot["x"]) / 2)], key=lambda p: p[1])
    assert [name for name, _ in above] == sorted(["kai", "lee"], key=x.__getitem__)
    assert "No father" in drawing.svg
