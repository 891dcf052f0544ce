"""Importing of repositories: which networks KerasHub converts, and which files are refused."""

from __future__ import annotations

import ast
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from drawn_weights import drawn_weights
from hub_server import HubServer
from safetensors.numpy import save

from tlzoo.artifacts import open_hub_repository
from tlzoo.errors import BytesRefusedError, EntryError, TlzooError
from tlzoo.plugins import registered
from tlzoo_vision.hub.conversion import PREFIXED
from tlzoo_vision.hub.importing import IMPORTED, RESNETS, import_network, import_resnet

FOLDER = Path(__file__).parent / "hugging_face"
OF_TEXTS = {"albert", "bert", "distilbert", "gpt2", "roberta", "xlm-roberta"}
NOT_IMPORTED = {
    "bart": "encoder and decoder",
    "blip-2": "images and texts",
    "esm": "proteins",
    "gemma": "generative decoder",
    "gemma2": "generative decoder",
    "gemma3": "generative decoder",
    "gemma3_text": "generative decoder",
    "gemma3n": "generative decoder",
    "gemma4": "generative decoder",
    "gemma4_assistant": "generative decoder",
    "gemma4_text": "generative decoder",
    "gpt_oss": "generative decoder",
    "llama": "generative decoder",
    "metaclip_2": "images and texts",
    "mistral": "generative decoder",
    "mixtral": "generative decoder",
    "paligemma": "images and texts",
    "qwen2": "generative decoder",
    "qwen2_moe": "generative decoder",
    "qwen3": "generative decoder",
    "qwen3_5": "generative decoder",
    "qwen3_5_moe": "generative decoder",
    "qwen3_moe": "generative decoder",
    "sam3_video": "segmentation of videos",
    "smollm3": "generative decoder",
    "t5gemma": "encoder and decoder",
    "t5gemma2": "encoder and decoder",
}
"""What KerasHub converts as well, and tlzoo has no loader for."""


OF_TIMM = {"csp", "dark", "densenet", "efficientnet", "hgnetv2", "mobilenet", "mobilenetv5", "resnet", "vgg"}
"""Beginnings of timm's architectures that KerasHub converts; tlzoo imports ``resnet``."""


def source_of(library: str) -> ast.Module:
    """Return the source of KerasHub's conversions from a library."""
    package = find_spec("keras_hub")
    assert package is not None
    assert package.origin is not None
    return ast.parse((Path(package.origin).parent / f"src/utils/{library}/preset_loader.py").read_text("utf-8"))


def converted() -> dict[str, str]:
    """Return KerasHub's converters by the ``model_type`` that they convert, read from its source."""
    found = {}
    for node in ast.walk(source_of("transformers")):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Compare) and isinstance(node.body[0], ast.Assign):
            named, value = node.test.comparators[0], node.body[0].value
            if isinstance(value, ast.Name) and value.id.startswith("convert_"):
                names = ast.literal_eval(named)
                found |= dict.fromkeys([names] if isinstance(names, str) else names, value.id)
    return found


def test_every_network_that_kerashub_converts_is_imported_or_known() -> None:
    assert set(converted()) == set(IMPORTED) | OF_TEXTS | set(NOT_IMPORTED)
    kinds = {each.name for each in registered("tlzoo_importers") if each.plugin in {"tlzoo-text", "tlzoo-vision"}}
    assert {each for each in kinds if not each.startswith("keras/")} == set(IMPORTED) | OF_TEXTS | set(RESNETS)


def test_tensors_that_kerashub_looks_up_with_a_prefix_are_known() -> None:
    package = find_spec("keras_hub")
    assert package is not None
    assert package.origin is not None
    folder = Path(package.origin).parent / "src/utils/transformers"
    imported = {kind: name for kind, name in converted().items() if kind in set(IMPORTED) | OF_TEXTS}
    sources = {kind: (folder / f"{name}.py").read_text("utf-8") for kind, name in imported.items()}
    found = {kind for kind, source in sources.items() if f'"{kind}.' in source}
    assert found == {*PREFIXED, "albert", "distilbert", "roberta"}


def test_every_architecture_of_timm_that_kerashub_converts_is_known() -> None:
    calls = [node for node in ast.walk(source_of("timm")) if isinstance(node, ast.Call)]
    asked = [each for each in calls if isinstance(each.func, ast.Attribute) and each.func.attr == "startswith"]
    found: set[str] = set()
    for each in asked:
        beginnings = ast.literal_eval(each.args[0])
        found |= {beginnings} if isinstance(beginnings, str) else set(beginnings)
    assert found == OF_TIMM


def served(hub: HubServer, kind: str, **changes: dict[str, Any]) -> HubServer:
    """Serve a repository whose JSON files have other values; None removes one."""
    weights = drawn_weights(json.loads((FOLDER / kind / "tensors.json").read_text()))
    files = {"model.safetensors": save(weights)}
    for name in ("config", "preprocessor_config"):
        values = json.loads((FOLDER / kind / f"{name}.json").read_text()) | changes.get(name, {})
        files[f"{name}.json"] = json.dumps({key: each for key, each in values.items() if each is not None}).encode()
    hub.repositories["acme/net"] = files
    return hub


@pytest.mark.parametrize(
    ("kind", "config", "message"),
    [
        ("vit", {"hidden_size": None}, "config.json has no 'hidden_size'"),
        ("vit", {"hidden_size": "16"}, 'hidden_size must be an integer from 1 to 16,384; got "16"'),
        ("vit", {"hidden_size": 10**30}, "hidden_size must be an integer"),
        ("vit", {"hidden_size": 8192}, "describes over .* parameters, but model.safetensors has"),
        ("vit", {"num_hidden_layers": 10**9}, "num_hidden_layers must be an integer from 1 to 256"),
        ("vit", {"image_size": 10**6}, "image_size must be an integer from 1 to 2,048"),
        ("vit", {"image_size": [32, 32]}, r"image_size must be an integer .* got \[32, 32\]"),
        ("vit", {"num_channels": 1}, "does not take colour images"),
        ("swin", {"depths": [2, -1]}, "depths must be a list of 1 to 32 integers"),
        ("swin", {"depths": [200] * 20}, "describes over .* parameters"),
        ("swin", {"window_size": 10_000}, "window_size must be an integer from 1 to 64"),
        ("vit", {"image_size": 2048, "patch_size": 2}, "has 1,024 patches per side of an image, not 1 to 256"),
        ("deit", {"image_size": 2048, "patch_size": 1}, "has 2,048 patches per side"),
        ("dinov2", {"mlp_ratio": 1e300}, "mlp_ratio must be a number"),
        ("dinov3_vit", {"patch_size": 64}, "patch_size must be an integer from 1 to 32"),
    ],
)
def test_a_wrong_configuration_is_refused_in_one_line(
    hub: HubServer, kind: str, config: dict[str, Any], message: str
) -> None:
    repository = open_hub_repository(f"hf://{'acme/net' if served(hub, kind, config=config) else ''}")
    with pytest.raises(BytesRefusedError, match=message) as raised:
        import_network(repository)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 250


@pytest.mark.parametrize(
    ("preprocessor", "message"),
    [
        ({"image_mean": None}, "preprocessor_config.json has no 'image_mean'"),
        ({"image_mean": [0.5]}, "image_mean must be a list of 3 numbers"),
        ({"image_std": [0.5, 0.5, 0]}, "image_std must be positive"),
        ({"rescale_factor": 1.0}, r"rescale_factor is 1\.0, not 1/255"),
        ({"do_normalize": "yes"}, 'do_normalize must be true or false; got "yes"'),
    ],
)
def test_a_wrong_preprocessor_is_refused(hub: HubServer, preprocessor: dict[str, Any], message: str) -> None:
    served(hub, "vit", preprocessor_config=preprocessor)
    with pytest.raises(BytesRefusedError, match=message):
        import_network(open_hub_repository("hf://acme/net"))


@pytest.mark.parametrize(
    ("config", "preprocessor", "message"),
    [
        ({}, {"crop_size": {}}, "crop_size has no height, width or shortest_edge"),
        ({}, {"crop_size": {"longest_edge": 32}}, "crop_size has no height, width or shortest_edge"),
        ({}, {"crop_size": 7}, "has 0 patches per side of an image, not 1 to 256"),
        ({"patch_size": 1}, {"crop_size": 2048}, "has 2,048 patches per side of an image, not 1 to 256"),
    ],
)
def test_a_wrong_size_of_images_is_refused(
    hub: HubServer, config: dict[str, Any], preprocessor: dict[str, Any], message: str
) -> None:
    served(hub, "dinov2", config=config, preprocessor_config=preprocessor)
    with pytest.raises(BytesRefusedError, match=message):
        import_network(open_hub_repository("hf://acme/net"))


@pytest.mark.parametrize(
    ("kind", "preprocessor", "size", "smallest"),
    [
        ("vit", {}, (32, 32), None),
        ("vit", {"size": 224}, (32, 32), None),
        ("dinov2", {}, (32, 32), (16, 16)),
        ("dinov2", {"crop_size": 50}, (48, 48), (16, 16)),
        ("dinov2", {"crop_size": None, "size": {"shortest_edge": 40}}, (40, 40), (16, 16)),
        ("dinov2", {"do_center_crop": False, "size": None, "crop_size": None}, (56, 56), (16, 16)),
    ],
)
def test_sizes_of_images(
    hub: HubServer, kind: str, preprocessor: dict[str, Any], size: tuple[int, int], smallest: tuple[int, int] | None
) -> None:
    served(hub, kind, preprocessor_config=preprocessor)
    found = import_network(open_hub_repository("hf://acme/net")).input
    assert (found.size, found.smallest) == (size, smallest)


@pytest.mark.parametrize(
    ("removed", "added", "error", "message"),
    [
        ("preprocessor_config.json", None, EntryError, "has no file 'preprocessor_config.json'"),
        ("model.safetensors", "pytorch_model.bin", BytesRefusedError, "only pickled weights"),
    ],
)
def test_a_missing_file_is_named(
    hub: HubServer, removed: str, added: str | None, error: type[TlzooError], message: str
) -> None:
    files = served(hub, "vit").repositories["acme/net"]
    del files[removed]
    files |= {added: b"x"} if added else {}
    with pytest.raises(error, match=message):
        import_network(open_hub_repository("hf://acme/net"))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "has no 'pretrained_cfg'"),
        ({"input_size": [3, 224]}, "input_size must be a list of 3 integers"),
        ({"input_size": [1, 224, 224]}, "does not take colour images"),
        ({"input_size": [3, 224, 10**9]}, "input_size must be a list of 3 integers from 1 to 2,048"),
        ({"input_size": [3, 64, 64], "mean": "no"}, 'mean must be a list of 3 numbers; got "no"'),
    ],
)
def test_a_wrong_configuration_of_timm_is_refused(hub: HubServer, given: Any, message: str) -> None:
    config = {"architecture": "resnet18"} | ({} if given is None else {"pretrained_cfg": given})
    hub.repositories["acme/net"] = {"config.json": json.dumps(config).encode(), "model.safetensors": b"x"}
    with pytest.raises(BytesRefusedError, match=message):
        import_resnet(open_hub_repository("hf://acme/net"))
