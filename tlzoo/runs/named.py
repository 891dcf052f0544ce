"""A head, strategy or augmentation in a recipe."""

from __future__ import annotations

import math
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_serializer, model_validator

__all__ = ["Named"]


class Named(BaseModel):
    """A head, strategy or augmentation: its name and options, as in ``{name = "mlp", units = [512]}``."""

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
        """Reject NaN and infinity, which JSON and the run's copy of the recipe cannot represent."""
        for name, each in value.items():
            if not _is_finite(each):
                raise ValueError(f"the option {name!r} is not a finite number")
        return value

    @model_serializer
    def _flatten(self) -> dict[str, Any]:
        return {"name": self.name, **self.options}

    @property
    def chosen(self) -> bool:
        """Whether the recipe gives the name; otherwise it is the default."""
        return "name" in self.model_fields_set


def _is_finite(value: Any) -> bool:
    """Return whether no number in the value is NaN or infinite."""
    if isinstance(value, float):
        return math.isfinite(value)
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return all(map(_is_finite, inside))
