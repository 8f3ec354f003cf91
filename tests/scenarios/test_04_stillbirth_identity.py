"""Scenario 4, the identity side: a stillborn child and the sibling a year later are never one person."""

from planted_run import whole

LOST, BORN = ["S04-01", "S04-02"], ["S04-03", "S04-04"]


def test_never_linked():
    people = whole().people("S04")
    assert not people["S04-lost"] & people["S04-born"]
    assert not people["S04-lost"] & people["S04-mum"]
    assert set(whole().links(LOST, BORN)["verdict"]) <= {"distinct"}


def test_the_sibling_is_one_person():
    assert len(whole().people("S04-born")["S04-born"]) == 1


def test_the_stillborn_child_is_one_person():
    assert len(whole().people("S04-lost")["S04-lost"]) == 1
