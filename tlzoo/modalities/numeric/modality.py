"""The modality of numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np

from tlzoo.errors import EntryError
from tlzoo.modalities.contract import Glimpse, Modality, RawReader

if TYPE_CHECKING:
    from pathlib import Path

    import tensorflow as tf

    from tlzoo.backbones.contract import Backbone, LoadRequest, Preprocessing
    from tlzoo.data.contract import Examples
    from tlzoo.data.inputs import Inputs
    from tlzoo.data.inspection.facts import InputFacts
    from tlzoo.modalities.numeric.raw_inputs import NumberInputs
    from tlzoo.modalities.portable import PortablePreparation
    from tlzoo.progress import Progress
    from tlzoo.registry import Entry, InputContract

__all__ = ["Numeric"]

_COLUMNS = 8
"""Number of columns of artificial inputs if the contract does not declare it."""
_SHOWN = 8


@final
class Numeric(Modality):
    """Rows of numbers: float32 (columns,). An entry takes any number of columns unless its contract declares one."""

    __slots__ = ()

    name: ClassVar = "numeric"
    hub_word: ClassVar = "tabular"
    argument: ClassVar = "numbers"
    serving_batch: ClassVar = 1024

    def raw_reader(self, preprocessing: Preprocessing, examples: Examples | None = None) -> RawReader:  # noqa: ARG002
        """Take rows unchanged."""
        return RawReader(self.argument, _as_it_is, "float32", preprocessing.shape)

    def raw_inputs(self, shape: tuple[int | None, ...], contract: InputContract | None = None) -> NumberInputs:  # noqa: ARG002
        """Take arrays, lists, and texts of numbers separated by commas."""
        from tlzoo.modalities.numeric.raw_inputs import NumberInputs

        return NumberInputs(self.argument, shape)

    def portable_preparation(self, settings: Mapping[str, Any], folder: Path) -> PortablePreparation | None:  # noqa: ARG002
        """Take rows unchanged."""
        return np.asarray if settings.get("kind") == "array" else None

    def read_in_memory(
        self,
        parts: Sequence[Any],
        where: str,
        options: Mapping[str, str],
        progress: Progress,  # noqa: ARG002 - the numbers are there
    ) -> Inputs | None:
        """Take arrays (N, columns)."""
        from tlzoo.modalities.numeric.number_rows import read_numbers

        return read_numbers(parts, where, named="modality" in options)

    def check_request(self, entry: Entry, request: LoadRequest) -> None:
        """Refuse another number of columns than declared in the contract."""
        self.refuse_image_size(entry, request)
        self.refuse_sequence_length(entry, request)
        own, asked = entry.input.columns, request.input_shape
        if own is not None and asked is not None and asked != (own,):
            raise EntryError(f"{entry.id} takes {own} columns of numbers, but the data have {asked[0]}")

    def trained_input(
        self,
        contract: InputContract,
        preprocessing: Preprocessing,
        *,
        image_size: int | None = None,  # noqa: ARG002 - of other modalities
        sequence_length: int | None = None,  # noqa: ARG002
    ) -> InputContract:
        """Return the contract with the number of columns of the run's data."""
        return contract.with_fields(columns=preprocessing.shape[0])

    def published_request(self, contract: InputContract, request: LoadRequest) -> LoadRequest:
        """Request the contract's number of columns."""
        return request if contract.columns is None else replace(request, input_shape=(contract.columns,))

    def facts(self, examples: Examples, advance: Callable[[int], None] = lambda _done: None) -> InputFacts | None:
        """Return the number of columns and their range."""
        from tlzoo.modalities.numeric.facts import number_facts

        return number_facts(examples, advance)

    def glimpse(self, raw: tf.Tensor) -> Glimpse:
        """Show the first numbers."""
        row = raw.numpy()
        rest = f", … ({len(row)} numbers)" if len(row) > _SHOWN else ""
        return Glimpse(facts=", ".join(f"{value:.4g}" for value in row[:_SHOWN]) + rest)

    def made_up_inputs(self, contract: InputContract, generator: np.random.Generator, count: int) -> list[Any]:
        """Return rows of normally distributed numbers."""
        return [generator.normal(size=contract.columns or _COLUMNS).astype(np.float32) for _ in range(count)]

    def odd_inputs(self, contract: InputContract, generator: np.random.Generator) -> list[Any]:
        """Return zeros, large numbers and small numbers."""
        (row,) = self.made_up_inputs(contract, generator, 1)
        return [np.zeros_like(row), row * np.float32(1e6), row * np.float32(1e-6)]

    def contract_problems(self, contract: InputContract, backbone: Backbone, ready: Any) -> Iterator[str]:  # noqa: ARG002
        """Compare the number of columns."""
        shape = backbone.preprocessing.shape
        if contract.columns is not None and shape != (contract.columns,):
            yield f"input.columns is {contract.columns} in the registry, {shape} by the loader"


def _as_it_is(raw: tf.Tensor) -> tf.Tensor:
    return raw
