"""The backbone that is taken where nobody names one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

import tlzoo
from tlzoo.errors import UsageError
from tlzoo.runs import Recipe
from tlzoo.zoo.automatic_backbone import choose_backbone


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache without the entries that other tests have fetched, which would be chosen among."""
    monkeypatch.setenv("TLZOO_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def colourful(tmp_path: Path) -> str:
    """Pictures of coloured things on grounds of some colour."""
    random = np.random.default_rng(0)
    pictures = np.empty((24, 64, 64, 3), np.uint8)
    for picture in pictures:
        picture[:] = random.integers(100, 200, 3)
        left, top = random.integers(0, 30, 2)
        picture[left : left + 30, top : top + 30] = random.integers(0, 256, 3)
    np.savez(tmp_path / "set.npz", x=pictures, y=np.arange(24) % 2)
    return f"arrays:{tmp_path / 'set.npz'}"


class Said:
    """Progress that keeps what is noted."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    @contextmanager
    def track(self, _what: str, _total: int, _unit: str) -> Iterator[Callable[[int], None]]:
        yield lambda _done: None

    def note(self, text: str) -> None:
        self.notes.append(text)


def choose(given: Recipe) -> tuple[Recipe, str]:
    said = Said()
    chosen = choose_backbone(given, said)
    return chosen, " ".join(said.notes)


def recipe(data: str, **fields: object) -> Recipe:
    return Recipe.model_validate({"data": data, "backbone": "auto", **fields})


def test_handwriting_is_nearest_to_letters() -> None:
    chosen, why = choose(recipe("digits:"))
    assert chosen.backbone == "vision/glyphnet.glyphs"
    assert "Distance to its training data:" in why


def test_colour_pictures_get_imagenet(colourful: str) -> None:
    chosen, why = choose(recipe(colourful))
    assert chosen.backbone == "vision/efficientnet-lite0.imagenet"
    assert "is the largest of 2 backbones on this machine that may suit the data" in why


def test_a_backbone_with_an_allowed_licence_is_chosen() -> None:
    assert choose(recipe("digits:", licences="mit,apache-2.0"))[0].licences == ("MIT", "Apache-2.0")
    with pytest.raises(UsageError, match="no backbone for vision with the licence ISC is on this machine"):
        choose(recipe("digits:", licences=["ISC"]))


def test_a_text_has_a_backbone_of_its_own_kind() -> None:
    reviews = Path(tlzoo.__file__).parents[1] / "docs" / "reviews.csv"
    header = reviews.read_text("utf-8").splitlines()[0].split(",")
    chosen, why = choose(recipe(f"table:{reviews}?text={header[0]}&label={header[1]}"))
    assert chosen.backbone == "text/static.minilm"
    assert "unknown" in why


def test_one_that_is_named_is_taken() -> None:
    named = Recipe(data="digits:", backbone="efficientnet-lite0")
    assert choose(named) == (named, "")


@pytest.mark.parametrize(
    ("seconds", "taken"), [(20.0, "vision/efficientnet-lite0.imagenet"), (40.0, "vision/glyphnet.glyphs")]
)
def test_one_that_takes_too_long_is_passed_over(
    colourful: str, monkeypatch: pytest.MonkeyPatch, seconds: float, taken: str
) -> None:
    asked: list[Recipe] = []

    def explained(recipe: Recipe, **_: object) -> dict[str, list[dict[str, float]]]:
        asked.append(recipe)
        return {"phases": [{"seconds": seconds}]}

    monkeypatch.setattr("tlzoo.runs.explain", explained)
    chosen, _ = choose(recipe(colourful, budget="1m", strategy="auto"))
    assert chosen.backbone == taken
    assert chosen.strategy.name == "auto"
    assert [each.backbone for each in asked] == ["vision/efficientnet-lite0.imagenet"]
    assert {(each.strategy.name, each.budget) for each in asked} == {("feature-extraction", None)}


def test_the_error_without_a_local_backbone_names_the_fetch_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlzoo.zoo.ranking.candidates.locate", lambda _file: None)
    with pytest.raises(
        UsageError,
        match=r"no backbone for vision is on this machine; list backbones with `tlzoo list --modality vision`",
    ):
        choose_backbone(recipe("digits:"))
