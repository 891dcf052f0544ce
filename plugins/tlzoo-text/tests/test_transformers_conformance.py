"""A tiny network of every family that only has Keras's layout, under tlzoo's conformance kit."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tlzoo.registry import Entry
from tlzoo.testing import BACKBONE_CHECKS, BackboneSubject, Session

FAMILIES = {
    "DebertaV3Backbone": ["embeddings", "block1", "block2"],
    "ElectraBackbone": ["embeddings", "block1", "block2"],
}
"""Classes that KerasHub does not convert from transformers; test_hub_repositories.py has the others."""


@pytest.mark.slow
@pytest.mark.filterwarnings(
    "ignore:`build.{3} was called on layer 'rel_embedding'"
)  # KerasHub's own, when it is read back
@pytest.mark.parametrize("name", FAMILIES)
def test_a_tiny_network(name: str, tiny: Callable[[str], Entry]) -> None:
    subject = BackboneSubject(tiny(name))
    report = Session(subject).report(BACKBONE_CHECKS)
    assert not report.failed, [f"{each.name}: {each.reason}" for each in report.results if each.outcome == "failed"]
    assert {each.name for each in report.results if each.outcome == "skipped"} <= {
        "figures-as-measured",
        "smallest-size-works",
        "size-below-smallest-is-refused",
        "source-head-gives-probabilities",
    }
    stages = subject.backbone.stages
    assert [each.name for each in stages] == FAMILIES[name]
    assert all(each.cut is not None for each in stages)
