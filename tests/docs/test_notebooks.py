"""The notebooks in docs/notebooks have no outputs, and their cells run in a Jupyter kernel."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import tlzoo

DOCS = Path(tlzoo.__file__).parents[1] / "docs"
NOTEBOOKS = sorted((DOCS / "notebooks").glob("*.ipynb"))


def cells(notebook: Path, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(notebook.read_text("utf-8"))["cells"]
    return [cell for cell in found if cell["cell_type"] == kind]


def test_there_are_notebooks_on_images_texts_and_strategies() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["images", "strategy", "texts"]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_are_stripped(notebook: Path) -> None:
    assert not [cell["id"] for cell in cells(notebook, "code") if cell["outputs"] or cell["execution_count"]]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_cells_are_short(notebook: Path) -> None:
    """One idea a cell."""
    assert not [cell["id"] for cell in cells(notebook, "code") if len(cell["source"]) > 18]


@pytest.mark.slow
def test_every_cell_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The notebooks share a kernel, so that TensorFlow is imported once; each starts without names."""
    import nbformat
    from nbclient import NotebookClient

    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    shutil.copytree(DOCS / "notebooks", tmp_path / "notebooks")
    shutil.copy(DOCS / "reviews.csv", tmp_path)
    joined = nbformat.v4.new_notebook()
    for path in NOTEBOOKS:
        joined.cells += [nbformat.v4.new_code_cell("%reset -f"), *nbformat.read(path, as_version=4).cells]
    resources = {"metadata": {"path": str(tmp_path / "notebooks")}}
    NotebookClient(joined, resources=resources, timeout=600).execute()
    shown = [output for cell in joined.cells for output in cell.get("outputs", ()) if "data" in output]
    assert sum("text/html" in output["data"] for output in shown) >= len(NOTEBOOKS)
