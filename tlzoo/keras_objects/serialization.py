"""From Keras objects to configurations, and back."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from typing import Any

from tlzoo.errors import BytesRefusedError, UsageError, did_you_mean
from tlzoo.keras_objects.config import HOMES, KerasConfig, without_none

__all__ = ["ACCURACY", "config_of", "keras_object"]

ACCURACY = frozenset({"acc", "accuracy"})
"""Keras's short names of a metric that every classification reports anyway."""

_BASES = {"optimizer": "Optimizer", "loss": "Loss", "metric": "Metric", "layer": "Layer"}
_DERIVED = {"build_config", "shared_object_id"}
"""Keys that Keras writes and that follow from the rest."""
_UNUSABLE = {
    "LossScaleOptimizer": 'give precision="mixed_float16", which scales the loss by itself',
    "MultiOptimizer": "give one optimizer; strategies have a learning rate for each group of variables",
}


def config_of(value: Any, kind: str) -> dict[str, Any]:
    """Return the configuration of a Keras object: plain values for a recipe, which ``KerasConfig`` reads.

    ``kind`` is ``optimizer``, ``loss``, ``metric`` or ``layer``. A learning rate that is the default of the optimizer's
    class is left out.

    Raises UsageError for what is not such an object of Keras 3 on TensorFlow, and for one that cannot be made again
    from its configuration.
    """
    _check_kind(value, kind)
    import keras

    plain = _plain(keras.saving.serialize_keras_object(value))
    plain["config"] = {**_left_out(value), **plain["config"]}
    if kind == "optimizer":
        _settle_learning_rate(plain, type(value))
    found: dict[str, Any] = without_none(plain)
    try:
        made = keras_object(KerasConfig.model_validate(found), kind)
    except BytesRefusedError as error:
        raise UsageError(error.what, error.fix) from error
    lost = _first_difference(_settings(value), _settings(made), {"learning_rate"} if kind == "optimizer" else set())
    if lost is not None:
        raise UsageError(
            f"{type(value).__name__} cannot be made again from its configuration: {lost} is lost",
            "complete its get_config(), and give numbers in place of None",
        )
    return found


def keras_object(config: KerasConfig, kind: str, **changed: Any) -> Any:
    """Return the object of a configuration that was checked, with these options ``changed``.

    Raises UsageError where Keras cannot make it, or it is of another kind.
    """
    import keras

    described = config.to_keras()
    described["config"] = {**config.config, **changed}
    if kind == "metric":
        described["class_name"] = _metric_class(config)
    try:
        made = keras.saving.deserialize_keras_object(described, safe_mode=True)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        home = keras.saving if config.registered_name else _public(HOMES[kind])
        if not config.registered_name and not hasattr(home, config.class_name):
            known = [name for name, each in vars(home).items() if isinstance(each, type)]
            raise UsageError(
                f"Keras has no {kind} {config.class_name!r}", did_you_mean(config.class_name, known)
            ) from error
        said = " ".join(str(error).partition("Exception encountered: ")[2].split() or str(error).split())
        raise UsageError(f"Keras cannot make the {kind} {config.class_name}: {said:.300}", "see its options") from error
    if not isinstance(made, getattr(_public(HOMES[kind]), _BASES[kind])):
        raise UsageError(f"{config.class_name} is not {_article(kind)} {kind} of Keras", f"give one of {HOMES[kind]}")
    return made


def _metric_class(config: KerasConfig) -> str:
    """Return the name of a metric's class, also for Keras's short names: ``auc`` is AUC, ``mse`` MeanSquaredError."""
    name = config.class_name
    if config.registered_name or not name.islower():
        return name
    if name in ACCURACY:
        raise UsageError(f"the metric {name!r} is for classes", "name a metric of this task, or leave it out")
    import keras

    try:
        return type(keras.metrics.get(name)).__name__
    except ValueError:
        return name


def _settings(value: Any) -> dict[str, Any]:
    """Return all settings of an object, those included that its ``get_config`` forgets."""
    return {**_left_out(value), **value.get_config()}


def _left_out(value: Any) -> dict[str, Any]:
    """Return arguments of an object's function that its class takes: Keras's own Huber forgets its delta."""
    taken = inspect.signature(type(value)).parameters
    kept = getattr(value, "_fn_kwargs", {})
    return {name: _plain(each) for name, each in kept.items() if name in taken}


def _check_kind(value: Any, kind: str) -> None:
    home, base = HOMES[kind], _BASES[kind]
    article = _article(kind)
    if inspect.isfunction(value):
        fix = f"register a class derived from {home}.{base}, or name one of {home}"
        if isinstance(cls := getattr(_public(home), _camel(value.__name__), None), type):
            fix = f"write {home}.{cls.__name__}()"
        raise UsageError(f"{kind} is the function {value.__name__}, not an object", fix)
    if isinstance(value, type):
        raise UsageError(f"{kind} is the class {value.__name__}, not an object", f"write {value.__name__}()")
    import keras

    if keras.backend.backend() != "tensorflow":
        raise UsageError(
            f"Keras runs on {keras.backend.backend()} in this process, and tlzoo trains on TensorFlow",
            "set KERAS_BACKEND=tensorflow before Keras is imported",
        )
    if not isinstance(value, getattr(_public(home), base)):
        cls = type(value)
        same = cls.__name__ if hasattr(_public(home), cls.__name__) else base
        raise UsageError(
            f"{kind} is {cls.__module__}.{cls.__qualname__}, not {article} {kind} of Keras 3", f"give {home}.{same}(…)"
        )
    if type(value).__name__ in _UNUSABLE:
        raise UsageError(f"the {kind} cannot be a {type(value).__name__}", _UNUSABLE[type(value).__name__])


def _public(module: str) -> Any:
    import keras

    return getattr(keras, module.removeprefix("keras."))


def _settle_learning_rate(plain: dict[str, Any], cls: type) -> None:
    rate = plain["config"].get("learning_rate")
    if isinstance(rate, Mapping):
        raise UsageError(
            f"the learning rate of {cls.__name__} is a schedule, {rate.get('class_name')}, not a number",
            "leave it out: phases have schedules of their own, such as schedule='cosine'",
        )
    default = inspect.signature(cls).parameters.get("learning_rate")
    if rate is not None:
        rate = float(f"{rate:.6g}")  # Keras returns it from a float32
    if default is not None and rate == default.default:
        del plain["config"]["learning_rate"]
    else:
        plain["config"]["learning_rate"] = rate


def _plain(value: Any) -> Any:
    """Return a configuration as JSON has it, without what follows from the rest."""
    without = _without(value)
    return json.loads(json.dumps(without, default=lambda each: each.tolist() if hasattr(each, "tolist") else str(each)))


def _without(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without(each) for key, each in value.items() if key not in _DERIVED}
    return [_without(each) for each in value] if isinstance(value, list | tuple) else value


def _first_difference(given: Mapping[str, Any], made: Mapping[str, Any], left_out: set[str]) -> str | None:
    one, other = _plain(dict(given)), _plain(dict(made))
    return next((key for key in one if key not in left_out and one[key] != other.get(key)), None)


def _camel(name: str) -> str:
    """Return ``mean_squared_error`` as ``MeanSquaredError``."""
    return "".join(word.capitalize() for word in name.split("_"))


def _article(kind: str) -> str:
    return "an" if kind == "optimizer" else "a"
