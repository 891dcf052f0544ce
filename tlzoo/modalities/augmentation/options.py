"""What an augmentation may do, and how much of it: one number for each operation, 0 or false for none."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, field_validator

__all__ = ["Augmentation", "Fraction"]

Fraction = Annotated[float, Field(ge=0, lt=1)]
"""The type of an option from 0 to 1, which 1 itself is not."""


class Augmentation(BaseModel):
    """The operations on one kind of sample."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    modality: ClassVar[str]
    usual: ClassVar[dict[str, Any]] = {}
    """What ``true`` stands for, for operations that have a strength."""

    pairs: ClassVar[frozenset[str]] = frozenset()
    """Operations that pair samples anew at every step, which views cannot keep."""

    views: PositiveInt | None = Field(
        default=None,
        description="versions of a sample that a frozen part computes once and keeps; none: new ones every epoch",
    )

    @property
    def active(self) -> bool:
        """Whether anything is switched on."""
        return any(getattr(self, name) for name in type(self).model_fields if name not in {"views", "magnitude"})

    @property
    def identity(self) -> str:
        """Name what is done to a sample, whatever the number of views."""
        return f"{self.modality} 1: {self.model_dump_json(exclude={'views'})}"

    @field_validator("*", mode="before")
    @classmethod
    def _switched(cls, value: Any, info: Any) -> Any:
        """Let ``false`` and ``true`` switch an operation that has a strength."""
        if isinstance(value, bool) and info.field_name in cls.usual:
            return cls.usual[info.field_name] if value else 0
        return value
