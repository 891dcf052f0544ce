"""A SavedModel is a program: what it may do is read off its proto before anything of it is loaded."""

from .checking import check_saved_model, overrides, saved_models_in
from .describing import ModuleDescription, TensorKind, describe
from .loading import load_inspected
from .reading import read_saved_model
from .rules import Refusal, refusals
from .uses import draws_at_random, text_operations

__all__ = [
    "ModuleDescription",
    "Refusal",
    "TensorKind",
    "check_saved_model",
    "describe",
    "draws_at_random",
    "load_inspected",
    "overrides",
    "read_saved_model",
    "refusals",
    "saved_models_in",
    "text_operations",
]
