"""The Modality contract: reading, checks, statistics, augmentation and pages of a kind of raw input."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tlzoo.errors import EntryError, UsageError
from tlzoo.modalities.portable import PortablePreparation
from tlzoo.modalities.raw_inputs import RawInputs, fits

if TYPE_CHECKING:
    from pathlib import Path

    import tensorflow as tf
    from numpy.typing import NDArray

    from tlzoo.backbones.contract import Backbone, LoadRequest, Preprocessing
    from tlzoo.backbones.instructions import Instructions
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
    """Reader of raw input in a serving graph.

    ``name`` is the argument of the serving signature. ``read`` converts one raw input of this ``dtype`` and ``shape``
    to the input of ``Preprocessing.prepare``, in TensorFlow operations. A size of None may differ between calls, not
    within a batch. ``settings`` are JSON for ``Modality.portable_preparation``, such as a background.
    """

    name: str
    read: Callable[[tf.Tensor], tf.Tensor]
    dtype: str
    shape: tuple[int | None, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Glimpse:
    """One raw input on a page.

    ``image`` is its image, (height, width, 1 or 3), 0 to 255; ``texts`` are the parts of a text; ``facts``
    are a few words such as ``1.0 s, 16 kHz``.
    """

    image: NDArray[np.generic] | None = None
    texts: tuple[str, ...] = ()
    facts: str = ""


class Modality(ABC):
    """A modality: stateless, made without arguments. The hook ``tlzoo_modalities`` returns its class.

    Methods that are not abstract have a default.
    """

    __slots__ = ()

    name: ClassVar[str]
    """The name of the modality in entries and examples."""

    argument: ClassVar[str]
    """The unique argument of its serving signatures, a plural: ``images``."""

    serving_batch: ClassVar[int] = 32
    """Batch size of ``predict``."""

    most_compared: ClassVar[int | None] = None
    """Largest number of samples to search near duplicates in before training; None for any number."""

    memory_options: ClassVar[tuple[str, ...]] = ()
    """Options of inputs in memory, which ``read_in_memory`` gets where the user names the modality: ``("rate",)``."""

    hub_word: ClassVar[str] = ""
    """The modality in names of tasks on the Hugging Face Hub, such as ``image`` in ``image-classification``."""

    is_pictures: ClassVar[bool] = False
    """Whether raw inputs are images; a report then shows class activation maps."""

    advises: ClassVar[Mapping[str, float | str]] = MappingProxyType({})
    """Defaults of strategy options with backbones of this modality; those of the head (``Head.advises``) come first."""

    # --- raw input ---

    @abstractmethod
    def raw_reader(self, preprocessing: Preprocessing, examples: Examples | None = None) -> RawReader:
        """Return the reader of raw input like these ``examples`` in a serving graph; None for the usual form."""

    def raw_inputs(self, shape: tuple[int | None, ...], contract: InputContract | None = None) -> RawInputs:  # noqa: ARG002
        """Return the reader of inputs for predictions.

        ``shape`` is that of the raw reader, ``contract`` that of the run's backbone; None if its entry is unknown.
        """
        return RawInputs(self.argument, shape)

    def read_in_memory(
        self,
        parts: Sequence[Any],  # noqa: ARG002 - of those that know inputs in memory
        where: str,  # noqa: ARG002
        options: Mapping[str, str],  # noqa: ARG002
        progress: Progress,  # noqa: ARG002
    ) -> Inputs | None:
        """Return inputs in memory in the form of a data adapter; None if they are not of this modality.

        ``tlzoo.train(data=(x, y))`` asks all modalities in order: those of the core, then those of plugins.

        Args:
            parts: ``x`` of each split, or the only one: an array of numbers (N, …), or a list of other objects, such as
                arrays, paths, bytes or strings. The inputs are returned one after the other.
            where: Name of the data in errors and ``examples.name``.
            options: Options of the source. If ``modality`` is one of them, the user named this modality.
            progress: Receives progress.

        Returns:
            The readable inputs, or None.

        Raises:
            DataError: For unusable inputs of this modality.
        """
        return None

    def instructions(self, preprocessing: Preprocessing, reader: RawReader) -> Instructions | None:  # noqa: ARG002
        """Return the preprocessing in words and NumPy, including what the raw reader does."""
        return preprocessing.instructions

    def portable_preparation(self, settings: Mapping[str, Any], folder: Path) -> PortablePreparation | None:  # noqa: ARG002
        """Return the preparation of raw inputs without TensorFlow, with the results of the serving graph, or None.

        With it, ``tlzoo predict`` runs an exported file without TensorFlow. Import what it needs inside this method.

        Args:
            settings: Those of the raw reader and of ``Preprocessing.instructions``, from the card of the file.
            folder: Folder of the exported file, with the files of the tokenizer in ``tokenizer/``. It is verified.

        Returns:
            The preparation; None for settings that are not those of a known one.

        Raises:
            ValueError: For invalid settings, also pydantic's ValidationError.
            OSError: If a file is missing.
        """
        return None

    # --- raw input of Keras models ---

    def array_reader(self, preprocessing: Preprocessing) -> RawReader:
        """Return the reader of raw inputs in memory for a Keras model, such as ``backbone.layer()``.

        By default, the reader of a serving graph. If that takes encoded files, this one takes decoded arrays.
        """
        return self.raw_reader(preprocessing)

    def check_batch(self, reader: RawReader, shape: tuple[int | None, ...], dtype: str) -> None:
        """Raise UsageError for a tensor with a shape or type that raw inputs cannot have.

        ``reader`` is the array reader. A size of None is unknown.
        """
        wanted = ", ".join(["batch", *("any" if each is None else str(each) for each in reader.shape)])
        fix = f'use {reader.dtype} ({wanted}): keras.Input({reader.shape}, dtype="{reader.dtype}")'
        if (reader.dtype == "string") != (dtype == "string"):
            given = "strings" if dtype == "string" else f"{dtype} {shape}"
            raise UsageError(f"the layer takes {reader.name}, not {given}", fix)
        if not shape or not fits(reader.shape, shape[1:]):
            raise UsageError(f"the layer takes {reader.name} ({wanted}), not shape {shape}", fix)

    def read_batch(self, reader: RawReader, batch: Any) -> Any:
        """Return a checked batch of raw inputs with the type and axes of the array reader."""
        import tensorflow as tf

        return tf.cast(batch, reader.dtype)

    # --- backbones ---

    def check_request(self, entry: Entry, request: LoadRequest) -> None:
        """Raise EntryError for a request that an entry of this modality cannot satisfy, before loading it."""
        self.refuse_image_size(entry, request)
        self.refuse_sequence_length(entry, request)

    def refuse_image_size(self, entry: Entry, request: LoadRequest) -> None:
        """Raise EntryError if the request has an image size."""
        if request.image_size is not None:
            raise EntryError(f"{entry.id} takes {entry.modality} and has no image size", "leave out the image size")

    def refuse_sequence_length(self, entry: Entry, request: LoadRequest) -> None:
        """Raise EntryError if the request has a sequence length."""
        if request.sequence_length is not None:
            what = f"{entry.id} takes {entry.modality} and has no sequence length"
            raise EntryError(what, "leave out the sequence length")

    def trained_input(
        self,
        contract: InputContract,
        preprocessing: Preprocessing,  # noqa: ARG002 - of those that have sizes
        *,
        image_size: int | None = None,  # noqa: ARG002
        sequence_length: int | None = None,  # noqa: ARG002
    ) -> InputContract:
        """Return the contract of a backbone trained in this size, for ``tlzoo publish``."""
        return contract

    def published_request(self, contract: InputContract, request: LoadRequest) -> LoadRequest:  # noqa: ARG002
        """Return the request for the architecture of a published entry in the size of its contract."""
        return request

    # --- checks and statistics of data ---

    def check_examples(self, entry: Entry, examples: Any) -> None:  # noqa: B027 - nothing to check is usual
        """Raise UsageError for data of this modality that the entry cannot take, before loading it."""

    def preprocessing_problems(self, entry: Entry, backbone: Backbone) -> tuple[str, ...]:  # noqa: ARG002
        """Return the differences between the backbone's preprocessing and the entry's contract."""
        return ()

    def data_problems(self, entry: Entry, backbone: Backbone, examples: Examples) -> tuple[str, ...]:  # noqa: ARG002
        """Return why these data are unsuitable for the backbone. A few samples are read."""
        return ()

    def statistics(self, examples: Examples, indices: np.ndarray) -> Mapping[str, Sequence[float]]:  # noqa: ARG002
        """Return mean and standard deviation of simple properties, to measure the distance to the data of an entry.

        Entries have them under ``training.statistics``, by the same names.
        """
        return {}

    def near_duplicates(
        self,
        examples: Examples,  # noqa: ARG002 - of those that can compare inputs
        advance: Callable[[int], None] = lambda _done: None,  # noqa: ARG002
    ) -> list[Cluster]:
        """Return sets of positions of near duplicates. ``advance`` receives the number of inputs just read."""
        return []

    def facts(self, examples: Examples, advance: Callable[[int], None] = lambda _done: None) -> InputFacts | None:  # noqa: ARG002
        """Return the results of ``tlzoo data inspect`` on the inputs, or None."""
        return None

    def baseline_features(self, examples: Examples, indices: np.ndarray) -> tuple[str, np.ndarray] | None:  # noqa: ARG002
        """Return the name and the features (N, D) of a baseline without a network, for rankings, or None."""
        return None

    # --- augmentation ---

    def augmentation(self) -> type[Augmentation] | None:
        """Return the options of augmentation, or None."""
        return None

    def policies(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the options of the policies ``light``, ``standard`` and ``strong``; omitted options are off."""
        return {}

    def augmenter(self, options: Augmentation, shape: tuple[int, ...]) -> Augmenter:  # noqa: ARG002 - of augmentations
        """Return the augmenter of prepared samples of this shape. Raises UsageError if they cannot be augmented."""
        raise UsageError(f"samples of shape {shape} cannot be augmented", "leave out `augment`")

    def suited(
        self,
        options: Augmentation,
        asked: Collection[str],  # noqa: ARG002 - of those who look at the data
        data: Dataset,  # noqa: ARG002
    ) -> tuple[Augmentation | None, tuple[str, ...]]:
        """Return the augmentation without operations unsuitable for the data (or None), and notes on the removed ones.

        ``asked`` are the options set by the user.
        """
        return options, ()

    # --- pages ---

    def glimpse(self, raw: tf.Tensor) -> Glimpse:  # noqa: ARG002 - of those who show something
        """Return one raw input for reports and pages."""
        return Glimpse()

    def preview_preparation(self, image_size: tuple[int, int] | None) -> Callable[[Any], Any] | None:  # noqa: ARG002
        """Return the preprocessing for a preview of augmentation without a backbone, or None."""
        return None

    def preview(self, samples: np.ndarray, versions: Sequence[np.ndarray]) -> bytes | tuple[tuple[str, ...], ...]:
        """Return a preview of samples (N, …) and their versions: a PNG file, or rows of texts, the sample's first."""
        raise UsageError(f"{self.name} has no preview of {len(versions)} versions of {len(samples)} samples")

    # --- SavedModels of other publishers ---

    def module_inputs(self, entry: Entry, files: Mapping[str, Path], request: LoadRequest) -> tuple[Preprocessing, Any]:
        """Return the preprocessing of a SavedModel without preprocessing by tlzoo, and its symbolic inputs."""
        del files, request
        raise EntryError(f"{entry.id}: a SavedModel cannot take {entry.modality}", "use a loader of a plugin")

    # --- the conformance kit ---

    @abstractmethod
    def made_up_inputs(self, contract: InputContract, generator: np.random.Generator, count: int) -> list[Any]:
        """Return raw inputs in the form of a data adapter: arrays, or str."""

    def odd_inputs(self, contract: InputContract, generator: np.random.Generator) -> list[Any]:
        """Return extreme raw inputs."""
        return self.made_up_inputs(contract, generator, 2)

    def contract_problems(self, contract: InputContract, backbone: Backbone, ready: Any) -> Iterator[str]:  # noqa: ARG002
        """Yield differences between a backbone's input and the contract. ``ready`` is a batch of its input."""
        yield from ()

    def sample_problem(self, sample: Any) -> str | None:  # noqa: ARG002 - of those with a range
        """Return an error in the values of a prepared sample, or None."""
        return None

    def unknown_shape(self, raw: np.ndarray) -> tuple[int | None, ...]:
        """Return the shape of a raw input in a pipeline: None for sizes that differ between inputs."""
        return raw.shape

    def smallest_request(self, contract: InputContract) -> Mapping[str, Any] | None:  # noqa: ARG002
        """Return the fields of the LoadRequest of the smallest input; None if there is only one size."""
        return None

    def refused_requests(self, contract: InputContract) -> Sequence[Mapping[str, Any]]:  # noqa: ARG002
        """Return fields of LoadRequests that must raise EntryError."""
        return ()
