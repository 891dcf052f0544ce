"""A SavedModel is a program: what it may do is read off its proto before anything of it is loaded."""

from .checking import check_saved_model, overrides, saved_models_in
from .reading import read_saved_model
from .rules import Refusal, refusals
from .uses import draws_at_random, text_operations

__all__ = [
    "Refusal",
    "check_saved_model",
    "draws_at_random",
    "overrides",
    "read_saved_model",
    "refusals",
    "saved_models_in",
    "text_operations",
]
