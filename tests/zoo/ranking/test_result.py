from __future__ import annotations

from made_rankings import made_ranking


def test_a_ranking_shows_as_a_table_with_its_baselines_and_has_records() -> None:
    ranking = made_ranking(3)
    caption, head, first, *_, last = repr(ranking).splitlines()
    assert caption == "images:photos/, 300 of 1200 labelled samples, by linear-probe"
    assert head.split()[:3] == ["group", "entry", "linear-probe"]
    assert "made/net0.x" in first
    assert "pixels" in last
    assert [each["id"] for each in ranking.to_records()] == [each.id for each in ranking.entries]
    assert {"linear-probe", "linear-probe_low", "linear-probe_high", "latency_ms"} <= ranking.to_records()[0].keys()
    assert "&lt;" not in ranking._repr_html_()
