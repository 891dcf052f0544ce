"""A head, a strategy or an augmentation, as a recipe names it."""

from __future__ import annotations

import math
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_serializer, model_validator

__all__ = ["Named"]


class Named(BaseModel):
    """A head, a strategy or an augmentation by name, its options beside the name: ``{name = "mlp", units = [512]}``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    options: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"name": value}
        if isinstance(value, dict) and "options" not in value:
            return {"name": value.get("name"), "options": {key: each for key, each in value.items() if key != "name"}}
        return value

    @field_validator("options")
    @classmethod
    def _finite(cls, value: dict[str, Any]) -> dict[str, Any]:
        """Refuse NaN and infinity: JSON and the run's own copy of the recipe do not hold them."""
        for name, each in value.items():
            if not _is_finite(each):
                raise ValueError(f"the option {name!r} is not a finite number")
        return value

    @model_serializer
    def _flatten(self) -> dict[str, Any]:
        return {"name": self.name, **self.options}

    @property
    def chosen(self) -> bool:
        """Whether the recipe itself says the name; a default one was filled in otherwise."""
        return "name" in self.model_fields_set


def _is_finite(value: Any) -> bool:
    """Return whether no number within is NaN or infinite."""
    if isinstance(value, float):
        return math.isfinite(value)
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return all(map(_is_finite, inside))
