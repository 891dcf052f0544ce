"""``tlzoo data next``: what a run is uncertain of, without what it has learned from."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from documented_keys import check_keys

import tlzoo
from tlzoo.cli import main
from tlzoo.data.lookup import as_pool
from tlzoo.errors import DataError, UsageError
from tlzoo.runs import Run

ROWS = 40


def rows_of(seed: int, spread: float) -> tuple[np.ndarray, np.ndarray]:
    """Return points around two centres, and the centre of each."""
    draw = np.random.default_rng(seed)
    labels = np.arange(ROWS) % 2
    centres = np.array([[-1.0, 0, 0], [1.0, 0, 0]])
    return (centres[labels] + draw.normal(0, spread, (ROWS, 3))).astype(np.float32), np.array(["left", "right"])[labels]


def write_table(path: Path, x: np.ndarray, labels: np.ndarray | None = None) -> Path:
    """Write points in the columns a, b and c, and their labels in the column side."""
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("a", "b", "c") if labels is None else ("a", "b", "c", "side"))
        writer.writerows([*map(float, row), *([] if labels is None else [labels[at]])] for at, row in enumerate(x))
    return path


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Path]:
    """A run on two clouds of points, and its folder with a pool in which some points lie between them."""
    folder = tmp_path_factory.mktemp("next")
    x, y = rows_of(0, 0.2)
    write_table(folder / "labelled.csv", x, y)
    between = np.random.default_rng(1).normal(0, 0.02, (4, 3)).astype(np.float32)
    pool = np.concatenate([x[:5], rows_of(2, 0.2)[0], between, between[:1]])
    write_table(folder / "pool.csv", pool)
    np.savez(folder / "pool.npz", x=pool)
    run = tlzoo.train(
        f"table:{folder / 'labelled.csv'}?numbers=a+b+c&label=side",
        backbone="numeric/identity.raw",
        strategy="feature-extraction",
        export=[],
        out=folder / "runs",
    )
    return run, folder


@pytest.mark.parametrize("source", ["table:{folder}/pool.csv", "arrays:{folder}/pool.npz", "frame"])
def test_the_uncertain_ones_are_first_and_known_ones_are_left_out(trained: tuple[Run, Path], source: str) -> None:
    run, folder = trained
    pool: Any = source.format(folder=folder)
    if source == "frame":
        pool = pytest.importorskip("pandas").read_csv(folder / "pool.csv")[["c", "a", "b"]].astype("float32")
    found = tlzoo.label_next(run, pool, count=3)
    assert (found.pool_samples, found.left_out, len(found)) == (ROWS + 10, 6, 3)
    assert {each.index for each in found} & set(range(5)) == set()
    assert 5 + ROWS <= found[0].index < 9 + ROWS
    amounts = [each.uncertainty for each in found]
    assert amounts == sorted(amounts, reverse=True)  # type: ignore[type-var]
    assert found[0].uncertainty == pytest.approx(1 - found[0].probability, abs=1e-5)  # type: ignore[operator]


def test_the_command_writes_a_table_to_fill_in_and_a_page(
    trained: tuple[Run, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, folder = trained
    words = ["data", "next", str(run.path), "--pool", f"table:{folder / 'pool.csv'}", "--count", "4"]
    files = ["--csv", str(tmp_path / "next.csv"), "--html", str(tmp_path / "next.html")]
    assert main([*words, *files]) == 0
    assert "4 samples of 50 in" in capsys.readouterr().out
    with (tmp_path / "next.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["label"] for row in rows] == [""] * 4
    page = (tmp_path / "next.html").read_text()
    assert all(f"predicted: {row['predicted']}" in page for row in rows)
    printed(capsys, *words)


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> None:
    import json

    assert main([*words, "--json", "--quiet"]) == 0
    check_keys("data next", json.loads(capsys.readouterr().out))


@pytest.mark.parametrize(
    ("pool", "error", "said"),
    [
        ("digits:", UsageError, r"digits: is vision, but .* is numeric; give a pool of the same kind"),
        ("table:{folder}/labelled.csv", DataError, "has no new sample: all are in"),
        ("table:{folder}/labelled.csv?numbers=b+a+c", UsageError, "has other columns of numbers than .*numbers=a"),
        ("table:{folder}/labelled.csv?numbers=a+b&labels=none", UsageError, "other columns of numbers"),
        ("arrays:{folder}/narrow.npz", UsageError, r"inputs of shape \(2,\), but .* of \(3,\)"),
    ],
)
def test_useless_pools_are_refused(trained: tuple[Run, Path], pool: str, error: Any, said: str) -> None:
    run, folder = trained
    np.savez(folder / "narrow.npz", x=np.zeros((3, 2), np.float32))
    with pytest.raises(error, match=said):
        tlzoo.label_next(run, pool.format(folder=folder))


def test_an_impossible_file_is_refused_before_anything_is_read(trained: tuple[Run, Path], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no folder"):
        tlzoo.label_next(trained[0], "arrays:missing.npz", csv=tmp_path / "none" / "next.csv")


@pytest.mark.parametrize(("name", "value"), [("count", 0), ("count", 2.5), ("seed", -1)])
def test_impossible_arguments_are_refused(trained: tuple[Run, Path], name: str, value: Any) -> None:
    with pytest.raises(UsageError, match=f"{name}="):
        tlzoo.label_next(trained[0], "digits:", **{name: value})


def test_the_table_and_the_page_are_two_files(trained: tuple[Run, Path], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="give two files"):
        tlzoo.label_next(trained[0], "digits:", csv=tmp_path / "next", html=tmp_path / "next")


@pytest.mark.parametrize(
    ("pool", "trained_on", "read_as"),
    [
        ("images:new/", "images:photos/?alpha=black", "images:new/?alpha=black&labels=none"),
        ("images:new/?labels=none", "images:photos/", "images:new/?labels=none"),
        ("images:new/?classes=a,b", "images:photos/", "images:new/?classes=a,b"),
        ("table:b.csv", "table:a.csv?text=review&label=stars", "table:b.csv?text=review&labels=none"),
        ("table:b.csv?text=words", "table:a.csv?text=review&label=stars", "table:b.csv?text=words&labels=none"),
        ("digits:", "images:photos/", "digits:"),
    ],
)
def test_a_pool_is_read_as_the_training_data_without_labels(pool: str, trained_on: str, read_as: str) -> None:
    assert as_pool(pool, trained_on) == read_as
