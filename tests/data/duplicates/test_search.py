"""Exact and near duplicates: found where they are, and nowhere else."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance

from tlzoo.data import Dataset, Samples, images, split, table
from tlzoo.data.duplicates import exact_duplicates, leaks, near_duplicates, search
from tlzoo.data.duplicates.clusters import candidate_pairs, connected_sets, equal_rows
from tlzoo.modalities.text.near_duplicates import NEAR, near_texts
from tlzoo.tasks import Classification

WORDS = [
    f"{a}{b}" for a, b in itertools.product(("lor", "dam", "sif", "tub", "nek"), ("em", "or", "il", "as", "up", "y"))
]


def sentences(count: int, length: int = 25, seed: int = 0) -> list[str]:
    random = np.random.default_rng(seed)
    return [" ".join(random.choice(WORDS, length)) + f" {each}" for each in range(count)]


def as_lists(clusters: list[np.ndarray]) -> list[list[int]]:
    return [each.tolist() for each in clusters]


def test_texts_that_differ_in_case_punctuation_and_blanks_are_near() -> None:
    texts = ["Good film!", "a book", "good   film", "A book.", "\uff47\uff4f\uff4f\uff44 film", "another"]
    assert as_lists(near_texts(texts)) == [[0, 2, 4], [1, 3]]


def test_texts_that_differ_in_a_word_of_many_are_near_and_others_are_not() -> None:
    texts = [
        f"The {animal} was seen in the early morning near the old harbour, {ending}"
        for ending in (
            "where fishermen of the village dry their nets",
            "as three witnesses told the local newspaper today",
        )
        for animal in ("seal", "otter")
    ]
    assert as_lists(near_texts(texts)) == [[0, 1], [2, 3]]


def test_short_texts_are_near_only_when_equal() -> None:
    assert as_lists(near_texts(["good", "goods", "food"])) == []
    assert as_lists(near_texts(["", "good", "!"])) == [[0, 2]]


def test_min_hash_finds_what_comparing_all_pairs_finds() -> None:
    random = np.random.default_rng(1)
    texts = [" ".join(f"{each:06x}" for each in random.integers(0, 2**24, 40)) for _ in range(300)]
    for at in range(0, 100, 2):  # near copies, a few words apart
        words = texts[at].split()
        for place in random.choice(40, at // 20 + 1, replace=False):
            words[place] = f"{random.integers(0, 2**24):06x}"
        texts[at + 1] = " ".join(words)
    sure = [[at, at + 1] for at in range(0, 40, 2)]  # at most two words of forty differ
    found = as_lists(near_texts(texts))
    assert all(pair in found for pair in sure)
    assert all(each[1] == each[0] + 1 and each[1] < 100 for each in found)
    assert NEAR == 0.8


def test_many_copies_of_one_text_are_one_set() -> None:
    texts = ["the same text, over and over again, and some more of it"] * 500
    assert as_lists(near_texts([f"{text} {each % 3}" for each, text in enumerate(texts)])) == [list(range(500))]


def test_pairs_are_joined_to_sets() -> None:
    pairs = np.array([[4, 5], [0, 2], [2, 7]])
    assert as_lists(connected_sets(9, pairs)) == [[0, 2, 7], [4, 5]]
    assert as_lists(equal_rows(np.array([[1, 2], [3, 4], [1, 2]]))) == [[0, 2]]
    assert equal_rows(np.empty((0, 2))) == []
    assert candidate_pairs([np.array([1, 2, 1]), np.array([5, 6, 6])]).tolist() == [[0, 2], [1, 2]]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawn scenes; of the first a copy, one of half the size, one as a poor JPEG, one brighter, one mirrored."""
    folder = tmp_path_factory.mktemp("pictures") / "all"
    for name in ("a", "b"):
        (folder / name).mkdir(parents=True)
    for number in range(12):
        scene(number).save(folder / f"{'ab'[number % 2]}/{number:02d}.png")
    first = scene(0)
    first.save(folder / "a/copy.png")
    first.resize((60, 48)).save(folder / "a/half.png")
    first.save(folder / "a/poor.jpg", quality=30)
    ImageEnhance.Brightness(first).enhance(1.1).save(folder / "b/brighter.png")
    first.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(folder / "b/mirrored.png")
    for name, grey in (("a/plain.png", 100), ("b/plain.png", 101)):
        Image.new("RGB", (64, 64), (grey, grey, grey)).save(folder / name)
    return folder


def scene(number: int) -> Image.Image:
    random = np.random.default_rng(number)
    image = Image.new("RGB", (120, 96), tuple(map(int, random.integers(0, 120, 3))))
    pen = ImageDraw.Draw(image)
    for _ in range(12):
        x, y = random.integers(0, 90, 2)
        side = random.integers(10, 50)
        pen.ellipse((x, y, x + side, y + side // 2), fill=tuple(map(int, random.integers(0, 256, 3))))
    return image


def test_scaled_reencoded_and_brighter_images_are_near_and_others_are_not(pictures: Path) -> None:
    samples = images(str(pictures), {})
    name = [Path(samples.examples.name(each)).name for each in range(len(samples.examples))]
    (near,) = near_duplicates(samples)
    assert {name[each] for each in near} == {"00.png", "copy.png", "half.png", "poor.jpg", "brighter.png"}
    (exact,) = exact_duplicates(samples)
    assert {name[each] for each in exact} == {"00.png", "copy.png"}


def test_hashes_are_kept_for_the_next_time(pictures: Path) -> None:
    first, again = (images(str(pictures), {}).examples.hashes for _ in range(2))
    assert (first == again).all()
    assert (first == 0).sum() == 2


def test_copies_on_both_sides_of_a_split_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    near = "the very same sentence, with a word or two more than others have, and an end"
    rows = [f"{text},x,train" for text in sentences(5)] + [f'"{near}",y,train', "one more,y,train", "one more,x,val"]
    rows += ["one more,y,test", f'"{near.upper()}!",y,test', "quite another,x,test"]
    (tmp_path / "t.csv").write_text("text,label,part\n" + "\n".join(rows))
    samples = table(str(tmp_path / "t.csv"), {"text": "text", "label": "label", "split": "part"})
    told = list(leaks(split(samples, seed=0)))
    with monkeypatch.context() as patch:
        patch.setattr(search, "near_duplicates", pytest.fail)  # found once, for the splits of all seeds
        assert list(leaks(split(samples, seed=1))) == told
    place = tmp_path / "t.csv"
    assert told == [
        f"1 test sample is an exact duplicate of a training sample ({place}:10 and {place}:8); "
        "the test score is too optimistic",
        f"1 test sample is a near duplicate of a training sample ({place}:11 and {place}:7); "
        "the test score is too optimistic",
        f"1 validation sample is an exact duplicate of a training sample ({place}:9 and {place}:8); "
        "the validation score is too optimistic",
    ]


def test_data_without_copies_is_silent() -> None:
    from tlzoo.data import ArrayPictures

    pixels = np.random.default_rng(0).integers(0, 256, (30, 40, 40, 1), np.uint8)
    pictures = ArrayPictures("x", pixels)
    samples = Samples("x", Classification(("a", "b")), pictures, np.arange(30) % 2, pictures.digests())
    data = split(samples, seed=0)
    assert isinstance(data, Dataset)
    assert list(leaks(data)) == []
