"""``TransferClassifier`` and ``TransferRegressor`` as scikit-learn uses them: on packaged backbones, with real data."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from PIL import Image
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_digits, load_iris
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from tlzoo.errors import BytesRefusedError, DataError, EntryError, UsageError
from tlzoo.sklearn import TransferClassifier, TransferRegressor

NUMBERS = "numeric/identity.raw"
WEIGHTED = {
    "check_sample_weight_equivalence_on_dense_data": "validation split and folds for the penalty of the head are drawn "
    "by the number of samples, so a weight of 2 is not a sample that comes twice"
}
ROUNDED = dict.fromkeys(
    ("check_methods_sample_order_invariance", "check_methods_subset_invariance"),
    "compares within 1e-7, and with some processors the rounding of float32 depends on the place in the batch",
)
SKIPPED = {"check_array_api_input"}
"""Runs only if the environment sets SCIPY_ARRAY_API=1."""
TEXTS = ["a fine book", "a waste of time", "good and kind", "bad and boring", "fine and good", "boring waste"] * 3


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.rint(load_digits().images[:80] * 255 / 16).astype("uint8")


@pytest.fixture(scope="module")
def labels() -> np.ndarray:
    return np.where(load_digits().target[:80] % 2, "odd", "even")


@pytest.fixture(scope="module")
def fitted(images: np.ndarray, labels: np.ndarray) -> TransferClassifier:
    return TransferClassifier("glyphnet").fit(images, labels)


@pytest.mark.slow  # about a hundred fits, 0.3 s of CPU each
@pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.SkipTestWarning", "ignore::sklearn.exceptions.DataConversionWarning"
)
@pytest.mark.parametrize(("estimator", "count"), [(TransferClassifier, 66), (TransferRegressor, 60)])
def test_check_estimator_passes_on_rows_of_numbers(estimator: type, count: int) -> None:
    excused = WEIGHTED | ROUNDED
    results = check_estimator(estimator(NUMBERS), on_fail=None, on_skip=None, expected_failed_checks=excused)
    assert {each["check_name"]: str(each["exception"]) for each in results if each["status"] == "failed"} == {}
    assert {each["check_name"] for each in results if each["status"] == "skipped"} <= SKIPPED
    failed = {each["check_name"] for each in results if each["status"] == "xfail"}
    assert failed - set(ROUNDED) == set(WEIGHTED)
    assert len(results) == count


def test_images_are_classified(fitted: TransferClassifier, images: np.ndarray, labels: np.ndarray) -> None:
    assert fitted.classes_.tolist() == ["even", "odd"]
    assert fitted.score(images, labels) > 0.9
    probabilities = fitted.predict_proba(images[:5])
    assert probabilities.shape == (5, 2)
    assert probabilities.sum(axis=1) == pytest.approx(1)
    assert ((fitted.decision_function(images) > 0) == (fitted.predict(images) == "odd")).all()
    assert not hasattr(fitted, "n_features_in_")
    assert fitted.history_["phase"][-1] == "head"
    assert fitted.validation_scores_["head"] > 0.5
    assert 'name = "feature-extraction"' in fitted.recipe_


def test_other_forms_of_the_same_images_give_the_same_answers(
    fitted: TransferClassifier, images: np.ndarray, tmp_path: Path
) -> None:
    expected = fitted.predict_proba(images[:3])
    pictures = [Image.fromarray(each) for each in images[:3]]
    paths = [tmp_path / f"{number}.png" for number in range(3)]
    for picture, path in zip(pictures, paths, strict=True):
        picture.save(path)
    forms: list[Any] = [
        images[:3, ..., np.newaxis], list(images[:3]), images[:3].astype("float32"), pictures, paths,
        [str(each) for each in paths], np.array(paths, object),
    ]  # fmt: skip
    for form in forms:
        assert fitted.predict_proba(form) == pytest.approx(expected, abs=1e-4)


def test_the_training_images_decide_the_range_of_floating_point(images: np.ndarray, labels: np.ndarray) -> None:
    unit = TransferClassifier("glyphnet").fit(images / 255, labels)
    dark = np.zeros((1, 8, 8)) + 1 / 255
    assert unit.predict_proba(dark) == pytest.approx(unit.predict_proba(np.ones((1, 8, 8), "uint8")), abs=1e-5)
    with pytest.raises(ValueError, match=r"0 to 1\. Received: 0 to 255"):
        unit.predict(images.astype(float))
    bytes_ = TransferClassifier("glyphnet").fit(images.astype(float), labels)
    assert bytes_.predict_proba(np.ones((1, 8, 8))) == pytest.approx(
        bytes_.predict_proba(np.ones((1, 8, 8), "uint8")), abs=1e-5
    )


@pytest.mark.slow
def test_texts_are_classified() -> None:
    labels = [0, 1] * 9
    model = TransferClassifier("static").fit(TEXTS, labels)
    assert model.predict(TEXTS[:2]).tolist() == [0, 1]
    assert model.predict(np.array(TEXTS[:2])).tolist() == [0, 1]
    assert pickle.loads(pickle.dumps(model)).predict_proba(TEXTS) == pytest.approx(model.predict_proba(TEXTS), abs=1e-5)


def test_several_numbers_are_predicted_in_their_own_units() -> None:
    data = load_diabetes(scaled=False)
    both = np.stack([data.target, 1000 * data.target], axis=1)
    model = TransferRegressor(NUMBERS, loss="huber").fit(data.data, both)
    predicted = model.predict(data.data)
    assert predicted.shape == both.shape
    assert model.score(data.data, both) > 0.4
    assert predicted[:, 1] == pytest.approx(1000 * predicted[:, 0], rel=0.05)


def test_it_trains_on_all_but_the_validation_samples() -> None:
    data = load_iris()
    none = TransferClassifier(NUMBERS, validation_fraction=0).fit(data.data, data.target)
    assert np.isnan(none.validation_scores_["head"])
    assert none.score(data.data, data.target) > 0.95


@pytest.fixture(scope="module")
def multi_label(tmp_path_factory: pytest.TempPathFactory) -> TransferClassifier:
    data = load_iris()
    both = np.stack([data.target > 0, data.target < 2], axis=1).astype(int)
    return TransferClassifier(NUMBERS, out=tmp_path_factory.mktemp("runs")).fit(data.data, both)


def test_an_indicator_matrix_has_several_labels_per_sample(multi_label: TransferClassifier) -> None:
    data = load_iris()
    both = np.stack([data.target > 0, data.target < 2], axis=1).astype(int)
    predicted = multi_label.predict(data.data)
    assert predicted.dtype == both.dtype
    assert multi_label.score(data.data, both) == (predicted == both).all(axis=1).mean() > 0.9
    probabilities = multi_label.predict_proba(data.data)
    assert ((probabilities >= 0.5) == predicted).all()
    assert probabilities.sum(axis=1).max() > 1.5
    assert ((multi_label.decision_function(data.data) > 0) == predicted).all()
    assert multi_label.classes_.tolist() == [0, 1]
    with pytest.raises(UsageError, match="multi-label, which cannot be balanced by 'oversample'"):
        TransferClassifier(NUMBERS, balance="oversample").fit(data.data, both)


def test_a_kept_run_predicts_without_metrics_on_a_test_split(multi_label: TransferClassifier) -> None:
    run = pickle.loads(pickle.dumps(multi_label)).run_
    rows = load_iris().data[:2]
    found = [list(each["probabilities"].values()) for each in run.predict(rows)]
    assert found == pytest.approx(multi_label.predict_proba(rows), abs=1e-5)
    assert run.result["examples"]["test"] == 0
    assert run.test == {"per_class": {"y0": {}, "y1": {}}}
    assert np.isnan(run.metrics.score.value)
    assert run.result["validation"]["macro_f1"] > 0.5
    assert list(run.path.parent.iterdir()) == [run.path]


def test_a_failed_fit_keeps_no_run(tmp_path: Path) -> None:
    data = load_iris()
    with pytest.raises(UsageError, match="progressive-resizing needs square images"):
        TransferClassifier(NUMBERS, out=tmp_path, strategy="progressive-resizing").fit(data.data, data.target)
    assert not list(tmp_path.iterdir())


def test_weights_of_samples_count(images: np.ndarray) -> None:
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(60, 2))
    labels = (rows[:, 0] > 0).astype(int)
    wrong = np.arange(60) % 3 == 0
    labels[wrong] = 1 - labels[wrong]
    plain = TransferClassifier(NUMBERS).fit(rows, labels)
    weighted = TransferClassifier(NUMBERS).fit(rows, labels, sample_weight=np.where(wrong, 1e-3, 1.0))
    truth = (rows[:, 0] > 0).astype(int)
    assert (
        weighted.predict_proba(rows)[np.arange(60), truth].mean()
        > plain.predict_proba(rows)[np.arange(60), truth].mean()
    )
    with pytest.raises(ValueError, match="Negative values in data passed to `sample_weight`"):
        plain.fit(rows, labels, sample_weight=-np.ones(60))
    with pytest.raises(ValueError, match="all samples of class 1 have weight zero"):
        plain.fit(rows, labels, sample_weight=1 - labels)


@pytest.mark.slow
def test_a_search_goes_over_strategies_and_rates() -> None:
    data = load_iris()
    gradient = {"name": "feature-extraction", "solver": "gradient"}
    grid = [{"strategy": ["feature-extraction"]}, {"strategy": [gradient], "rate": [1e-6, 1e-1]}]
    model = TransferClassifier(NUMBERS, epochs=3, validation_fraction=0)
    search = GridSearchCV(model, grid, cv=2, error_score="raise").fit(data.data, data.target)
    scores = dict(zip(map(str, search.cv_results_["params"]), search.cv_results_["mean_test_score"], strict=True))
    assert len(scores) == 3
    slow, fast = (scores[str({"rate": rate, "strategy": gradient})] for rate in (1e-6, 1e-1))
    assert fast > slow + 0.1
    assert search.best_estimator_.score(data.data, data.target) == search.score(data.data, data.target)


@pytest.mark.slow  # processes of their own import TensorFlow
def test_a_search_runs_in_processes_of_their_own(images: np.ndarray, labels: np.ndarray) -> None:
    with joblib.parallel_backend("loky", n_jobs=2):
        search = GridSearchCV(TransferClassifier("glyphnet"), {"head": ["linear"]}, cv=2, error_score="raise")
        search.fit(images, labels)
    assert search.best_score_ > 0.7


@pytest.mark.slow
def test_it_is_a_step_of_a_pipeline(images: np.ndarray, labels: np.ndarray) -> None:
    turned = make_pipeline(FunctionTransformer(lambda given: 255 - given), TransferClassifier("glyphnet"))
    assert (turned.fit(images, labels).predict(images) == labels).mean() > 0.9
    data = load_iris()
    scaled = make_pipeline(StandardScaler(), TransferClassifier(NUMBERS))
    assert (cross_val_predict(scaled, data.data, data.target, cv=2) == data.target).mean() > 0.9
    assert scaled.fit(data.data, data.target)[-1].n_features_in_ == 4


def test_a_clone_has_parameters_alone(fitted: TransferClassifier, images: np.ndarray) -> None:
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    with pytest.raises(NotFittedError):
        copy.predict(images)


@pytest.mark.slow  # another process imports TensorFlow
def test_a_pickle_answers_alike_and_holds_no_objects_of_keras(
    fitted: TransferClassifier, images: np.ndarray, tmp_path: Path
) -> None:
    saved = pickle.dumps(fitted)
    assert b"keras.src" not in saved.replace(fitted._network.saved, b"")
    (tmp_path / "model.pickle").write_bytes(saved)
    np.save(tmp_path / "images.npy", images)
    script = (
        "import pickle, numpy as np; model = pickle.load(open('model.pickle', 'rb')); "
        "np.save('answers.npy', model.predict_proba(np.load('images.npy')))"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=tmp_path, capture_output=True)
    assert np.load(tmp_path / "answers.npy") == pytest.approx(fitted.predict_proba(images), abs=1e-5)


def test_a_pickled_model_with_code_is_refused(fitted: TransferClassifier, images: np.ndarray) -> None:
    import keras

    inputs = keras.Input((8, 8, 1))
    code = keras.Model(inputs, keras.layers.Lambda(lambda batch: batch * 0)(inputs))
    copy = pickle.loads(pickle.dumps(fitted))
    vars(copy._network)["model"] = code
    del vars(copy._network)["saved"]
    with pytest.raises(BytesRefusedError, match="Python code"):
        pickle.loads(pickle.dumps(copy)).predict(images)


@pytest.fixture
def one_bad_file(tmp_path: Path) -> Iterator[list[str]]:
    for number in range(4):
        Image.new("L", (8, 8), number).save(tmp_path / f"{number}.png")
    (tmp_path / "2.png").write_bytes(b"nothing")
    return sorted(map(str, tmp_path.glob("*.png")))


def test_a_file_that_cannot_be_read_is_named(one_bad_file: list[str]) -> None:
    with pytest.raises(DataError, match=r"1 of 4 inputs cannot be read: .*2\.png"):
        TransferClassifier("glyphnet").fit(one_bad_file, [0, 1, 0, 1])


@pytest.mark.parametrize(
    ("parameters", "error", "said"),
    [
        ({"backbone": "glyfnet"}, EntryError, "glyphnet"),
        ({"strategy": "fine-tun"}, UsageError, "fine-tune"),
        ({"strategy": {"name": "fine-tune", "unfroze": 1}}, UsageError, "unfreeze"),
        ({"head": "liner"}, UsageError, "linear"),
        ({"optimizer": "adamv"}, UsageError, "adamw"),
        ({"epochs": 0}, UsageError, "epochs"),
        ({"validation_fraction": 1.0}, UsageError, "leave a share for training"),
        ({"backbone": "static"}, DataError, "the inputs are not text"),
        ({"backbone": NUMBERS}, DataError, "the inputs are not rows of numbers"),
    ],
)
def test_wrong_parameters_are_named(
    images: np.ndarray, labels: np.ndarray, parameters: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        TransferClassifier(**{"backbone": "glyphnet", **parameters}).fit(images, labels)


@pytest.mark.parametrize(
    ("given", "y", "said"),
    [
        (["a.png"], [0, 1], "inconsistent numbers of samples"),
        (np.empty((0, 8, 8)), [], "0 sample"),
        (["a", "b"], [0, 0], "y has one class, 0"),
        (["a", "b"], [0.5, 0.7], "Unknown label type"),
        (["a", "b"], None, "requires y"),
    ],
)
def test_labels_that_do_not_fit_are_refused(given: Any, y: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        TransferClassifier("static").fit(given, y)


def test_scaled_images_after_training_on_bytes_are_warned_about(fitted: TransferClassifier, images: np.ndarray) -> None:
    with pytest.warns(UserWarning, match="X has fractions up to 1, but the training images have values in 0 to 255"):
        fitted.predict(images / images.max())
