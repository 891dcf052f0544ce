"""The configuration of a Keras object, as a recipe has it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_serializer, model_validator

from tlzoo.artifacts.formats.keras_config import check_keras_config

__all__ = ["HOMES", "KerasConfig", "without_none"]

HOMES = {
    "optimizer": "keras.optimizers",
    "loss": "keras.losses",
    "metric": "keras.metrics",
    "layer": "keras.layers",
}
"""The module of Keras in which objects of each kind are."""

_LARGEST = 10_000
"""Largest whole number in a configuration: metrics allocate as many thresholds, or its square for classes."""


class KerasConfig(BaseModel):
    """A Keras object as plain values: ``{class_name = "SGD", config = {momentum = 0.9}}``.

    ``module`` and ``registered_name`` are as Keras writes them. Without both, the class is one of Keras's own.

    Raises BytesRefusedError where the class, or any class within, is neither Keras's nor registered, or holds code.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    class_name: str
    config: dict[str, Any] = Field(default_factory=dict)
    module: str | None = None
    registered_name: str | None = None

    @classmethod
    def of_kind(cls, value: Any, kind: str) -> Any:
        """Return the value with the home of its kind, where it is a configuration that names no module.

        Raises ValueError for a mapping that is not a configuration.
        """
        if isinstance(value, Mapping) and "class_name" not in value:
            raise ValueError(
                f"has no class_name; pass the {kind} itself, or keras.saving.serialize_keras_object({kind})"
            )
        if isinstance(value, Mapping) and "class_name" in value and not value.get("registered_name"):
            return {"module": HOMES[kind], **value}
        return value

    @classmethod
    def of_metric(cls, value: Any) -> Any:
        """Return a metric, or the name of its class, as a configuration with a name for the history."""
        if isinstance(value, str) and not value.isidentifier():
            raise ValueError("must be the name of a Keras metric, such as AUC")
        found = cls.of_kind({"class_name": value} if isinstance(value, str) else value, "metric")
        if not isinstance(found, dict) or "name" in (config := found.get("config") or {}):
            return found
        words = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", str(found.get("class_name")))
        snake = re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()
        return {**found, "config": {"name": snake, **config}}

    @model_validator(mode="after")
    def _checked(self) -> KerasConfig:
        check_keras_config(self.to_keras(), f"the configuration of {self.class_name}")
        if not _is_finite(self.config):
            raise ValueError(f"{self.class_name} has a number that is not finite")
        if (large := _first_large(self.config)) is not None:
            raise ValueError(f"{self.class_name} has the number {large}, above {_LARGEST}: it may need all memory")
        return self

    @model_serializer
    def _short(self) -> dict[str, Any]:
        plain = {"class_name": self.class_name, "module": self.module, "registered_name": self.registered_name}
        return {key: value for key, value in plain.items() if value is not None} | {"config": self.config}

    def to_keras(self) -> dict[str, Any]:
        """Return what ``keras.saving.deserialize_keras_object`` takes."""
        return {
            "module": self.module,
            "class_name": self.class_name,
            "config": self.config,
            "registered_name": self.registered_name,
        }

    def __str__(self) -> str:
        """Return the name of the class."""
        return self.class_name


def without_none(value: Any) -> Any:
    """Return plain values without keys that are None: TOML has no word for it."""
    if isinstance(value, Mapping):
        return {key: without_none(each) for key, each in value.items() if each is not None}
    return [without_none(each) for each in value] if isinstance(value, list | tuple) else value


def _first_large(value: Any) -> int | None:
    """Return the first whole number that may be a size and is too large; seeds are not sizes."""
    if isinstance(value, int):
        return value if abs(value) > _LARGEST else None
    inside = [each for key, each in value.items() if key != "seed"] if isinstance(value, dict) else value
    found = map(_first_large, inside if isinstance(inside, list) else ())
    return next((each for each in found if each is not None), None)


def _is_finite(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return all(map(_is_finite, inside))
