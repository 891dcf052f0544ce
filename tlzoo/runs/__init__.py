"""Runs: from a recipe to a folder with all that its execution left."""

from tlzoo.runs.consent.trust import trust_named
from tlzoo.runs.executing.explain import explain
from tlzoo.runs.executing.train import resume, train_recipe
from tlzoo.runs.folder import RunFolder
from tlzoo.runs.opening.components import parse_options
from tlzoo.runs.opening.open_recipe import open_recipe, open_source
from tlzoo.runs.opening.text_lengths import count_tokens
from tlzoo.runs.origin import Origin, continue_recipe
from tlzoo.runs.recipe import Named, Recipe, read_recipe
from tlzoo.runs.results.raw_inputs import Input, inputs_from_file
from tlzoo.runs.results.target_metrics import headline
from tlzoo.runs.results.trained_backbone import Trained, trained_backbone
from tlzoo.runs.run import Run, find_runs
from tlzoo.runs.tuning import Tuning, is_tuning, resume_tuning, tune_recipe
from tlzoo.runs.verify_report import RunFileReport, is_folder_of_run, verify_run

__all__ = [
    "Input",
    "Named",
    "Origin",
    "Recipe",
    "Run",
    "RunFileReport",
    "RunFolder",
    "Trained",
    "Tuning",
    "continue_recipe",
    "count_tokens",
    "explain",
    "find_runs",
    "headline",
    "inputs_from_file",
    "is_folder_of_run",
    "is_tuning",
    "open_recipe",
    "open_source",
    "parse_options",
    "read_recipe",
    "resume",
    "resume_tuning",
    "train_recipe",
    "trained_backbone",
    "trust_named",
    "tune_recipe",
    "verify_run",
]
