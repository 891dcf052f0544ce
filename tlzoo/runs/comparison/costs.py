"""Time, size and memory of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tlzoo.runs.files.paths import RunPaths

if TYPE_CHECKING:
    from tlzoo.runs.run import Run

__all__ = ["run_costs"]


def run_costs(run: Run) -> dict[str, Any]:
    """Return ``seconds`` of the run, ``model_bytes``, ``memory_bytes`` of one prediction, and ``folder_bytes``.

    The size of the model is None without a Keras model, the memory if it is unknown.
    """
    folder, memory = RunPaths(run.path), run.result.get("memory")
    return {
        "seconds": run.result.get("seconds"),
        "model_bytes": folder.model.stat().st_size if folder.model.is_file() else None,
        "memory_bytes": None if memory is None else memory["fixed_bytes"] + memory["sample_bytes"],
        "folder_bytes": sum(each.stat().st_size for each in run.path.rglob("*") if each.is_file()),
    }
