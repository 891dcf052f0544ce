"""Repositories of transformers become entries that pass the checks and give what transformers gives.

`hugging_face/make_reference.py` wrote the configurations, the names of tensors and the outputs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from drawn_weights import drawn_images, drawn_weights
from hub_server import HubServer, hub_server
from safetensors.numpy import save

from tlzoo.backbones import load_backbone
from tlzoo.cli import main
from tlzoo.registry import own_entries

FOLDER = Path(__file__).parent / "hugging_face"
BLOCKS = ["embeddings", "block1", "block2"]
STAGES = {
    "deit": BLOCKS,
    "dinov2": BLOCKS,
    "dinov2_with_registers": BLOCKS,
    "dinov3_vit": BLOCKS,
    "swin": ["stem", "stage1", "stage2"],
    "vit": BLOCKS,
}
CARD = "---\nlicense: apache-2.0\n---\n# A tiny network\n"


def files_of(kind: str) -> dict[str, bytes]:
    """Return the files of a repository in the layout of transformers."""
    folder = FOLDER / kind
    weights = drawn_weights(json.loads((folder / "tensors.json").read_text()))
    named = {name: (folder / name).read_bytes() for name in ("config.json", "preprocessor_config.json")}
    return named | {"README.md": CARD.encode(), "model.safetensors": save(weights, {"format": "pt"})}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    with hub_server() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.delenv("TLZOO_OFFLINE", raising=False)
        yield server


@pytest.mark.slow
@pytest.mark.filterwarnings(
    "ignore:Layer 'attn' .of type WindowAttention. was passed an input with a mask"
)  # KerasHub's
@pytest.mark.parametrize("kind", sorted(STAGES))
def test_a_repository_becomes_an_entry_that_computes_what_transformers_does(
    kind: str, hub: HubServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.repositories["acme/Tiny_Net"] = files_of(kind)
    registry = tmp_path / "registry.toml"
    assert main(["registry", "add", "hf://acme/Tiny_Net", "--registry", str(registry), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["id"] == "local/tiny_net.acme"
    skipped = {each["name"] for each in said["checks"]["checks"] if each["outcome"] == "skipped"}
    assert skipped <= {"figures-as-measured", "smallest-size-works", "source-head-gives-probabilities"}
    (entry,) = own_entries(registry)
    assert entry.licence == "Apache-2.0"
    assert f"@{hub.commit('acme/Tiny_Net')}/" in entry.files["weights"].source
    backbone = load_backbone(entry)
    assert [each.name for each in backbone.stages] == STAGES[kind]
    assert all(each.cut is not None for each in backbone.stages)
    assert entry.measured is not None
    assert entry.measured.parameters == backbone.model.count_params()
    output = backbone.model(drawn_images(32), training=False)[0]
    reference = np.load(FOLDER / kind / "reference.npz")["output"]
    np.testing.assert_allclose(output, reference, atol=1e-5)
