"""Run sets: several runs of one recipe that differ in the seed or in the fold."""

from tlzoo.runs.run_sets.folder import is_run_set
from tlzoo.runs.run_sets.result import RunSet, find_run_sets
from tlzoo.runs.run_sets.training import resume_run_set, train_run_set

__all__ = ["RunSet", "find_run_sets", "is_run_set", "resume_run_set", "train_run_set"]
