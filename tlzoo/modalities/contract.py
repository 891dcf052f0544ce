"""The Modality contract: a kind of raw input, and all that follows from it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tlzoo.errors import EntryError, UsageError
from tlzoo.modalities.raw_inputs import RawInputs, fits

if TYPE_CHECKING:
    from pathlib import Path

    import tensorflow as tf
    from numpy.typing import NDArray

    from tlzoo.backbones.contract import Backbone, LoadRequest, Preprocessing
    from tlzoo.data.contract import Dataset, Examples
    from tlzoo.data.duplicates.clusters import Cluster
    from tlzoo.data.inputs import Inputs
    from tlzoo.data.inspection.facts import InputFacts
    from tlzoo.modalities.augmentation.augmenter import Augmenter
    from tlzoo.modalities.augmentation.options import Augmentation
    from tlzoo.progress import Progress
    from tlzoo.registry import Entry, InputContract

__all__ = ["Glimpse", "Modality", "RawReader"]


@dataclass(frozen=True, slots=True)
class RawReader:
    """How raw input enters a serving graph.

    ``name`` is the argument of the serving signature; ``read`` takes one raw input, of this ``dtype`` and ``shape``, to
    what ``Preprocessing.prepare`` takes, in TensorFlow operations. A size of None may differ between calls, not within
    a batch.
    """

    name: str
    read: Callable[[tf.Tensor], tf.Tensor]
    dtype: str
    shape: tuple[int | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What a page shows of one raw input.

    ``image`` is a picture of it, (height, width, 1 or 3), 0 to 255; ``texts`` are its parts if it is text; ``facts``
    are a few words such as ``1.0 s, 16 kHz``.
    """

    image: NDArray[np.generic] | None = None
    texts: tuple[str, ...] = ()
    facts: str = ""


class Modality(ABC):
    """A modality: stateless, made without arguments. The hook ``tlzoo_modalities`` returns its class.

    What has no abstract mark has a default.
    """

    __slots__ = ()

    name: ClassVar[str]
    """The name of the modality, as entries and examples have it."""

    argument: ClassVar[str]
    """The argument of its serving signatures, a plural: ``images``. No other modality has it."""

    serving_batch: ClassVar[int] = 32
    """How many inputs ``predict`` gives a serving graph at once."""

    most_compared: ClassVar[int | None] = None
    """The most samples among which near duplicates are searched before training; None for any number."""

    memory_options: ClassVar[tuple[str, ...]] = ()
    """Options of inputs in memory, which ``read_in_memory`` gets where the user names the modality: ``("rate",)``."""

    is_pictures: ClassVar[bool] = False
    """Whether raw inputs are pictures: then a report shows where in them the network saw a class."""

    # --- raw input ---

    @abstractmethod
    def raw_reader(self, preprocessing: Preprocessing, examples: Examples | None = None) -> RawReader:
        """Return how a serving graph takes raw input like these ``examples``; None for their usual form."""

    def raw_inputs(self, shape: tuple[int | None, ...], contract: InputContract | None = None) -> RawInputs:  # noqa: ARG002
        """Return what reads the inputs that people give for predictions.

        ``shape`` is the raw reader's, ``contract`` that of the run's backbone; None if its entry is not known here.
        """
        return RawInputs(self.argument, shape)

    def read_in_memory(
        self,
        parts: Sequence[Any],  # noqa: ARG002 - of those that know inputs in memory
        where: str,  # noqa: ARG002
        options: Mapping[str, str],  # noqa: ARG002
        progress: Progress,  # noqa: ARG002
    ) -> Inputs | None:
        """Return inputs that people have in memory, as a data adapter has them; None if they are not of this modality.

        ``tlzoo.train(data=(x, y))`` asks the modalities one after the other: the core's own, then those of plugins.

        Args:
            parts: ``x`` of each split, or the only one: an array of numbers (N, …), or a list of anything else, such as
                arrays, paths, bytes or strings. The inputs are returned one behind the other.
            where: What errors and ``examples.name`` call the data.
            options: Options of the source. Where ``modality`` is one of them, the user named this modality.
            progress: Shows how much is read.

        Raises:
            DataError: For inputs of this modality that cannot be used.
        """
        return None

    # --- raw input of Keras models ---

    def array_reader(self, preprocessing: Preprocessing) -> RawReader:
        """Return how raw inputs in memory enter a Keras model, such as ``backbone.layer()``.

        Usually as they enter a serving graph. Where that takes encoded files, arrays are what they decode to.
        """
        return self.raw_reader(preprocessing)

    def check_batch(self, reader: RawReader, shape: tuple[int | None, ...], dtype: str) -> None:
        """Raise UsageError for a tensor that cannot be a batch of raw inputs, as far as its shape and type say.

        ``reader`` is the array reader. A size of None is not known yet.
        """
        wanted = ", ".join(["batch", *("any" if each is None else str(each) for each in reader.shape)])
        fix = f'give {reader.dtype} ({wanted}): keras.Input({reader.shape}, dtype="{reader.dtype}")'
        if (reader.dtype == "string") != (dtype == "string"):
            given = "strings" if dtype == "string" else f"{dtype} {shape}"
            raise UsageError(f"the layer takes {reader.name}, not {given}", fix)
        if not shape or not fits(reader.shape, shape[1:]):
            raise UsageError(f"the layer takes {reader.name} ({wanted}), not shape {shape}", fix)

    def read_batch(self, reader: RawReader, batch: Any) -> Any:
        """Return a batch of raw inputs that was checked, with the type and axes that the array reader takes."""
        import tensorflow as tf

        return tf.cast(batch, reader.dtype)

    # --- backbones ---

    def check_request(self, entry: Entry, request: LoadRequest) -> None:
        """Raise EntryError for a request that an entry of this modality cannot meet, before anything is loaded."""
        self.refuse_image_size(entry, request)
        self.refuse_sequence_length(entry, request)

    def refuse_image_size(self, entry: Entry, request: LoadRequest) -> None:
        """Raise EntryError if the request has an image size."""
        if request.image_size is not None:
            raise EntryError(f"{entry.id} takes {entry.modality} and no image size", "leave out the image size")

    def refuse_sequence_length(self, entry: Entry, request: LoadRequest) -> None:
        """Raise EntryError if the request has a sequence length."""
        if request.sequence_length is not None:
            what = f"{entry.id} takes {entry.modality} and no sequence length"
            raise EntryError(what, "leave out the sequence length")

    def trained_input(
        self,
        contract: InputContract,
        preprocessing: Preprocessing,  # noqa: ARG002 - of those that have sizes
        *,
        image_size: int | None = None,  # noqa: ARG002
        sequence_length: int | None = None,  # noqa: ARG002
    ) -> InputContract:
        """Return the contract of a backbone that was trained in this size, for ``tlzoo publish``."""
        return contract

    def published_request(self, contract: InputContract, request: LoadRequest) -> LoadRequest:  # noqa: ARG002
        """Return the request for the architecture of a published entry with this contract: in its size."""
        return request

    # --- checks and statistics of data ---

    def check_examples(self, entry: Entry, examples: Any) -> None:  # noqa: B027 - nothing to check is usual
        """Raise UsageError for data of this modality that the entry cannot take, before anything is loaded."""

    def preprocessing_problems(self, entry: Entry, backbone: Backbone) -> tuple[str, ...]:  # noqa: ARG002
        """Return where the backbone's preprocessing differs from the entry's contract."""
        return ()

    def data_problems(self, entry: Entry, backbone: Backbone, examples: Examples) -> tuple[str, ...]:  # noqa: ARG002
        """Return why these data do not suit the backbone. A few of them are read."""
        return ()

    def statistics(self, examples: Examples, indices: np.ndarray) -> Mapping[str, Sequence[float]]:  # noqa: ARG002
        """Return mean and standard deviation of simple properties: closeness to the data of an entry is their distance.

        Entries have them under ``training.statistics``, by the same names.
        """
        return {}

    def near_duplicates(
        self,
        examples: Examples,  # noqa: ARG002 - of those that can compare inputs
        advance: Callable[[int], None] = lambda _done: None,  # noqa: ARG002
    ) -> list[Cluster]:
        """Return sets of positions of inputs that are nearly the same. ``advance`` is told how many were just read."""
        return []

    def facts(self, examples: Examples, advance: Callable[[int], None] = lambda _done: None) -> InputFacts | None:  # noqa: ARG002
        """Return what ``tlzoo data inspect`` says of the inputs; None for nothing."""
        return None

    def baseline_features(self, examples: Examples, indices: np.ndarray) -> tuple[str, np.ndarray] | None:  # noqa: ARG002
        """Return the name and the features (N, D) of a baseline without a network, for rankings; None for none."""
        return None

    # --- augmentation ---

    def augmentation(self) -> type[Augmentation] | None:
        """Return the options of augmentation; None if there is none."""
        return None

    def policies(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the options of the policies ``light``, ``standard`` and ``strong``; what is left out is off."""
        return {}

    def augmenter(self, options: Augmentation, shape: tuple[int, ...]) -> Augmenter:  # noqa: ARG002 - of augmentations
        """Return what augments prepared samples of this shape; raise UsageError if they cannot be augmented."""
        raise UsageError(f"samples of shape {shape} cannot be augmented", "leave out `augment`")

    def suited(
        self,
        options: Augmentation,
        asked: Collection[str],  # noqa: ARG002 - of those who look at the data
        data: Dataset,  # noqa: ARG002
    ) -> tuple[Augmentation | None, tuple[str, ...]]:
        """Return what of an augmentation suits the data, None for nothing, and notes on what is left out.

        ``asked`` are the options that the user named.
        """
        return options, ()

    # --- pages ---

    def glimpse(self, raw: tf.Tensor) -> Glimpse:  # noqa: ARG002 - of those who show something
        """Return what reports and pages show of one raw input."""
        return Glimpse()

    def preview_preparation(self, image_size: tuple[int, int] | None) -> Callable[[Any], Any] | None:  # noqa: ARG002
        """Return what prepares raw inputs for a preview of augmentation without a backbone; None for nothing."""
        return None

    def preview(self, samples: np.ndarray, versions: Sequence[np.ndarray]) -> bytes | tuple[tuple[str, ...], ...]:
        """Return a preview of samples (N, …) and their versions: a PNG file, or rows of texts, the sample's first."""
        raise UsageError(f"{self.name} has no preview of {len(versions)} versions of {len(samples)} samples")

    # --- the SavedModels of other publishers ---

    def module_inputs(self, entry: Entry, files: Mapping[str, Path], request: LoadRequest) -> tuple[Preprocessing, Any]:
        """Return the preprocessing of a SavedModel without one of tlzoo, and its symbolic inputs."""
        del files, request
        raise EntryError(f"{entry.id}: a SavedModel cannot take {entry.modality}", "name a loader of a plugin")

    # --- the conformance kit ---

    @abstractmethod
    def made_up_inputs(self, contract: InputContract, generator: np.random.Generator, count: int) -> list[Any]:
        """Return raw inputs as a data adapter would give them: arrays, or str."""

    def odd_inputs(self, contract: InputContract, generator: np.random.Generator) -> list[Any]:
        """Return raw inputs at the edges of what may come."""
        return self.made_up_inputs(contract, generator, 2)

    def contract_problems(self, contract: InputContract, backbone: Backbone, ready: Any) -> Iterator[str]:  # noqa: ARG002
        """Yield where a backbone's input is not what the contract declares. ``ready`` is a batch of its input."""
        yield from ()

    def sample_problem(self, sample: Any) -> str | None:  # noqa: ARG002 - of those with a range
        """Return what is wrong with the values of a prepared sample, or None."""
        return None

    def unknown_shape(self, raw: np.ndarray) -> tuple[int | None, ...]:
        """Return the shape of a raw input as a pipeline knows it: None for sizes that differ between inputs."""
        return raw.shape

    def smallest_request(self, contract: InputContract) -> Mapping[str, Any] | None:  # noqa: ARG002
        """Return the fields of the LoadRequest of the smallest input, None if there is one size alone."""
        return None

    def refused_requests(self, contract: InputContract) -> Sequence[Mapping[str, Any]]:  # noqa: ARG002
        """Return fields of LoadRequests that have to raise EntryError."""
        return ()
