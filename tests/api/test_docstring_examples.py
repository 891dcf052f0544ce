"""The examples in the docstrings of all public names run, in one process and one folder."""

from __future__ import annotations

import doctest
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import tlzoo
from tlzoo.plugins import forget

SKIPPED = {
    "add_entry": "needs a network; the tests of the plugins add entries from a local server",
    "demo": "takes two minutes, and has its own tests",
}
SLOW = {
    "TransferClassifier": "trains a head",
    "TransferRegressor": "trains a head",
    "bench": "starts a process with TensorFlow",
    "bench_strategies": "trains a head",
    "export_run": "converts a network and starts a process that measures it",
    "check": "runs the conformance checks",
    "publish": "loads the network of a run twice",
    "rank": "computes the features of two entries",
    "resume": "finishes a run",
    "train": "trains and exports a head",
    "tune": "trains three times",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with photos, an interrupted run, and the same run after it was resumed."""
    from PIL import Image
    from sklearn.datasets import load_digits

    folder, digits = tmp_path_factory.mktemp("examples"), load_digits()
    for label in (3, 7):
        (folder / f"photos/{label}").mkdir(parents=True)
        for number, pixels in enumerate(digits.images[digits.target == label][:12]):
            Image.fromarray((pixels * 15).astype("uint8")).save(folder / f"photos/{label}/{number}.png")
    (folder / "seven.png").write_bytes((folder / "photos/7/0.png").read_bytes())
    suite = 'epochs = 1\n[sets.photos]\ndata = "images:photos/"\nentries = ["glyphnet"]\n'
    (folder / "suite.toml").write_text(suite)
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        patched.setenv("TLZOO_SETTINGS", str(folder / "settings"))
        patched.setenv("TLZOO_LOCK", str(folder / "tlzoo.lock"))
        forget()
        interrupt(patched, folder / "runs/interrupted")
        shutil.copytree(folder / "runs/interrupted", folder / "runs/photos")
        tlzoo.resume(folder / "runs/photos")
        shutil.copytree(folder / "runs/photos", folder / "runs/again")
        yield folder
    forget()


def interrupt(patched: pytest.MonkeyPatch, path: Path) -> None:
    """Leave a run that is interrupted before its final evaluation."""
    with patched.context() as inner:
        inner.setattr("tlzoo.runs.executing.train.finish", stop)
        with pytest.raises(KeyboardInterrupt):
            tlzoo.train(data="images:photos/", backbone="glyphnet", strategy="feature-extraction", out="interrupted")
    (run,) = Path("interrupted").iterdir()
    path.parent.mkdir()
    run.rename(path)


def stop(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.filterwarnings("ignore:pkg_resources is deprecated:UserWarning")  # in TensorFlow Hub
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in tlzoo.__all__]
)
def test_examples_run(name: str, folder: Path) -> None:
    """Each public name has an example, and each example runs."""
    value = getattr(tlzoo, name)
    text = (value.__doc__ or "").replace("# doctest: +SKIP", "")
    names = {"tlzoo": tlzoo, "np": np}
    found = doctest.DocTestParser().get_doctest(text, names, name, None, None)
    assert found.examples, f"{name} has no example"
    if name in SKIPPED:
        pytest.skip(SKIPPED[name])
    result = doctest.DocTestRunner().run(found)
    assert result.failed == 0, f"{result.failed} examples of {name} failed in {folder}"


def test_only_these_examples_are_skipped() -> None:
    marked = {name for name in tlzoo.__all__ if "+SKIP" in str(getattr(tlzoo, name).__doc__)}
    assert marked == SKIPPED.keys()
