"""``task=`` and ``classes=`` of sources with one class for each sample."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from PIL import Image

from tlzoo.data import Samples
from tlzoo.errors import DataError, UsageError
from tlzoo.progress import Silent
from tlzoo.runs import Named, Recipe, open_recipe
from tlzoo.runs.opening.class_indices import reindexed_test_split
from tlzoo.runs.opening.sources import open_source
from tlzoo.tasks import Classification, MultiLabel

PLUGIN = """
from tlzoo.plugins import hookimpl


@hookimpl
def tlzoo_tasks():
    from tests.data.adapters.test_class_options import Ordered

    return {"ordered": Ordered}
"""


@dataclass(frozen=True, slots=True)
class Ordered(Classification):
    kind: ClassVar[str] = "ordered"


def opened(source: str) -> Samples:
    return open_source(source, Silent())


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Three classes of two grey images: the first pixel is 0 for high, 1 for low, 2 for mid."""
    folder = tmp_path / "photos"
    for value, name in enumerate(("high", "low", "mid")):
        (folder / name).mkdir(parents=True)
        for number in (0, 1):
            Image.fromarray(np.full((4, 4), 80 * value + number, np.uint8)).save(folder / name / f"{number}.png")
    return folder


def test_a_task_and_the_order_of_its_classes(distributions, photos: Path) -> None:
    distributions.add("acme", PLUGIN)
    samples = opened(f"images:{photos}?task=ordered&classes=low,mid,high")
    assert samples.task == Ordered(("low", "mid", "high"))
    assert [samples.examples.name(at).rpartition("/")[0].rpartition("/")[2] for at in range(6)] == [
        samples.task.class_names[label] for label in samples.labels
    ]


def test_the_order_alone(photos: Path) -> None:
    plain, ordered = opened(f"images:{photos}"), opened(f"images:{photos}?classes=mid,low,high")
    assert plain.task == Classification(("high", "low", "mid"))
    assert ordered.task == Classification(("mid", "low", "high"))
    assert np.array_equal(np.array([2, 1, 0])[plain.labels], ordered.labels)
    assert plain.fingerprint != ordered.fingerprint


def test_digits_take_class_names_and_their_order() -> None:
    samples = opened("digits:?classes=9,8,7,6,5,4,3,2,1,0&task=classification")
    assert samples.source == "digits:?classes=9,8,7,6,5,4,3,2,1,0&task=classification"
    assert np.array_equal(samples.labels, 9 - opened("digits:").labels)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("classes=low,mid", "classes= lacks 'high'"),
        ("classes=low,mid,hihg", "has no class 'hihg', but classes= names it; did you mean 'high'"),
        ("classes=low,low", "classes= repeats a name"),
        ("task=regression", "has one class per sample; the task regression needs other labels"),
        ("task=multi-label", "the task multi-label needs other labels"),
        ("task=ordinal", "unknown task 'ordinal'"),
        ("labels=none&task=classification", "task= and labels=none in "),
        ("labels=none&classes=a,b", "classes= and labels=none in "),
    ],
)
def test_mismatched_data_is_refused_in_one_line(photos: Path, options: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        opened(f"images:{photos}?{options}")


def test_cells_with_several_labels_take_a_task(tmp_path: Path) -> None:
    (tmp_path / "tags.csv").write_text("text,tags\nred ball,red;round\nblue box,blue\nred box,red\n")
    source = f"table:{tmp_path}/tags.csv?text=text&label=tags&labels=;"
    assert opened(f"{source}&task=multi-label").task == opened(source).task == MultiLabel(("blue", "red", "round"))
    for task in ("classification", "regression"):
        with pytest.raises(UsageError, match=f"task={task} does not fit these columns"):
            opened(f"{source}&task={task}")


def test_other_data_of_another_modality_is_refused_before_the_network_is_loaded(tmp_path: Path) -> None:
    """The classes are those that the run knows, so that the names alone would not tell."""
    rows = "".join(f"some text {number},{number % 10}\n" for number in range(40))
    (tmp_path / "texts.csv").write_text(f"text,label\n{rows}")
    texts = opened(f"table:{tmp_path}/texts.csv?text=text&label=label")
    given = reindexed_test_split(texts, np.arange(40), Classification(tuple("0123456789")))
    recipe = Recipe(data="digits:", backbone="glyphnet", strategy=Named(name="feature-extraction"))
    with pytest.raises((UsageError, DataError), match=r"glyphnet.* takes vision, but table:.* is text"):
        open_recipe(recipe, Silent(), given, training=False)
