"""Scenario 6, the identity side: what a former pupil number would join is blocked before scoring."""

from planted_run import whole

BEFORE, AFTER = ["S06-01", "S06-02"], ["S06-04", "S06-05"]


def test_two_children_each_found_whole():
    people = whole().people("S06")
    assert len(people["S06-before"]) == len(people["S06-after"]) == 1
    assert not people["S06-before"] & people["S06-after"]


def test_no_link_is_kept_between_them():
    assert whole().links(BEFORE, AFTER).is_empty()


def test_no_relation_leads_across():
    before = whole().people("S06-before")["S06-before"] | whole().people("S06-mum")["S06-mum"]
    after = whole().people("S06-after")["S06-after"] | whole().people("S06-adopter")["S06-adopter"]
    crossing = [
        pair
        for pair in whole().run.relations.select("person_id", "relative_id").iter_rows()
        if set(pair) & before and set(pair) & after
    ]
    assert crossing == []
