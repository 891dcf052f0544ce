"""The same raw files get the same answers in evaluation, predictions, `serving/`, exported files and the HTTP server.

Each place has its tolerance of a probability.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from PIL import Image

import tlzoo
from tlzoo.cli import main
from tlzoo.export import PreparedSplit, ServingModel, numeric_inputs
from tlzoo.progress import Silent
from tlzoo.runs import Run
from tlzoo.runs.opening.exporters import find_exporters
from tlzoo.runs.results import predictors
from tlzoo.runs.results.reopened import reopened_run

pytestmark = pytest.mark.slow
for package in ("ai_edge_litert", "onnxruntime", "openvino", "tf2onnx", "starlette"):
    pytest.importorskip(package)

FORMATS = ("litert", "onnx", "openvino")
SERVING = 2e-6
"""Largest difference of a probability from the evaluation: the same operations, in other batches."""
FILE = 1e-5
"""Prepared samples in another runtime."""
PREDICTION = 1e-4
"""An exported file with its own decoding and resizing; the docs promise 0.001."""
NEED_TENSORFLOW = {"clear.webp", "old.bmp"}
Case = tuple[Run, list[str], list[bytes]]
PHOTOGRAPHS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "turned.jpg": ("RGB", "JPEG", {"exif": 6}),
    "mirrored.png": ("RGB", "PNG", {"exif": 2}),
    "print.jpg": ("CMYK", "JPEG", {}),
    "deep.png": ("I;16", "PNG", {}),
    "clear.png": ("RGBA", "PNG", {}),
    "palette.png": ("P", "PNG", {"transparency": 3}),
    "progressive.jpg": ("RGB", "JPEG", {"progressive": True, "quality": 40}),
    "grey.jpg": ("L", "JPEG", {}),
    "web.webp": ("RGB", "WEBP", {}),
    "clear.webp": ("RGBA", "WEBP", {}),
    "old.bmp": ("P", "BMP", {}),
}
SIZES = ((333, 57), (1, 90), (64, 64), (31, 47))
TEXTS = (
    "a good film",
    "naïve café 🙂 déjà-vu! 👩\u200d👩\u200d👧",
    "word " * 2000,
    "中文, un-be-liev-able",
    "İstanbul ẞ ﬁ ½",
    "\u200bbad",
    "é" * 3000,
    "[CLS] ##ly [PAD]",
)


def photograph(mode: str, size: tuple[int, int], seed: int) -> Image.Image:
    generator = np.random.default_rng(seed)
    if mode == "I;16":
        return Image.fromarray(generator.integers(0, 2**16, size, np.uint16))
    coarse = generator.integers(0, 256, (5, 4, 4), np.uint8)
    return Image.fromarray(coarse, "RGBA").resize(size[::-1]).convert("RGB" if mode == "P" else mode).convert(mode)


def write_table(folder: Path, column: str, train: list[str], test: list[str]) -> str:
    rows = [[each, "ab"[at % 2], "train"] for at, each in enumerate(train)]
    rows += [[each, "ab"[at % 2], "test"] for at, each in enumerate(test)]
    with (folder / "table.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([[column, "label", "part"], *rows])
    return f"table:{folder / 'table.csv'}?{column}={column}&label=label&split=part"


def trained(source: str, backbone: str, out: Path, formats: tuple[str, ...]) -> Run:
    return tlzoo.train(
        source,
        backbone=backbone,
        strategy="feature-extraction",
        epochs=1,
        export=["saved-model", *formats],
        out=out,
        verbose=0,
    )


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A run on photographs, its test files, and their bytes."""
    folder = tmp_path_factory.mktemp("photographs")
    train, test = [f"train{number}.png" for number in range(24)], list(PHOTOGRAPHS)
    for number, name in enumerate(train):
        photograph("RGB", (40, 40), 100 + number).save(folder / name)
    for number, (name, (mode, kind, options)) in enumerate(PHOTOGRAPHS.items()):
        exif = Image.Exif()
        exif[0x0112] = options.get("exif", 1)
        image = photograph(mode, SIZES[number % len(SIZES)], number)
        image.save(folder / name, kind, **options | ({"exif": exif} if "exif" in options else {}))
    run = trained(write_table(folder, "image", train, test), "glyphnet", folder / "runs", FORMATS)
    paths = [folder / name for name in test]
    return run, list(map(str, paths)), [path.read_bytes() for path in paths]


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A run on texts, its test texts, and their bytes."""
    folder = tmp_path_factory.mktemp("texts")
    train = [f"{'good fine' if number % 2 else 'bad awful'} film number {number}" for number in range(24)]
    run = trained(write_table(folder, "text", train, list(TEXTS)), "text/static.minilm", folder / "runs", FORMATS[:1])
    return run, list(TEXTS), [each.encode() for each in TEXTS]


@pytest.fixture(params=["photographs", "texts"])
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.getfixturevalue(request.param)
    return found


def probabilities(answers: list[dict[str, Any]]) -> np.ndarray:
    return np.array([list(each["probabilities"].values()) for each in answers])


@pytest.fixture(scope="module", autouse=True)
def _loaded_once() -> Iterator[None]:
    """Load each SavedModel once: it takes most of the time of a prediction."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(predictors, "load_serving", cache(predictors.load_serving))
        yield


def by_serving(run: Run, raw: list[bytes]) -> np.ndarray:
    import tensorflow as tf

    serve = predictors.load_serving(run.path / "serving").signatures["serving_default"]
    (argument,) = serve.structured_input_signature[1]
    found: np.ndarray = serve(**{argument: tf.constant(raw)})["probabilities"].numpy()
    return found


def by_server(run: Run, inputs: list[str], raw: list[bytes]) -> np.ndarray:
    with run.serve(port=0) as server:
        if Path(inputs[0]).is_absolute():
            sent = {"files": [("file", (f"{at}", each)) for at, each in enumerate(raw)]}
        else:
            sent = {"json": {"inputs": inputs}}
        answered = requests.post(f"{server.url}/predict", timeout=60, **sent)
    assert answered.status_code == 200, answered.text
    return probabilities(answered.json()["predictions"])


def by_file(run: Run, name: str, model: ServingModel, split: PreparedSplit) -> np.ndarray:
    """Return the answers of an exported file for the prepared samples of the evaluation."""
    path = run.path / run.result["exported"][name]
    runtime = find_exporters([name])[name].open(path, 1)
    assert runtime is not None
    return np.concatenate([runtime(numeric_inputs(model, batch)) for batch in split.batches()])


def by_prediction(run: Run, inputs: list[str], name: str) -> np.ndarray:
    """Return predictions of inputs that need no TensorFlow in one batch, and of the others in another."""
    parts = [[each for each in inputs if (Path(each).name in NEED_TENSORFLOW) == needed] for needed in (False, True)]
    found = [answer for part in parts if part for answer in run.predict(part, runtime=name)]
    by_input = {answer["input"]: answer for answer in found}
    return probabilities([by_input[each] for each in inputs])


def test_every_place_gives_the_answers_of_the_evaluation(case: Case) -> None:
    run, inputs, raw = case
    _, trainer, state = reopened_run(run, Silent())
    model, split = trainer.serving_model(state), trainer.prepared_samples(state, "test")
    assert model is not None
    assert split is not None
    wanted = np.concatenate([np.asarray(model.network(batch, training=False)) for batch in split.batches()])
    assert split.labels is not None
    right = wanted[np.arange(len(wanted)), split.labels]
    assert -np.log(right).mean() == pytest.approx(run.test["log_loss"], rel=1e-4)  # of these answers
    assert len(np.unique(wanted.round(4), axis=0)) > len(inputs) // 2

    def same(found: np.ndarray, place: str, tolerance: float) -> None:
        np.testing.assert_allclose(found, wanted, rtol=0, atol=tolerance, err_msg=place)

    same(by_serving(run, raw), "serving/", SERVING)
    same(by_prediction(run, inputs, "tensorflow"), "tlzoo predict --runtime tensorflow", SERVING)
    same(by_server(run, inputs, raw), "tlzoo serve", SERVING)
    for name in FORMATS:
        if name in run.result["exported"]:
            same(by_file(run, name, model, split), f"exports/{name}", FILE)
            same(by_prediction(run, inputs, name), f"tlzoo predict --runtime {name}", PREDICTION)


def test_other_photographs_do_not_need_tensorflow(photographs: Case, capsys: pytest.CaptureFixture[str]) -> None:
    run, inputs, _ = photographs
    plain = [each for each in inputs if Path(each).name not in NEED_TENSORFLOW]
    assert main(["predict", str(run.path), *plain, "--json"]) == 0
    assert "TensorFlow" not in capsys.readouterr().err
    assert main(["predict", str(run.path), *(set(inputs) - set(plain)), "--json"]) == 0
    assert "TensorFlow is needed" in capsys.readouterr().err
