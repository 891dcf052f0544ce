"""Arguments of ``tlzoo.train`` and other functions that are fields of a recipe."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict, TypeVar, Union, cast

import tlzoo
from tlzoo.durations import TimeBudget
from tlzoo.errors import UsageError, did_you_mean
from tlzoo.runs.argument import arguments_of, describe_field, literal_values
from tlzoo.runs.recipe import Named, Recipe

if TYPE_CHECKING:
    import tlzoo.data
    import tlzoo.heads
    import tlzoo.strategies

__all__ = [
    "Choice",
    "KerasObject",
    "RecipeArguments",
    "TimedRecipeArguments",
    "named_choice",
    "recipe_values",
    "shows_recipe_arguments",
]

_Own: TypeAlias = Union["tlzoo.heads.Head", "tlzoo.strategies.Strategy"]  # forward references
Choice: TypeAlias = str | Mapping[str, Any] | _Own | type[_Own]
"""A head, strategy or augmentation: its name, or a mapping of ``name`` and options.

A head or strategy of your own may also be given as an object or as a class.
"""

KerasObject: TypeAlias = Any
"""A Keras optimizer, loss, metric or layer, or its configuration. Naming its class here would import TensorFlow."""

Verb = TypeVar("Verb", bound=Callable[..., Any])


# A type checker cannot use the fields of Recipe as arguments, so their types are repeated here, once for all
# functions; a test compares names and types with Recipe.
class RecipeArguments(TypedDict, total=False):
    """The fields of a recipe as arguments, without its time budget; None leaves a field unchanged."""

    data: tlzoo.data.DataLike | None
    task: str | None
    backbone: str | None
    target: tlzoo.data.DataLike | None
    target_test: tlzoo.data.DataLike | None
    head: Choice | None
    strategy: Choice | None
    augment: Choice | KerasObject | None
    epochs: int | None
    steps: int | None
    missing: str | Mapping[str, str] | None
    per_class: int | None
    batch_size: int | None
    optimizer: str | KerasObject | None
    balance: str | None
    loss: str | KerasObject | None
    metrics: str | Sequence[str | KerasObject] | None
    thresholds: str | None
    calibrate: str | bool | None
    coverage: str | float | None
    image_size: int | None
    sequence_length: int | None
    weights: str | None
    precision: str | None
    licences: str | Sequence[str] | None
    seed: int | None
    fold: str | None
    export: str | Sequence[str] | None


class TimedRecipeArguments(RecipeArguments, total=False):
    """The fields of a recipe as arguments; None leaves a field unchanged."""

    budget: TimeBudget | None


_PAIR = "give data=(x, y), or (x, y, weights)"
_RATE = 'give strategy={"name": "fine-tune", "rate": 1e-4}, or optimizer=keras.optimizers.Adam(1e-4)'
_SPLITS = 'give data={"train": (x, y), "validation": (x, y)}; missing splits are drawn'
_OF_FIT = {
    "x": _PAIR,
    "y": _PAIR,
    "X": _PAIR,
    "sample_weight": _PAIR,
    "validation_data": _SPLITS,
    "validation_split": _SPLITS,
    "class_weight": "give balance='class-weights', or data=(x, y, weights)",
    "learning_rate": _RATE,
    "lr": _RATE,
    "rate": _RATE,
    "shuffle": "leave it out: training shuffles",
    "steps_per_epoch": "leave it out: an epoch has all training samples",
    "model": "name a backbone: backbone='glyphnet'",
}
"""Arguments of Keras's ``fit`` and ``compile``, and what to give instead."""


def shows_recipe_arguments(verb: Verb) -> Verb:
    """Add the fields of a recipe to the signature and the docstring of a function that takes them as ``**fields``.

    Types are those of the TypedDict; descriptions and defaults are those of ``Recipe``. The lines are added to the
    docstring's section ``Args``, which a section ``Returns`` has to follow.
    """
    signature = inspect.signature(verb)
    *parameters, fields = signature.parameters.values()
    types = _types(RecipeArguments if "budget" in signature.parameters else TimedRecipeArguments)
    shown = [
        fields.replace(name=name, kind=fields.KEYWORD_ONLY, default=None, annotation=types[name]) for name in types
    ]
    positional = [each for each in parameters if each.kind is not each.KEYWORD_ONLY]
    others = [each for each in parameters if each.kind is each.KEYWORD_ONLY]
    vars(verb)["__signature__"] = signature.replace(parameters=[*positional, *shown, *others])
    lines = [f"    {name}: {_described(name)}." for name in types]
    before, returns, after = inspect.cleandoc(verb.__doc__ or "").partition("\n\nReturns:")
    verb.__doc__ = "\n".join((before, *lines)) + returns + after

    @wraps(verb)
    def checked(*given: Any, **named: Any) -> Any:
        if len(given) > len(positional):
            what = f"{verb.__name__} takes data as one argument; got {len(given)}"
            raise UsageError(what, f"write {verb.__name__}((x, y), …)")
        return verb(*given, **named)

    return cast("Verb", checked)


def _described(name: str) -> str:
    """Return the description of a field, with its values if they are fixed."""
    values = literal_values(Recipe.model_fields[name])
    described = describe_field(Recipe.model_fields[name])
    return f"{described}; one of {', '.join(values)}" if values else described


def recipe_values(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments in the format of ``read_recipe``; raise UsageError for unknown fields."""
    known = arguments_of(Recipe.model_fields)
    for name in arguments:
        if name not in known:
            fix = _OF_FIT.get(name) or did_you_mean(name, known, valid="arguments")
            raise UsageError(f"no argument {name!r}", fix)
    return {name: _value(name, value) for name, value in arguments.items() if value is not None}


def _types(arguments: type) -> dict[str, str]:
    """Return the types of a ``TypedDict`` as written, in the order of the recipe's fields."""
    written = {name: kind.__forward_arg__ for name, kind in arguments.__annotations__.items()}
    return {name: written[name] for name in Recipe.model_fields if name in written}


def _value(name: str, value: Any) -> Any:
    if name in {"optimizer", "loss", "metrics"}:
        return _keras_values(name, value)
    if name == "augment" and (configs := _layer_configs(value)):
        return {"name": "keras", "options": {"layers": configs}}
    if name == "augment" and not isinstance(value, str | Mapping):
        return _layers(value)
    if name in {"head", "strategy", "augment"}:
        return _choice(value)
    if name == "missing" and isinstance(value, Mapping):
        from tlzoo.data import format_policies

        return format_policies(value)
    return value


def _keras_values(name: str, value: Any) -> Any:
    """Return a Keras object, or each of several metrics, as a recipe has it; names and configurations as they are."""
    if name == "metrics" and not isinstance(value, str):
        return [_keras_value("metric", each) for each in (value if isinstance(value, list | tuple) else [value])]
    return _keras_value(name, value)


def _keras_value(kind: str, value: Any) -> Any:
    if isinstance(value, str) or (isinstance(value, Mapping) and not _has_none(value)):
        return value
    from tlzoo.keras_objects import KerasConfig, config_of, keras_object

    if isinstance(value, Mapping) and "class_name" in value:  # as Keras writes it; a recipe has no None
        value = keras_object(KerasConfig.model_validate(KerasConfig.of_kind(value, kind)), kind)
    return value if isinstance(value, KerasConfig | Mapping) else config_of(value, kind)


def _has_none(value: Any) -> bool:
    """Return whether plain values have None in the options of a Keras object."""
    inside = value.get("config", {}).values() if isinstance(value, Mapping) and "class_name" in value else ()
    return any(each is None or _has_none(each) for each in inside)


def _layer_configs(value: Any) -> list[Any]:
    """Return the configurations of layers, if the value is one, a list of them, or that of a ``Sequential``."""
    if isinstance(value, list | tuple):
        return list(value) if all(isinstance(each, Mapping) and "class_name" in each for each in value) else []
    if not isinstance(value, Mapping) or value.get("name") == "keras":
        return []
    if "class_name" not in value:  # of get_config()
        inside = value.get("layers", ())
    else:
        inside = value.get("config", {}).get("layers", ()) if value["class_name"] == "Sequential" else [value]
    return [each for each in inside if isinstance(each, Mapping) and each.get("class_name") != "InputLayer"]


def _layers(value: Any) -> dict[str, Any]:
    from tlzoo.modalities.augmentation import layer_configs

    return {"name": "keras", "options": {"layers": layer_configs(value)}}


def _layers_option(value: Any) -> dict[str, Any]:
    """Return the layers of the policy ``keras``: objects as a recipe has them, configurations as they are."""
    plain = isinstance(value, list | tuple) and all(isinstance(each, Mapping) for each in value)
    return {"layers": list(value)} if plain else _layers(value)["options"]


def named_choice(choice: Choice) -> Named:
    """Return a head, strategy or augmentation in the format of a recipe."""
    return Named.model_validate(_choice(choice))


def _choice(choice: Choice) -> dict[str, Any]:
    if isinstance(choice, str):
        return {"name": choice, "options": {}}
    if not isinstance(choice, Mapping):
        from tlzoo.runs.opening.components import choice_of

        return choice_of(choice)
    options = {key: value for key, value in choice.items() if key != "name"}
    if choice.get("name") == "keras" and "layers" in options:
        options |= _layers_option(options["layers"])
    return ({"name": choice["name"]} if "name" in choice else {}) | {"options": options}
