"""A SavedModel is a program: what it may do is read off its proto before anything of it is loaded."""

from .checking import check_saved_model, overrides, saved_models_in
from .reading import read_saved_model
from .rules import Refusal, refusals

__all__ = ["Refusal", "check_saved_model", "overrides", "read_saved_model", "refusals", "saved_models_in"]
