"""``FeatureExtractor`` as scikit-learn uses a transformer: on a packaged backbone, with real images."""

import io
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import joblib
import numpy as np
import pytest
from PIL import Image
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import SkipTestWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import check_estimator

from tlzoo.errors import DataError, EntryError, UsageError
from tlzoo.sklearn import FeatureExtractor


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.rint(load_digits().images[:60] * 255 / 16).astype("uint8")


@pytest.fixture(scope="module")
def labels() -> np.ndarray:
    return load_digits().target[:60] % 2


def test_an_array_of_images_becomes_a_row_each(images: np.ndarray) -> None:
    features = FeatureExtractor().fit_transform(images)
    assert features.dtype == np.float32
    assert features.shape == (60, len(FeatureExtractor().get_feature_names_out()))
    assert features.std(axis=0).max() > 0


@pytest.mark.parametrize(
    "other",
    [lambda x: x[..., np.newaxis], lambda x: x.astype("float64"), lambda x: x + np.float32(0.4) * (x < 255), list],
    ids=["with channels", "floating", "to be rounded", "a list"],
)
def test_other_forms_of_the_same_images_have_the_same_features(images: np.ndarray, other: object) -> None:
    expected = FeatureExtractor().transform(images[:5])
    assert np.array_equal(FeatureExtractor().transform(other(images[:5])), expected)  # type: ignore[operator]


def test_the_batch_size_changes_nothing_but_rounding(images: np.ndarray) -> None:
    one, other = FeatureExtractor(batch_size=7).transform(images), FeatureExtractor(batch_size=60).transform(images)
    assert np.allclose(one, other, atol=1e-5)


def test_files_are_read(images: np.ndarray, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.png" for number in range(3)]
    for path, image in zip(paths, images, strict=False):
        Image.fromarray(image).save(path)
    expected = FeatureExtractor().transform(images[:3])
    assert np.allclose(FeatureExtractor().transform(paths), expected, atol=1e-4)
    assert np.allclose(FeatureExtractor().transform([str(path) for path in paths]), expected, atol=1e-4)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.png", tmp_path / "bad.png"
    Image.new("L", (8, 8)).save(good)
    bad.write_bytes(good.read_bytes()[:40])
    with pytest.raises(DataError, match=r"bad\.png cannot be used"):
        FeatureExtractor().transform([good, bad])
    with pytest.raises(DataError, match=r"no file '.*none\.png'"):
        FeatureExtractor().transform([tmp_path / "none.png"])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (np.zeros((5, 64)), "Received: shape"),
        (np.zeros((5, 8, 8, 2)), "Received: shape"),
        (np.zeros((0, 8, 8)), "minimum of 1"),
        (np.full((1, 8, 8), 256), "Received: 256 to 256"),
        (np.full((1, 8, 8), -1.0), "Received: -1.0"),
        (np.full((1, 8, 8), np.nan), "Received: nan"),
        (np.full((1, 8, 8), "x"), "Received: <U1"),
    ],
)
def test_an_invalid_image_is_refused(given: np.ndarray, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        FeatureExtractor().transform(given)


def test_wrong_parameters_are_refused_by_fit(images: np.ndarray) -> None:
    with pytest.raises(EntryError, match="glyphnet"):
        FeatureExtractor("glyfnet").fit(images)
    with pytest.raises(UsageError, match="no stage 'block9'"):
        FeatureExtractor(stages=["block9"]).fit(images)
    with pytest.raises(UsageError, match="pooling 'first'"):
        FeatureExtractor(pooling="first").fit(images)


def test_features_of_several_stages_are_concatenated(images: np.ndarray) -> None:
    both = FeatureExtractor(stages=["block2", "block4"])
    features, names = both.transform(images[:4]), list(both.get_feature_names_out())
    last = FeatureExtractor().transform(images[:4])
    assert names[0] == "block2_0"
    assert features.shape == (4, len(names))
    assert np.allclose(features[:, [name.startswith("block4") for name in names]], last, atol=1e-5)


def test_it_is_the_first_step_of_a_pipeline(images: np.ndarray, labels: np.ndarray) -> None:
    pipeline = make_pipeline(FeatureExtractor(), LogisticRegression(max_iter=200))
    assert cross_val_score(pipeline, images, labels, cv=3).mean() > 0.8


def test_a_clone_and_a_pickle_carry_parameters_alone(images: np.ndarray) -> None:
    used = FeatureExtractor(batch_size=8)
    expected = used.transform(images[:4])
    assert clone(used).get_params() == used.get_params()
    assert len(pickle.dumps(used)) < 1000
    stream = io.BytesIO()
    joblib.dump(make_pipeline(used), stream)
    stream.seek(0)
    assert np.array_equal(joblib.load(stream).transform(images[:4]), expected)


def test_the_constructor_loads_nothing() -> None:
    script = "import sys; import tlzoo; from tlzoo.sklearn import FeatureExtractor; repr(FeatureExtractor()); "
    script += "repr(tlzoo.TransferClassifier()); repr(tlzoo.TransferRegressor()); "
    script += "print('tensorflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_check_estimator_finds_nothing() -> None:
    """It leaves out all checks that feed tables of two dimensions, by the tag, and warns of it."""
    with pytest.warns(SkipTestWarning, match="Can't test estimator FeatureExtractor which requires input"):
        results = check_estimator(FeatureExtractor(), on_fail=None)
    assert {each["status"] for each in results} == {"passed"}


@pytest.mark.parametrize(
    "check",
    [
        estimator_checks.check_parameters_default_constructible,
        estimator_checks.check_no_attributes_set_in_init,
        estimator_checks.check_do_not_raise_errors_in_init_or_set_params,
        estimator_checks.check_get_params_invariance,
        estimator_checks.check_set_params,
        estimator_checks.check_estimator_cloneable,
        estimator_checks.check_estimator_repr,
        estimator_checks.check_estimator_tags_renamed,
        estimator_checks.check_valid_tag_types,
        estimator_checks.check_mixin_order,
    ],
    ids=lambda check: check.__name__,
)
def test_scikit_learn_s_checks_without_a_table_pass(check: Callable[[str, FeatureExtractor], None]) -> None:
    check("FeatureExtractor", FeatureExtractor())
