"""Runs: from a recipe to a folder with all that its execution left."""

from tlzoo.runs.explaining import explain
from tlzoo.runs.folder import RunFolder
from tlzoo.runs.lengths import count_tokens
from tlzoo.runs.opening import open_recipe, open_source
from tlzoo.runs.origin import Origin, continue_recipe
from tlzoo.runs.raw_inputs import Input, inputs_from_file
from tlzoo.runs.recipe import Named, Recipe, read_recipe
from tlzoo.runs.resolving import parse_options
from tlzoo.runs.run import Run, find_runs
from tlzoo.runs.target_table import headline
from tlzoo.runs.trained import Trained, trained_backbone
from tlzoo.runs.training import resume, train_recipe
from tlzoo.runs.trust import trust_named
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
