"""The recipes in docs/recipes run from end to end: on random weights, and on few made pictures in the same formats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from made_sets import archive, place
from PIL import Image

import tlzoo

FOLDER = Path(tlzoo.__file__).parents[1] / "docs" / "recipes"
RECIPES = sorted(FOLDER.glob("*.toml"))
CLASSES = {
    "images:PetImages": ("Cat", "Dog"),
    "images:flower_photos": ("daisy", "dandelion", "roses", "sunflowers", "tulips"),
    "images:photos": ("one", "two", "three"),
}
FEW = 4
SMALLEST = {"vgg16-cifar10": 32, "xception-cats-and-dogs": 71, "mobilenet-v2-flowers": 32, "inception-v3": 75}
TRAINS = {
    "vgg16-cifar10": "head + stages from block5",
    "xception-cats-and-dogs": "everything",
    "mobilenet-v2-flowers": "head + stages from block11",
    "inception-v3": "head + stages from mixed9",
}


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with what the recipes train on, by the same names and in the same formats, and little of it."""
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    for source, names in CLASSES.items():
        for name in names:
            folder = tmp_path / source.removeprefix("images:") / name
            folder.mkdir(parents=True)
            for number in range(FEW):
                Image.fromarray(random.integers(0, 256, (80, 60, 3), np.uint8)).save(folder / f"{number}.jpg")
    place(monkeypatch, tmp_path / "keras", "cifar10", cifar10(random))


def cifar10(random: np.random.Generator) -> bytes:
    """Return CIFAR-10 of three classes, with twelve pictures a batch."""

    def batch() -> dict[bytes, object]:
        return {b"labels": [0, 1, 2] * 4, b"data": random.integers(0, 256, (12, 3072), np.uint8)}

    batches = {name: batch() for name in (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch")}
    names = {b"label_names": [b"airplane", b"automobile", b"bird"]}
    return archive("cifar-10-batches-py", batches | {"batches.meta": names})


@pytest.mark.slow
@pytest.mark.parametrize(
    "recipe", [each for each in RECIPES if "vgg16" in each.stem or "mobilenet" in each.stem], ids=lambda path: path.stem
)
@pytest.mark.usefixtures("data")
def test_a_whole_recipe_is_explained(recipe: Path) -> None:
    plan = tlzoo.explain(recipe, weights="random", image_size=SMALLEST[recipe.stem])
    assert [phase["name"] for phase in plan["phases"]] == ["head", "fine-tune"]
    assert plan["phases"][0]["mode"] == "cached features"
    assert plan["phases"][1]["trains"] == TRAINS[recipe.stem]


@pytest.mark.slow
@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.stem)
@pytest.mark.usefixtures("data")
def test_a_recipe_runs(recipe: Path) -> None:
    # Lion goes by the gradient's sign: in deep networks of random weights it is too small to move anything by Adam.
    how = {"weights": "random", "epochs": 2, "image_size": SMALLEST[recipe.stem], "optimizer": "lion"}
    # One of them exports: to trace each of these deep networks takes as long as to train it.
    export = ["saved-model"] if recipe.stem == "mobilenet-v2-flowers" else []
    run = tlzoo.train(recipe, **how, export=export)
    assert [phase["name"] for phase in run.result["phases"]] == ["head", "fine-tune"]
    assert 0 <= run.test["accuracy"] <= 1


def test_every_recipe_is_tried() -> None:
    assert {path.stem for path in RECIPES} == TRAINS.keys()
