"""Loading of modules: the called function, the variables, and which may train."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tlzoo.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["Kind", "OpenModule", "open_module"]

Kind = Literal["reusable", "module", "export", "signature"]
"""``reusable``: says itself which variables train; ``module``: a plain ``tf.Module``, whose variables say so;
``export``: of Keras 3, and ``signature``: computed as they were saved, and never trained."""


@dataclass(frozen=True, slots=True)
class OpenModule:
    """A loaded SavedModel. Variables live as long as ``root`` does."""

    kind: Kind
    root: Any
    function: Callable[..., Any]
    learned: Mapping[str, tf.Variable]
    """Trainable variables, by name."""
    kept: Mapping[str, tf.Variable]
    """Other variables: moving statistics, counters."""
    regularization_losses: tuple[Callable[[], Any], ...]
    takes_training: bool
    draws: bool
    """Whether it has random operations, such as dropout in training."""


def open_module(folder: Path, what: str, endpoint: str | None = None, signature: str | None = None) -> OpenModule:
    """Inspect and load the SavedModel in a folder, and find the function of ``endpoint`` or ``signature``.

    Without either, the module itself is called, else ``serve`` of a Keras export, else its only signature. Raises
    UsageError for an unknown name, and the errors of ``load_inspected``.
    """
    from tlzoo.artifacts import draws_at_random, load_inspected

    root = load_inspected(folder, what=what)
    kind, function = _function(root, what, endpoint, signature)
    variables = _variables(root, function, kind)
    trained = _trained(root, variables, kind)
    names = _names(variables)
    return OpenModule(
        kind=kind,
        root=root,
        function=function,
        learned={name: each for name, each in zip(names, variables, strict=True) if id(each) in trained},
        kept={name: each for name, each in zip(names, variables, strict=True) if id(each) not in trained},
        regularization_losses=tuple(getattr(root, "regularization_losses", ())) if kind == "reusable" else (),
        takes_training="training" in getattr(getattr(function, "function_type", None), "parameters", {}),
        draws=draws_at_random(folder, what),
    )


def _function(root: Any, what: str, endpoint: str | None, signature: str | None) -> tuple[Kind, Callable[..., Any]]:
    signatures = getattr(root, "signatures", {})
    if endpoint is not None and signature is not None:
        raise UsageError(f"{what}: endpoint and signature are both set", "set one")
    if signature is not None:
        if signature not in signatures:
            raise UsageError(f"{what}: unknown signature {signature!r}", did_you_mean(signature, signatures))
        return "signature", signatures[signature]
    if endpoint is not None:
        return _kind(root), _endpoint(root, what, endpoint)
    if callable(root):
        return _kind(root), root.__call__
    if callable(getattr(root, "serve", None)):
        return "export", root.serve
    if len(signatures) == 1 or "serving_default" in signatures:
        return "signature", signatures.get("serving_default") or next(iter(signatures.values()))
    raise UsageError(f"{what}: it cannot be called directly", did_you_mean("", signatures, valid="name a signature"))


def _kind(root: Any) -> Kind:
    if not hasattr(root, "trainable_variables"):
        return "module"
    return "reusable" if callable(root) else "export"


def _endpoint(root: Any, what: str, name: str) -> Callable[..., Any]:
    found: Any = root
    for part in name.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        functions = [each for each in dir(root) if not each.startswith("_") and callable(getattr(root, each, None))]
        raise UsageError(f"{what}: unknown endpoint {name!r}", did_you_mean(name, functions))
    function: Callable[..., Any] = found if hasattr(found, "function_type") else found.__call__
    return function


def _variables(root: Any, function: Any, kind: Kind) -> list[tf.Variable]:
    """Return the module's variables, each once: its attribute, else those captured by the function."""
    if kind in {"reusable", "export"} and hasattr(root, "variables"):
        found = [*root.variables, *getattr(root, "trainable_variables", ())]
    else:
        functions: Sequence[Any] = getattr(function, "concrete_functions", [function])
        found = [each for concrete in functions for each in concrete.variables]
    return list({id(each): each for each in found}.values())


def _trained(root: Any, variables: Sequence[tf.Variable], kind: Kind) -> set[int]:
    if kind == "reusable":
        return {id(each) for each in root.trainable_variables}
    return {id(each) for each in variables if each.trainable} if kind == "module" else set()


def _names(variables: Sequence[tf.Variable]) -> list[str]:
    """Return the saved names of the variables, without ``:0``; repeated names are numbered."""
    taken: dict[str, int] = {}
    names = []
    for each in variables:
        name = each.name.partition(":")[0].strip("/") or "variable"
        count = taken[name] = taken.get(name, 0) + 1
        while count > 1 and f"{name}_{count - 1}" in taken:
            count += 1
        if count > 1:
            name = f"{name}_{count - 1}"
            taken[name] = 1
        names.append(name)
    return names
