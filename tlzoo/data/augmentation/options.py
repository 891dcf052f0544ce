"""What an augmentation may do, and how much of it: one number for each operation, 0 or false for none."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, field_validator

__all__ = ["Augmentation", "ImageAugmentation", "TextAugmentation"]

_Share = Annotated[float, Field(ge=0, lt=1)]


class Augmentation(BaseModel):
    """The operations on one kind of sample."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    modality: ClassVar[str]
    usual: ClassVar[dict[str, Any]] = {}
    """What ``true`` stands for, for operations that have a strength."""

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


class ImageAugmentation(Augmentation):
    """Operations on images, in this order: geometry, colour, RandAugment, then MixUp or CutMix on the batch."""

    modality: ClassVar[str] = "vision"
    usual: ClassVar[dict[str, Any]] = {
        "crop": 0.2,
        "rotate": 10.0,
        "shear": 0.1,
        "zoom": 0.1,
        "brightness": 0.2,
        "contrast": 0.2,
        "saturation": 0.2,
        "hue": 0.02,
        "randaugment": 2,
        "mixup": 0.2,
        "cutmix": 1.0,
    }

    flip: bool = Field(default=False, description="mirror half of the samples left to right")
    flip_vertical: bool = Field(default=False, description="mirror half of the samples top to bottom")
    crop: _Share = Field(default=0.0, description="largest share of each side that is cut off, at a random place")
    rotate: float = Field(default=0.0, ge=0, le=180, description="largest angle in degrees, either way")
    shear: float = Field(default=0.0, ge=0, le=1, description="largest slant, as a tangent, along either axis")
    zoom: _Share = Field(default=0.0, description="largest stretch or squeeze of each side: 0.1 for 1/1.1 to 1.1")
    brightness: _Share = Field(default=0.0, description="factor on all values: 0.2 for 0.8 to 1.2")
    contrast: _Share = Field(default=0.0, description="factor on distances from the mean grey: 0.2 for 0.8 to 1.2")
    saturation: _Share = Field(
        default=0.0, description="factor on distances from each pixel's grey: 0.2 for 0.8 to 1.2"
    )
    hue: float = Field(default=0.0, ge=0, le=0.5, description="largest turn of the colour circle, either way, in turns")
    randaugment: int = Field(default=0, ge=0, le=8, description="operations that RandAugment draws for each sample")
    magnitude: float = Field(default=5.0, ge=0, le=10, description="how strong those of RandAugment are, of 10")
    mixup: float = Field(default=0.0, ge=0, description="MixUp: pairs are blended by a share drawn from Beta(a, a)")
    cutmix: float = Field(default=0.0, ge=0, description="CutMix: a box of the partner, its area drawn from Beta(a, a)")


class TextAugmentation(Augmentation):
    """Operations on texts."""

    modality: ClassVar[str] = "text"
    usual: ClassVar[dict[str, Any]] = {"word_dropout": 0.1}

    word_dropout: _Share = Field(default=0.0, description="share of the words that are left out; one stays")
