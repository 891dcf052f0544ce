"""The contract of backbones and their loaders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from tlzoo.backbones.features import Features
from tlzoo.backbones.instructions import Instructions

if TYPE_CHECKING:
    import keras
    from keras import KerasTensor

    from tlzoo.registry import Entry

__all__ = ["Backbone", "LoadRequest", "Loader", "Preprocessing", "Stage"]


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """A request to load an entry.

    ``weights`` is ``"pretrained"`` or ``"random"`` (the same architecture, freshly initialized from ``seed``).
    ``image_size`` is (height, width) in pixels, ``sequence_length`` is in tokens; None for those of the entry.
    ``input_shape`` is that of one raw input if the data declare it (``TrainerData``). ``dtype`` is a Keras
    dtype policy's name. ``load_backbone`` calls loaders under that policy. ``tokens`` requests the sequence of token
    vectors instead of their pooled vector from an entry that has both (``features.tokens``).
    """

    weights: Literal["pretrained", "random"] = "pretrained"
    image_size: tuple[int, int] | None = None
    sequence_length: int | None = None
    input_shape: tuple[int, ...] | None = None
    seed: int = 0
    dtype: str = "float32"
    tokens: bool = False


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """Preprocessing from raw input to model-ready input, in two steps, with augmentation between them.

    ``prepare`` converts one raw input (an image: uint8, (height, width, 1 or 3), any size) to one sample of fixed shape
    (an image: float32, (height, width, channels), still 0 to 255). It is traceable: TensorFlow operations only.
    ``normalize`` is a Keras layer or model from a batch of samples to the input of the backbone's model. It includes
    its assets (a vocabulary, statistics) and is part of the saved model.
    ``shape`` and ``dtype`` are those of one sample, without the batch axis. If ``prepare`` has settings, it is a
    dataclass, so that results with other settings are distinguished. If it has tables or other resources of
    TensorFlow, it is a ``tf.Module``, so that an exported graph includes them.
    ``count_tokens`` returns the number of tokens of one raw input before truncation, an int32 scalar;
    None without truncation.
    ``instructions`` describe ``prepare`` for users of an exported file without tlzoo. None if a sample is the raw input
    itself. If ``dtype`` is string, they also include ``normalize``, because most export formats have no strings.
    ``origins`` returns, for each position of the backbone's sequence of features, where it comes from in one raw input:
    int32 (positions, 2), start and end, for texts in code points; -1 for padding and special tokens. TensorFlow
    operations only. None if positions have no such place; labels of parts of an input then cannot be learned.
    """

    prepare: Callable[[Any], Any]
    normalize: keras.Layer
    shape: tuple[int, ...]
    dtype: str
    count_tokens: Callable[[Any], Any] | None = None
    instructions: Instructions | None = None
    origins: Callable[[Any], Any] | None = None

    @property
    def identity(self) -> str:
        """Return a stable name of ``prepare``: by its fields, or a function by module and name."""
        if is_dataclass(self.prepare):
            return repr(self.prepare)
        return f"{self.prepare.__module__}.{getattr(self.prepare, '__qualname__', type(self.prepare).__qualname__)}"


@dataclass(frozen=True, slots=True)
class Stage:
    """A named group of a backbone's variables, for freezing and learning rates.

    ``variables`` are paths; every variable of the model is in exactly one stage. ``cut`` are the tensors from
    this stage to later ones, including inputs of the model that are needed above (a padding mask);
    None if the model cannot be cut there (a SavedModel, or an implicit Keras mask across the cut).
    """

    name: str
    variables: frozenset[str]
    cut: tuple[KerasTensor, ...] | None


@dataclass(frozen=True, slots=True)
class Backbone:
    """A loaded entry: a Keras model from model-ready input to features, its preprocessing, and its stages.

    ``stages`` are ordered from input to output; ``features`` declares the shape of the model's output and its pooling
    to a vector. ``digest`` identifies entry, file hashes and request, as a hexadecimal SHA-256.
    ``source_head``, if the entry has one, maps pooled features (batch, size) to the probabilities (batch, S) of
    the S pretraining classes, or of other choices: scores use it, and trainers may.
    """

    model: keras.Model
    preprocessing: Preprocessing
    stages: tuple[Stage, ...]
    features: Features
    digest: str
    source_head: keras.Model | None = None

    def stage(self, name: str) -> Stage:
        """Return the stage of that name. Raises UsageError with the valid names."""
        from tlzoo.errors import UsageError, did_you_mean

        for stage in self.stages:
            if stage.name == name:
                return stage
        raise UsageError(f"no stage {name!r}", did_you_mean(name, [stage.name for stage in self.stages]))


class Loader(Protocol):
    """A loader from verified files to a backbone. The hook ``tlzoo_backbones`` returns them by name.

    ``files`` maps the entry's file names (``"weights"``) to paths with checked hashes. For a request with random
    weights it lacks names that begin with ``weights``, and others (a vocabulary) that are not on this machine. A
    loader raises EntryError for an unsupported request, such as an image size that is too small.
    """

    def __call__(self, entry: Entry, files: Mapping[str, Path], request: LoadRequest) -> Backbone:
        """Return the backbone for the request."""
        ...
