"""Names, options and the presence of files are checked before TensorFlow is imported."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

TRAIN = ("train", "--data", "digits:", "--backbone", "glyphnet")
WHOLE, SECONDS = "must be a whole number of at least 1", "must be above 0 and at most 3600"
WRONG = {
    (*TRAIN, "--optimizer", "adamm"): (2, "unknown optimizer 'adamm'; did you mean 'adam'"),
    ("train", "--data", "images:nowhere", "--backbone", "glyphnet"): (1, "folder 'nowhere' does not exist"),
    ("train", "--data", "images:nowhere", "--backbone", "auto"): (1, "folder 'nowhere' does not exist"),
    ("train", "--data", "images:~tilde", "--backbone", "glyphnet"): (1, "folder '~tilde' does not exist"),
    ("train", "--data", "table:t.csv", "--backbone", "glyphnet"): (2, "table:t.csv: which column is the input?"),
    ("train", "--data", "table:t.csv", "--backbone", "auto"): (2, "table:t.csv: which column is the input?"),
    (*TRAIN, "--strategy", "finetune"): (2, "no strategy 'finetune'; did you mean 'fine-tune'?"),
    (*TRAIN, "--head", "liner"): (2, "no head 'liner'; did you mean 'linear'?"),
    ("train", "--data", "table:nowhere.csv", "--backbone", "text/static.minilm", "--head", "pyramid"): (
        2,
        "the head 'pyramid' needs a pyramid, but the features of text/static.minilm are a vector; heads for",
    ),
    (*TRAIN, "--head", "attention", "-H", "pooling=max"): (
        2,
        "head 'attention': pooling 'max' does not apply to a head that takes a sequence",
    ),
    (*TRAIN, "-S", "rat=3"): (2, "strategy 'multi-step' has no option 'rat'"),
    (*TRAIN, "--augment", "standart"): (2, "unknown augmentation 'standart'; did you mean 'standard'?"),
    (*TRAIN, "--task", "tagging"): (
        2,
        "the data digits: have the task 'classification', not 'tagging'; remove the task, or add task=tagging to",
    ),
    (*TRAIN, "--image-size", "2"): (2, "vision/glyphnet.glyphs needs images of at least 16 x 16 pixels"),
    (*TRAIN, "--licences", "mit,bsd-3-clause"): (
        2,
        "vision/glyphnet.glyphs has the licence Apache-2.0; allowed: MIT, BSD-3-Clause; choose another entry: tlzoo ",
    ),
    (*TRAIN, "--licences", "mitt"): (2, "licences: 'mitt' is not the SPDX name of a licence; did you mean MIT?"),
    ("rank", "--data", "digits:", "--licences", "MIT OR ISC"): (2, "'MIT OR ISC' is not the SPDX name of a licence"),
    (*TRAIN, "--out", "t.csv"): (2, "cannot write runs to t.csv: it is a file"),
    ("train", "nothing.toml"): (2, "no recipe 'nothing.toml'"),
    ("tune", *TRAIN[1:], "--optimizer", "adamm"): (2, "unknown optimizer 'adamm'"),
    ("tune", "--resume", "nowhere"): (1, "nowhere is not a search folder"),
    ("resume", "nowhere"): (1, "nowhere is not a run folder"),
    ("evaluate", "nowhere"): (1, "nowhere is not a run folder"),
    ("predict", "nowhere", "a.png"): (1, "nowhere is not a run folder"),
    ("publish", "nowhere", "--as", "a", "--licence", "MIT"): (1, "nowhere is not a run folder"),
    ("rank", "--data", "images:nowhere"): (1, "folder 'nowhere' does not exist"),
    ("rank", "--data", "digits:", "--score", "knnn"): (2, "no score 'knnn'; did you mean 'knn'?"),
    ("rank", "--data", "digits:", "--backbone", "glifnet"): (3, "no entry 'glifnet'"),
    ("rank", "--data", "digits:", "--where", "parms < 3"): (2, "where 'parms < 3'"),
    ("features", "images:nowhere", "--backbone", "glyphnet", "--out", "f.npz"): (1, "folder 'nowhere' does not exist"),
    ("data", "inspect", "table:t.csv"): (2, "table:t.csv: which column is the input?"),
    ("data", "preview", "images:nowhere"): (1, "folder 'nowhere' does not exist"),
    ("compare", "glyphnet", "efficientnet-lite0", "--data", "images:nowhere"): (1, "folder 'nowhere' does not exist"),
    ("bench", "--static", "glifnet"): (3, "no entry 'glifnet'"),
    ("bench", "glyphnet", "--seconds", "0"): (2, f"argument --seconds: {SECONDS}; got '0'"),
    ("bench", "glyphnet", "--seconds", "-1"): (2, f"argument --seconds: {SECONDS}; got '-1'"),
    ("bench", "glyphnet", "--seconds", "nan"): (2, f"argument --seconds: {SECONDS}; got 'nan'"),
    ("bench", "glyphnet", "--seconds", "1e9"): (2, f"argument --seconds: {SECONDS}; got '1e9'"),
    ("bench", "glyphnet", "--seconds", "soon"): (2, f"argument --seconds: {SECONDS}; got 'soon'"),
    (*TRAIN, "--steps", "0"): (2, f"argument --steps: {WHOLE}; got '0'"),
    (*TRAIN, "--per-class", "-1"): (2, f"argument --per-class: {WHOLE}; got '-1'"),
    (*TRAIN, "--batch-size", "1.5"): (2, f"argument --batch-size: {WHOLE}; got '1.5'"),
    (*TRAIN, "--image-size", "nan"): (2, f"argument --image-size: {WHOLE}; got 'nan'"),
    (*TRAIN, "--seed", "-1"): (2, "argument --seed: must be a whole number of at least 0; got '-1'"),
    ("tune", *TRAIN[1:], "--trials", "0"): (2, f"argument --trials: {WHOLE}; got '0'"),
    ("tune", *TRAIN[1:], "--trials", "1001"): (2, "trials must be from 1 to 1000; got 1001"),
    ("cache", "prune", "--older-than", f"{10**9}w"): (2, f"--older-than: '{10**9}w' must be at most 100 years"),
    ("cache", "prune", "--max-size", "9" * 400): (2, f"--max-size: '{'9' * 400}' is not a size"),
    ("check", "./nothing.py:Mine"): (2, "no file 'nothing.py'"),
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, ...], tuple[int, str]]:
    """What each wrong command ends with, in one process that cannot import TensorFlow."""
    here = tmp_path_factory.mktemp("early")
    (here / "t.csv").write_text("text,label\na,b\n")
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("early.py")],
        input=json.dumps(list(WRONG)), cwd=here, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return {words: tuple(each) for words, each in zip(WRONG, json.loads(done.stdout), strict=True)}


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_it_ends_without_tensorflow(answers, words: tuple[str, ...]) -> None:
    code, said = WRONG[words]
    assert answers[words][0] == code
    assert f"tlzoo: {said}" in answers[words][1].replace("tlzoo:  ", "tlzoo: ")


def test_the_names_of_optimizers_are_those_of_keras() -> None:
    import keras

    from tlzoo.training import OPTIMIZERS

    for name, of_keras in OPTIMIZERS.items():
        assert issubclass(getattr(keras.optimizers, of_keras), keras.optimizers.Optimizer)
        assert name == of_keras.lower()
