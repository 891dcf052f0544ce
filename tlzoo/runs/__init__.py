"""Runs: train a recipe, and open the resulting run folder.

Public names are imported on first use, so that recipe fields can be read without importing the training code.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tlzoo.runs.comparison.compare import compare_runs
    from tlzoo.runs.comparison.comparison import RunComparison
    from tlzoo.runs.consent.trust import trust_named
    from tlzoo.runs.executing.explain import explain
    from tlzoo.runs.executing.fit import Fitted, fit_recipe
    from tlzoo.runs.executing.train import resume, train_recipe
    from tlzoo.runs.exporting.exports import Exports
    from tlzoo.runs.exporting.measuring import Exported
    from tlzoo.runs.files.folder import RunFolder
    from tlzoo.runs.files.verify_report import RunFileReport, is_folder_of_run, verify_run
    from tlzoo.runs.history import History, Plot
    from tlzoo.runs.listing import Runs
    from tlzoo.runs.notebook import RunReport
    from tlzoo.runs.observing.observers import Observers
    from tlzoo.runs.observing.tracking import make_trackers
    from tlzoo.runs.opening.components import parse_options
    from tlzoo.runs.opening.open_recipe import open_recipe
    from tlzoo.runs.opening.origin import continue_recipe
    from tlzoo.runs.opening.sources import open_source
    from tlzoo.runs.opening.text_lengths import count_tokens
    from tlzoo.runs.recipe import Named, Origin, Recipe, read_recipe
    from tlzoo.runs.results.raw_inputs import Input, inputs_from_file
    from tlzoo.runs.results.target_metrics import headline
    from tlzoo.runs.results.trained_backbone import Trained, trained_backbone
    from tlzoo.runs.run import Run, find_runs
    from tlzoo.runs.run_sets import RunSet, find_run_sets, is_run_set, resume_run_set, train_run_set
    from tlzoo.runs.serving.server import Server
    from tlzoo.runs.tuning import Tuning, is_tuning, resume_tuning, tune_recipe

__all__ = [
    "Exported",
    "Exports",
    "Fitted",
    "History",
    "Input",
    "Named",
    "Observers",
    "Origin",
    "Plot",
    "Recipe",
    "Run",
    "RunComparison",
    "RunFileReport",
    "RunFolder",
    "RunReport",
    "RunSet",
    "Runs",
    "Server",
    "Trained",
    "Tuning",
    "compare_runs",
    "continue_recipe",
    "count_tokens",
    "explain",
    "find_run_sets",
    "find_runs",
    "fit_recipe",
    "headline",
    "inputs_from_file",
    "is_folder_of_run",
    "is_run_set",
    "is_tuning",
    "make_trackers",
    "open_recipe",
    "open_source",
    "parse_options",
    "read_recipe",
    "resume",
    "resume_run_set",
    "resume_tuning",
    "train_recipe",
    "train_run_set",
    "trained_backbone",
    "trust_named",
    "tune_recipe",
    "verify_run",
]

_HOME = {
    "Exported": "exporting.measuring",
    "Exports": "exporting.exports",
    "Fitted": "executing.fit",
    "History": "history",
    "Input": "results.raw_inputs",
    "Named": "recipe",
    "Observers": "observing.observers",
    "Origin": "recipe",
    "Plot": "history",
    "Recipe": "recipe",
    "Run": "run",
    "RunComparison": "comparison.comparison",
    "RunFileReport": "files.verify_report",
    "RunFolder": "files.folder",
    "RunReport": "notebook",
    "RunSet": "run_sets",
    "Runs": "listing",
    "Server": "serving.server",
    "Trained": "results.trained_backbone",
    "Tuning": "tuning",
    "compare_runs": "comparison.compare",
    "continue_recipe": "opening.origin",
    "count_tokens": "opening.text_lengths",
    "explain": "executing.explain",
    "find_runs": "run",
    "find_run_sets": "run_sets",
    "fit_recipe": "executing.fit",
    "headline": "results.target_metrics",
    "make_trackers": "observing.tracking",
    "inputs_from_file": "results.raw_inputs",
    "is_folder_of_run": "files.verify_report",
    "is_tuning": "tuning",
    "is_run_set": "run_sets",
    "open_recipe": "opening.open_recipe",
    "open_source": "opening.sources",
    "parse_options": "opening.components",
    "read_recipe": "recipe",
    "resume": "executing.train",
    "resume_run_set": "run_sets",
    "resume_tuning": "tuning",
    "train_recipe": "executing.train",
    "train_run_set": "run_sets",
    "trained_backbone": "results.trained_backbone",
    "trust_named": "consent.trust",
    "tune_recipe": "tuning",
    "verify_run": "files.verify_report",
}


def __getattr__(name: str) -> Any:
    """Import a public name on first use."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return sorted({*globals(), *__all__})
