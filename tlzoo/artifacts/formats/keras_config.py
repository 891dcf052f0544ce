"""Inspection of Keras object configurations in recipes, before Keras creates the objects."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from tlzoo.artifacts.formats.keras_model import CODE_LAYERS, FILE_OPTIONS, classes_in
from tlzoo.errors import BytesRefusedError

__all__ = ["check_keras_config"]

_MODULES = frozenset(
    f"keras.{each}"
    for each in (
        "activations",
        "constraints",
        "dtype_policies",
        "initializers",
        "layers",
        "losses",
        "metrics",
        "optimizers",
        "optimizers.schedules",
        "random",
        "regularizers",
    )
)
"""Public Keras modules with harmless classes; other modules read files, download, or change settings."""
_TOP = {"DTypePolicy", "Sequential"}
"""Classes that Keras names by ``keras`` only."""
_FUNCTIONS = {"deserialize", "get", "serialize"}
"""Functions in these modules that create objects from their arguments."""
_OWN = "tlzoo>"


def check_keras_config(config: Mapping[str, Any], what: str) -> None:
    """Raise BytesRefusedError, starting with ``what``, unless a configuration has only harmless classes.

    At any depth it may contain public classes of Keras that compute, and classes registered in this process
    (``keras.saving.register_keras_serializable``). Layers with code, such as ``Lambda``, and options that are file
    paths are refused.
    """
    for named in classes_in(dict(config)):
        _check(named, what)


def _check(named: Mapping[str, Any], what: str) -> None:
    name, module, inner = named["class_name"], named.get("module"), named.get("config")
    registered = named.get("registered_name")
    if not isinstance(name, str) or not isinstance(registered, str | None) or not isinstance(module, str | None):
        raise _refused(what, f"contains {name!r:.80}, which is not a class name")
    shown = f"{module}.{name}" if module else name
    for each in (name, str(registered).rpartition(">")[2]):
        if each in CODE_LAYERS:
            raise _refused(what, f"has {shown}, which contains {CODE_LAYERS[each]}")
    if "compile_config" in named:
        raise _refused(what, f"has a compiled model, {shown}")
    if name == "function":
        _check_function(module, inner, what)
        return
    if not name.isidentifier() or name.startswith("__"):
        raise _refused(what, f"contains {name!r:.80}, which is not a class name")
    for option in FILE_OPTIONS:
        if isinstance(inner, dict) and isinstance(inner.get(option), str):
            raise _refused(what, f"has a {name} with the file {inner[option]!r} as {option}")
    if not _is_registered(registered) and not (registered in {None, name} and _is_public(name, module)):
        raise BytesRefusedError(
            f"{what} contains {registered or shown}, a class of neither Keras nor this process",
            "remove it, or register the class first with @keras.saving.register_keras_serializable()",
        )


def _check_function(module: str | None, function: Any, what: str) -> None:
    if not (isinstance(function, str) and function.isidentifier() and function not in _FUNCTIONS):
        raise _refused(what, f"contains {function!r:.80}, which is not a function of Keras")
    if module != "builtins" and module not in _MODULES:
        raise _refused(what, f"contains the function {module}.{function}, which is not Keras's")


def _is_public(name: str, module: str | None) -> bool:
    return module in _MODULES or (module == "keras" and name in _TOP)


def _is_registered(name: str | None) -> bool:
    """Return whether a class is registered under the name in this process; none is before Keras is imported."""
    if name is None or name.startswith(_OWN):
        return False
    saving = getattr(sys.modules.get("keras"), "saving", None)
    return saving is not None and saving.get_registered_object(name) is not None


def _refused(what: str, why: str) -> BytesRefusedError:
    return BytesRefusedError(f"{what} {why}", "remove it")
