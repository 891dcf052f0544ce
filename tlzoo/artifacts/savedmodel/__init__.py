"""A SavedModel is a program: it is inspected without TensorFlow, and only the inspected part is loaded."""

from .description import ModuleDescription, TensorKind, describe
from .inspection import check_saved_model, overrides, saved_models_in
from .loading import keep_inspected, load_inspected
from .reading import read_saved_model
from .requirements import draws_at_random, text_operations
from .rules.refusals import Refusal, refusals
from .trial import is_remembered, remember
from .wall import describe_wall

__all__ = [
    "ModuleDescription",
    "Refusal",
    "TensorKind",
    "check_saved_model",
    "describe",
    "describe_wall",
    "draws_at_random",
    "is_remembered",
    "keep_inspected",
    "load_inspected",
    "overrides",
    "read_saved_model",
    "refusals",
    "remember",
    "saved_models_in",
    "text_operations",
]
