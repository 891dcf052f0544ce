"""The modality of observations in environments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np

from tlzoo.errors import EntryError
from tlzoo.modalities import Modality, RawReader

if TYPE_CHECKING:
    import tensorflow as tf

    from tlzoo.backbones import Backbone, LoadRequest, Preprocessing
    from tlzoo.data import Examples
    from tlzoo.registry import Entry, InputContract
    from tlzoo_rl.raw_inputs import ObservationInputs

__all__ = ["Observations"]


@final
class Observations(Modality):
    """Observations of an environment: arrays of one shape and dtype."""

    __slots__ = ()

    name: ClassVar = "rl"
    argument: ClassVar = "observations"
    advises: ClassVar = MappingProxyType({"unfreeze": "all"})  # trunks are small, and the lowest layers may not fit

    def raw_reader(self, preprocessing: Preprocessing, examples: Examples | None = None) -> RawReader:  # noqa: ARG002
        """Return a reader that does not change observations."""
        return RawReader(self.argument, _as_it_is, preprocessing.dtype, preprocessing.shape)

    def raw_inputs(self, shape: tuple[int | None, ...], contract: InputContract | None = None) -> ObservationInputs:  # noqa: ARG002
        """Take arrays of the environment's shape, or texts."""
        from tlzoo_rl.raw_inputs import ObservationInputs

        return ObservationInputs(self.argument, shape)

    def check_request(self, entry: Entry, request: LoadRequest) -> None:
        """Refuse shapes other than that of the pretrained weights; with random weights the loader decides."""
        self.refuse_image_size(entry, request)
        self.refuse_sequence_length(entry, request)
        asked, own = request.input_shape, entry.input.shape
        if asked is None or asked == own or request.weights == "random":
            return
        fix = "--weights random takes any shape that the architecture can have"
        if len(own) == len(asked) == 1:
            some = ",".join(map(str, range(own[0])))
            adapted = f"?pad={own[0]}" if asked[0] < own[0] else f"?observations={some}"
            fix = f"add {adapted} to the source string; {fix}"
        what = f"{entry.id} takes observations of shape {own}, but those of the environment have shape {asked}"
        raise EntryError(what, fix)

    def trained_input(
        self,
        contract: InputContract,
        preprocessing: Preprocessing,
        *,
        image_size: int | None = None,  # noqa: ARG002 - for other modalities
        sequence_length: int | None = None,  # noqa: ARG002
    ) -> InputContract:
        """Return the contract with the shape of the run's environment."""
        return contract.with_fields(shape=preprocessing.shape)

    def published_request(self, contract: InputContract, request: LoadRequest) -> LoadRequest:
        """Request the contract's shape unless another is requested."""
        return replace(request, input_shape=request.input_shape or contract.shape)

    def made_up_inputs(self, contract: InputContract, generator: np.random.Generator, count: int) -> list[Any]:
        """Return observations between the contract's bounds."""
        low = -1.0 if contract.low is None else contract.low
        high = 1.0 if contract.high is None else contract.high
        return [generator.uniform(low, high, contract.shape).astype(contract.dtype) for _ in range(count)]

    def odd_inputs(self, contract: InputContract, generator: np.random.Generator) -> list[Any]:
        """Return zeros, and an observation between the bounds."""
        return [np.zeros(contract.shape, contract.dtype), *self.made_up_inputs(contract, generator, 1)]

    def contract_problems(self, contract: InputContract, backbone: Backbone, ready: Any) -> Iterator[str]:  # noqa: ARG002
        """Compare the shape."""
        shape = backbone.preprocessing.shape
        if shape != contract.shape:
            yield f"input.shape is {contract.shape} in the registry, but {shape} from the loader"


def _as_it_is(raw: tf.Tensor) -> tf.Tensor:
    return raw
