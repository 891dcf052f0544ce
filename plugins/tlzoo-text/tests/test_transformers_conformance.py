"""A tiny network of every family under tlzoo's conformance kit."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conftest import FAMILIES
from tlzoo.backbones import load_backbone
from tlzoo.registry import Entry
from tlzoo.testing import check_entry

STAGES = {
    "AlbertBackbone": ["embeddings", "blocks", "pooler"],
    "BertBackbone": ["embeddings", "block1", "block2", "pooler"],
}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_a_tiny_network(name: str, tiny: Callable[[str], Entry]) -> None:
    report = check_entry(tiny(name))
    assert not report.failed, [f"{each.name}: {each.reason}" for each in report.results if each.outcome == "failed"]
    assert {each.name for each in report.results if each.outcome == "skipped"} <= {
        "figures-as-measured",
        "smallest-size-works",
        "size-below-smallest-is-refused",
    }
    stages = load_backbone(tiny(name)).stages
    assert [each.name for each in stages] == STAGES.get(name, ["embeddings", "block1", "block2"])
    assert all(each.cut is not None for each in stages)
