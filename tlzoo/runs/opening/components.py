"""Find heads, strategies, objectives and trainers by name.

Plugins register them. A head, strategy or objective may also be ``module:Class`` or ``./file.py:Class``. A class in a
file, or in a module that no installed plugin registered, is imported only with the user's consent.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import tomllib
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from tlzoo.error_lines import error_line
from tlzoo.errors import PluginError, UsageError, did_you_mean
from tlzoo.heads import Head
from tlzoo.objectives import Objective, find_objective
from tlzoo.runs.consent.source_loader import SourceLoader, importing
from tlzoo.runs.consent.user_code import Code, class_reference, is_registered, name_code, require_consent
from tlzoo.runs.recipe import Named
from tlzoo.runs.recipe_errors import explain_value
from tlzoo.strategies import Strategy

if TYPE_CHECKING:
    from tlzoo.data import RunData
    from tlzoo.training import Trainer

__all__ = [
    "choice_of",
    "find_class",
    "find_trainer",
    "make_head",
    "make_objective",
    "make_strategy",
    "parse_options",
]


_FROM_FILE = "tlzoo_user_"
"""Prefix of the names of modules loaded from a user's file."""


def make_head(named: Named) -> Head:
    """Return the named head with its options; raise UsageError for an unknown name or option."""
    head: Head = _make("head", _find("head", "tlzoo_heads", Head, named.name), named.options)
    return head


def make_strategy(named: Named) -> Strategy:
    """Return the named strategy with its options; raise UsageError for an unknown name or option."""
    strategy: Strategy = _make("strategy", _find("strategy", "tlzoo_strategies", Strategy, named.name), named.options)
    return strategy


def make_objective(named: Named) -> Objective:
    """Return the named objective with its options; raise UsageError for an unknown name or option."""
    by_class = ":" in named.name
    found = _from_reference("objective", (Objective,), named.name) if by_class else find_objective(named.name)
    objective: Objective = _make("objective", found, named.options)
    return objective


def find_trainer(head: Head, name: str, data: RunData) -> Trainer:
    """Return the trainer of the head, or else of the data. ``name`` is the head's name in the recipe.

    Raises UsageError if no plugin registers the trainer or it cannot use the data; PluginError if it is not a trainer.
    """
    from tlzoo.plugins import registered

    wanted = head.trainer or data.trainer
    trainers: dict[str, type[Trainer]] = {each.name: each.value for each in registered("tlzoo_trainers")}
    if wanted not in trainers:
        if head.trainer is None and data.head is not None:
            raise UsageError(f"the head {name!r} has no trainer for {wanted}", f"try --head {data.head}")
        raise UsageError(f"no trainer for {wanted}", f"available: {', '.join(trainers)}")
    trainer = _make_trainer(wanted, trainers[wanted])
    trainer.check_data(data, head)
    return trainer


def _make_trainer(name: str, made: Any) -> Trainer:
    """Return an instance of a trainer class; raise PluginError if it is not a trainer or lacks methods."""
    from tlzoo.training import Trainer

    if not (isinstance(made, type) and issubclass(made, Trainer)):
        raise PluginError(
            f"the trainer {name!r} is not a subclass of tlzoo.training.Trainer", "report it to the plugin's authors"
        )
    if missing := sorted(made.__abstractmethods__):
        raise PluginError(f"the trainer {name!r} has no method {missing[0]!r}", "report it to the plugin's authors")
    return made()


def choice_of(made: Head | Strategy | type[Head | Strategy]) -> dict[str, Any]:
    """Return the recipe's name and options for a head or strategy given as a class or an object.

    The name is ``module:Class``, or ``file.py:Class`` for a class loaded from a file. A class of a notebook, the prompt
    or the running script is ``__main__:Class`` and is found only if it is defined again. Raises UsageError for a class
    that cannot be found by name, which resuming requires.
    """
    if not hasattr(made, "model_dump"):
        raise UsageError(
            f"{made!r:.40} is not a head, strategy or augmentation",
            'give a name, a mapping such as {"name": "mlp", "units": [64]}, a class or an object',
        )
    cls = made if isinstance(made, type) else type(made)
    module = sys.modules.get(cls.__module__)
    if getattr(module, cls.__qualname__, None) is not cls:
        why = (
            "defined inside a function or class"
            if "." in cls.__qualname__
            else "no longer the class of this name in its module"
        )
        raise UsageError(
            f"{cls.__name__} is {why}, so a resumed run could not find it",
            "define it at the top level of a notebook or file, and use that one",
        )
    source = cls.__module__
    if source.startswith(_FROM_FILE):
        source = str(getattr(module, "__file__", source))
    options = {} if isinstance(made, type) else made.model_dump(mode="json", exclude_unset=True)
    return {"name": f"{source}:{cls.__name__}", "options": options}


def parse_options(pairs: list[str]) -> dict[str, Any]:
    """Return options of the command line as a mapping: TOML values, or words.

    Args:
        pairs: Options such as ``["rate=1e-4", "unfreeze=all"]``.

    Returns:
        Values by name, such as ``{"rate": 0.0001, "unfreeze": "all"}``.

    Raises:
        UsageError: If an option is not KEY=VALUE.
    """
    options = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not key:
            raise UsageError(f"options must be KEY=VALUE; got {pair!r}")
        try:
            options[key.strip()] = tomllib.loads(f"value = {text}")["value"]
        except (ValueError, RecursionError):  # not TOML, too many digits, or nested too deeply
            options[key.strip()] = text
    return options


def _find(what: str, hook: str, base: type[Any], name: str) -> type[Any]:
    if ":" in name:
        return _from_reference(what, (base,), name)
    if name.endswith(".py"):
        raise UsageError(f"{name} has no class name", f"write {name}:Class")
    found: type[Any] = _find_registered(what, hook, name)
    return found


def _find_registered(what: str, hook: str, name: str) -> Any:
    from tlzoo.plugins import registered

    known = {each.name: each.value for each in registered(hook)}
    if name not in known:
        raise UsageError(f"no {what} {name!r}", did_you_mean(name, known))
    return known[name]


def _make(what: str, cls: type[Any], options: Mapping[str, Any]) -> Any:
    name = getattr(cls, "name", "") or cls.__name__
    if missing := sorted(getattr(cls, "__abstractmethods__", ())):
        raise UsageError(f"{what} {name!r} has no method {missing[0]!r}", "implement it: it is required")
    try:
        return cls.model_validate(dict(options))
    except ValidationError as error:
        errors = error.errors()
        first = next((each for each in errors if each["type"] == "extra_forbidden"), errors[0])
        field = ".".join(str(part) for part in first["loc"][:1])
        if first["type"] == "extra_forbidden":
            raise UsageError(
                f"{what} {name!r} has no option {field!r}", did_you_mean(field, cls.model_fields)
            ) from error
        which = f", option {field!r}" if field else ""  # without one, the error concerns several options
        raise UsageError(f"{what} {name!r}{which}: {explain_value(first)}") from error


def find_class(reference: str, bases: tuple[type[Any], ...]) -> type[Any]:
    """Return the class that a user named as ``module:Class`` or ``./file.py:Class``; this is consent to run its code.

    Raises UsageError if it is not a subclass of any base.
    """
    name_code(reference)
    return _from_reference(" or ".join(base.__name__.lower() for base in bases), bases, reference)


def _from_reference(what: str, bases: tuple[type[Any], ...], reference: str) -> type[Any]:
    source, _, class_name = reference.rpartition(":")
    code = class_reference(reference)
    if source.endswith(".py"):
        module = _module_from_file(require_consent(what, code))
    else:
        is_known = source == "__main__" or is_registered(code)
        with nullcontext() if is_known else importing(require_consent(what, code).files):
            module = _module_from_name(source)
    found = getattr(module, class_name, None)
    if found is None and source == "__main__":
        raise UsageError(
            f"the {what} {class_name!r} was defined in a notebook or script and is not available here",
            "resume there (`tlzoo.resume(…)` after defining the class), or put it in a file: ./mine.py:Class",
        )
    if found is None:
        classes = [key for key, value in vars(module).items() if _is_own(value, bases, module)]
        fix = did_you_mean(class_name, classes, valid=f"its {what} classes")
        raise UsageError(
            f"no class {class_name!r} in {source}" if class_name else f"{reference} has no class name", fix
        )
    if not (isinstance(found, type) and issubclass(found, bases)):
        fix = " or ".join(f"tlzoo.{each.__module__.split('.')[1]}.{each.__name__}" for each in bases)
        raise UsageError(f"{reference} is not a {what}", f"subclass {fix}")
    return found


def _is_own(value: object, bases: tuple[type[Any], ...], module: ModuleType) -> bool:
    return isinstance(value, type) and issubclass(value, bases) and value.__module__ == module.__name__


def _module_from_file(code: Code) -> ModuleType:
    path = code.file
    name = f"{_FROM_FILE}{path.stem}"
    loader = SourceLoader(name, code.file, code.source)
    specification = importlib.util.spec_from_file_location(name, path, loader=loader)
    assert specification is not None  # implied by the loader
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module
    try:
        loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise _broken(path, error, specification.origin) from error
    return module


def _module_from_name(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except Exception as error:
        if (
            isinstance(error, ModuleNotFoundError)
            and error.name is not None
            and f"{name}.".startswith(f"{error.name}.")
        ):
            raise UsageError(f"no module {name!r}", "install it, or give a file: ./mine.py:Class") from error
        with suppress(ImportError, ValueError):
            specification = importlib.util.find_spec(name)
            raise _broken(name, error, specification.origin if specification else None) from error
        raise _broken(name, error, None) from error


def _broken(what: Path | str, error: Exception, file: str | None) -> UsageError:
    said = error.msg if isinstance(error, SyntaxError) else str(error)
    return UsageError(
        f"{what} cannot be imported: {type(error).__name__}: {said}",
        error_line(error, file) or "use --traceback to see where",
    )
