"""Where marks of the strip stand: as when each account is placed by itself."""

from __future__ import annotations

import math

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from famlink.chronology.lettering import width
from famlink.chronology.strip_marks import STEP, Timed, place_marks
from famlink.chronology.strip_parts import SMALL

PLACES = st.sampled_from([-math.inf, math.inf]) | st.integers(140, 260).map(lambda n: n * 1.5)
ACCOUNTS = st.lists(st.tuples(PLACES, st.sampled_from("abc")), max_size=120)


def one_by_one(timed, lanes, most):
    """Marks (row, lane, level, x), counts of what found no room, and of what lies beyond the edges."""
    marks, levels, reached, crowded, beyond = [], {}, {}, {}, {}
    for at, (x, agency) in enumerate(timed):
        lane = lanes[agency]
        if math.isinf(x):
            beyond[lane, x] = beyond.get((lane, x), 0) + 1
            continue
        last = reached.setdefault(lane, [])
        level = next((n for n, taken in enumerate(last) if taken + STEP - 1 <= x), len(last))
        if level == most:
            crowded.setdefault(lane, []).append((x, at))
            continue
        last[level:] = [x, *last[level + 1 :]]
        levels[lane] = len(last)
        marks.append((at, lane, level, x))
    hidden = {}
    for lane, more in crowded.items():
        groups = []
        for x, at in more:
            if groups and x - groups[-1][0][0] < width(f"+{len(groups[-1]) + 1:,}", SMALL) + 16:
                groups[-1].append((x, at))
            else:
                groups.append([(x, at)])
        for group in groups:
            x, at = group[0]
            if len(group) == 1:
                marks.append((at, lane, most, x))
                levels[lane] = most + 1
            else:
                hidden.setdefault(lane, []).append((x, len(group)))
    return marks, levels, hidden, beyond


@given(ACCOUNTS, st.integers(1, 4))
def test_marks_stand_as_when_each_account_is_placed_by_itself(found, most):
    timed = sorted(found, key=lambda account: account[0])
    lanes = {"a": 0, "b": 1, "c": 1}
    across = pl.DataFrame(
        {"agency": [a for _, a in timed], "at": list(range(len(timed))), "x": [x for x, _ in timed]},
        schema={"agency": pl.String, "at": pl.Int64, "x": pl.Float64},
    )
    made = place_marks(Timed(pl.DataFrame(), across), lanes, most)
    marks, levels, hidden, beyond = one_by_one(timed, lanes, most)
    assert [tuple(mark) for mark in made.marks] == marks
    assert made.levels == levels
    assert made.hidden == hidden
    assert {(lane, -math.inf): n for lane, n in made.before.items()} | {
        (lane, math.inf): n for lane, n in made.after.items()
    } == beyond
