"""Repositories of transformers become entries that pass the checks and give what transformers gives.

`hugging_face/make_reference.py` wrote the configurations, the names of tensors and the outputs.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawn_weights import drawn_images, drawn_weights
from hub_server import HubServer
from safetensors.numpy import save

from tlzoo.artifacts import open_hub_repository
from tlzoo.backbones import Backbone, LoadRequest, load_backbone
from tlzoo.cli import main
from tlzoo.registry import Entry, own_entries
from tlzoo_vision.hub.importing import import_network, import_resnet

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
LIKE_ANOTHER = {"deit", "dinov2_with_registers"}
"""Types whose structure is that of another, so that the checks of an entry would repeat its checks."""
CARD = "---\nlicense: apache-2.0\n---\n# A tiny network\n"


def files_of(kind: str, *, bare: bool = False) -> dict[str, bytes]:
    """Return the files of a repository in the layout of transformers; ``bare``: of a network without a head."""
    folder, prefix = FOLDER / kind, f"{kind}." if bare else ""
    drawn = drawn_weights(json.loads((folder / "tensors.json").read_text()))
    weights = {name.removeprefix(prefix): each for name, each in drawn.items()}
    names = [name for name in ("config.json", "preprocessor_config.json") if (folder / name).exists()]
    named = {name: (folder / name).read_bytes() for name in names}
    return named | {"README.md": CARD.encode(), "model.safetensors": save(weights, {"format": "pt"})}


def computes_what_transformers_does(kind: str, entry: Entry) -> Backbone:
    """Compare the output of an entry with that of transformers; return the backbone."""
    backbone = load_backbone(entry)
    output = backbone.model(drawn_images(32), training=False)[0]
    np.testing.assert_allclose(output, np.load(FOLDER / kind / "reference.npz")["output"], atol=1e-5)
    assert [each.name for each in backbone.stages] == STAGES[kind]
    assert all(each.cut is not None for each in backbone.stages)
    return backbone


@pytest.mark.slow
@pytest.mark.filterwarnings(
    "ignore:Layer 'attn' .of type WindowAttention. was passed an input with a mask"
)  # KerasHub's
@pytest.mark.parametrize("kind", sorted(STAGES.keys() - LIKE_ANOTHER))
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
    assert entry.measured is not None
    assert entry.measured.parameters == computes_what_transformers_does(kind, entry).model.count_params()


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(LIKE_ANOTHER | {"vit"}))
def test_a_network_without_a_head_computes_what_transformers_does(kind: str, hub: HubServer) -> None:
    """ViT and DeiT as they are saved without a classifier: their tensors have no prefix."""
    hub.repositories["acme/net"] = files_of(kind, bare=True)
    entry = import_network(open_hub_repository("hf://acme/net"))
    computes_what_transformers_does(kind, replace(entry, id="local/net.acme"))


@pytest.mark.slow
def test_a_residual_network_of_timm(hub: HubServer) -> None:
    hub.repositories["acme/net"] = files_of("timm-resnet18")
    entry = replace(import_resnet(open_hub_repository("hf://acme/net")), id="local/net.acme")
    assert (entry.input.size, entry.input.smallest, entry.input.mean) == ((224, 224), (32, 32), (0.485, 0.456, 0.406))
    backbone = load_backbone(entry, LoadRequest(image_size=(64, 64)))
    assert [each.name for each in backbone.stages] == ["stem", "stage1", "stage2", "stage3", "stage4"]
    reference = np.load(FOLDER / "timm-resnet18" / "reference.npz")["output"]
    output = backbone.model(drawn_images(64), training=False)
    np.testing.assert_allclose(output, reference, atol=1e-5 * reference.max())
