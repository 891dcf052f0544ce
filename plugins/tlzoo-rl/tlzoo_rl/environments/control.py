"""Environments as data sources of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gymnasium
import numpy as np

from tlzoo.data import TrainerData
from tlzoo.errors import EntryError, UsageError
from tlzoo.modalities import require_modality
from tlzoo_rl.environments.frames import IMAGES, OBSERVATIONS, TEXTS
from tlzoo_rl.environments.task import Control
from tlzoo_rl.environments.vectorized import Environments

if TYPE_CHECKING:
    from tlzoo.registry import Entry

__all__ = ["ControlEnvironment"]


@dataclass(frozen=True, eq=False, kw_only=True)
class ControlEnvironment(TrainerData):
    """An environment as a data source; ``make`` creates it.

    ``observation_shape`` and ``dtype`` are those of one observation of ``make``, as adapted by the source.
    ``modality`` is "vision" for images, "text" for strings, otherwise "rl". ``frames`` is the number of images in an
    observation; with more than one, the first axis of an observation is time. ``skip`` is the number of steps for which
    an action is repeated. ``rendered`` marks frames from the environment's renderer.
    ``fingerprint`` is a SHA-256 over the source, the spaces and the code of the environment's module.
    """

    task: Control
    observation_shape: tuple[int, ...]
    dtype: str
    maker: Callable[[str | None], gymnasium.Env[Any, Any]]
    modality: str = OBSERVATIONS
    head: str | None = "policy"
    frames: int = 1
    skip: int = 1
    rendered: bool = False

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """The shape of one raw input of the backbone: an observation, or one image of a stack."""
        return self.observation_shape[1:] if self.frames > 1 else self.observation_shape

    def describe(self) -> dict[str, Any]:
        """Return how observations are made, for the journal."""
        observed = {"modality": self.modality, "shape": list(self.observation_shape), "dtype": self.dtype}
        return {
            "observations": observed | {"frames": self.frames, "skip": self.skip, "rendered": self.rendered},
        }

    def fix_for(self, modality: str) -> str | None:
        """Return the option with which the source has observations of a modality, if there is one."""
        if modality == IMAGES and self.modality == OBSERVATIONS:
            return "use observations=pixels in the source for rendered frames"
        if modality == OBSERVATIONS and self.modality == IMAGES and not self.rendered:
            return "use observations=array in the source to read the images as maps"
        return super().fix_for(modality)

    def make(self, render_mode: str | None = None) -> gymnasium.Env[Any, Any]:
        """Return a new environment; ``render_mode`` is Gymnasium's."""
        return self.maker(render_mode)

    def check(self, entry: Entry) -> None:
        """Raise EntryError if an entry takes observations of another dtype or range, since casting would change them.

        Bounds are compared with a first observation, and not with the space: many spaces declare wider ones.
        """
        taken = entry.input
        if self.modality == IMAGES:
            self._check_size(entry)
        if "dtype" not in taken.field_types:
            return
        fix = "`tlzoo list --modality rl` lists other trunks"
        if taken.dtype == "uint8" != self.dtype:
            raise EntryError(
                f"{entry.id} takes observations of uint8, but those of {self.source} are {self.dtype}",
                f"use a uint8 space with whole numbers from 0 to 255; {fix}",
            )
        if taken.low is None and taken.high is None:
            return
        made = Environments(self, 1)
        try:
            first = made.reset([0])
        finally:
            made.close()
        low = -np.inf if taken.low is None else taken.low
        high = np.inf if taken.high is None else taken.high
        if first.min() < low or first.max() > high:
            raise EntryError(
                f"{entry.id} takes numbers from {low:g} to {high:g}, but observations of {self.source} are from "
                f"{first.min():g} to {first.max():g}",
                fix,
            )

    def _check_size(self, entry: Entry) -> None:
        """Raise EntryError if images are smaller than an entry accepts; it would take enlarged ones."""
        smallest = (require_modality(self.modality).smallest_request(entry.input) or {}).get("image_size")
        height, width = self.frame_shape[:2]
        if smallest is not None and (height < smallest[0] or width < smallest[1]):
            raise EntryError(
                f"{entry.id} needs images of at least {smallest[0]} x {smallest[1]} pixels, but those of {self.source} "
                f"have {height} x {width}",
                "render larger images (tile_size=… for MiniGrid), or use a backbone for smaller ones",
            )

    def check_other(self, other: TrainerData) -> None:
        """Raise UsageError for an environment with other actions or observations than those of the run."""
        super().check_other(other)
        assert isinstance(other, ControlEnvironment)  # checked above
        if other.task != self.task:
            raise UsageError(
                f"{other.source} needs {other.task}, but the run was trained on {self.task} in {self.source}",
                "use an environment with the same actions",
            )
        if other.modality != self.modality or other.frames != self.frames:
            raise UsageError(
                f"{other.source} has {_observed(other)}, but the run was trained on {_observed(self)} in {self.source}",
                "use the same observations and stack",
            )
        if other.input_shape != self.input_shape:  # images of any size are resized
            raise UsageError(
                f"{other.source} has observations of shape {other.input_shape}, but the run was trained on "
                f"{self.input_shape} in {self.source}",
                "use an environment with observations of the same shape",
            )


def _observed(environment: ControlEnvironment) -> str:
    kinds = {IMAGES: "images", TEXTS: "texts"}
    what = kinds.get(environment.modality, "observations")
    return f"stacks of {environment.frames} {what}" if environment.frames > 1 else what
