"""The head that returns boxes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, PositiveInt

from ..feature_pyramid import FeaturePyramid
from .candidates import FIRST_DISTANCE, FIRST_LOGIT, INITIAL_DISTANCE

if TYPE_CHECKING:
    import keras

    from tlzoo.heads import Level
    from tlzoo.tasks import OutputForm, Task

__all__ = ["PyramidBoxes"]

_GROUPS = 16
_SPREAD = 0.01
_PRIOR = 0.01


class PyramidBoxes(FeaturePyramid):
    """A detector without anchors: each cell of a feature pyramid predicts a box around it and its class.

    FCOS (Tian et al. 2019, arXiv 1904.01355, section 3) with a quality focal loss instead of its centerness (Li et al.
    2020, arXiv 2006.04388, eq. 3), so scores are estimates of the overlap with the true box. Convolutions after the
    pyramid are shared by all levels and by boxes and classes.
    """

    name: ClassVar[str] = "fcos"
    output_form: ClassVar[OutputForm] = "boxes"
    # 0.01 is for a linear head. On 80 images with symbols of six kinds and a frozen EfficientNet-Lite0 (one seed), the
    # mAP was 9 % with 0.01, 20 % with 0.003 and 16 % with 0.001.
    advises: ClassVar[Mapping[str, float | str]] = MappingProxyType({"head_rate": 3e-3})

    levels: PositiveInt = Field(default=3, description="number of levels: the coarsest resolutions of the backbone")
    depth: PositiveInt = Field(default=2, description="number of convolutions after the pyramid")

    def build(self, shape: tuple[Level, ...], task: Task, seed: int) -> keras.Model:
        """Return the maps (batch, height, width, channels) of all levels to candidates for boxes."""
        import keras
        from keras import initializers, layers

        from .layers import BoxCandidates

        inputs, maps = self.pyramid(shape, seed)
        first = seed + 3 * len(maps)
        tower = [layer for at in range(self.depth) for layer in self._convolution(at, first + at)]

        def predicting(name: str, outputs: int, bias: float, seed: int) -> Any:
            kernel = initializers.RandomNormal(stddev=_SPREAD, seed=seed)
            return layers.Conv2D(
                outputs,
                3,
                padding="same",
                kernel_initializer=kernel,
                bias_initializer=initializers.Constant(bias),
                dtype="float32",
                name=name,
            )

        distances = predicting("distances", FIRST_LOGIT - FIRST_DISTANCE, INITIAL_DISTANCE, first + self.depth)
        prior = math.log(_PRIOR / (1 - _PRIOR))
        logits = predicting("logits", task.outputs - FIRST_LOGIT, prior, first + self.depth + 1)
        found = []
        for level, x in zip(shape, maps, strict=True):
            for layer in tower:
                x = layer(x)  # noqa: PLW2901 - the next layer's input
            candidates = BoxCandidates(dtype="float32", name=f"candidates_{level.stage}")
            found.append(candidates([distances(x), logits(x)]))
        outputs = found[0] if len(found) == 1 else layers.Concatenate(axis=1, dtype="float32", name="candidates")(found)
        return keras.Model(inputs if len(inputs) > 1 else inputs[0], outputs, name="head")

    def _convolution(self, at: int, seed: int) -> list[Any]:
        """Return a convolution with group normalization, whose statistics are those of each sample and level."""
        from keras import initializers, layers

        return [
            layers.Conv2D(
                self.units,
                3,
                padding="same",
                use_bias=False,
                kernel_initializer=initializers.HeUniform(seed=seed),
                dtype="float32",
                name=f"convolution_{at}",
            ),
            layers.GroupNormalization(math.gcd(_GROUPS, self.units), dtype="float32", name=f"group_normalize_{at}"),
            layers.Activation("relu", dtype="float32", name=f"relu_{at}"),
        ]
