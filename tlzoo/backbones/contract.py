"""What a loaded entry is, and what a plugin's loader has to return."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from tlzoo.backbones.features import Features

if TYPE_CHECKING:
    import keras
    from keras import KerasTensor

    from tlzoo.registry import Entry

__all__ = ["Backbone", "LoadRequest", "Loader", "Preprocessing", "Stage"]


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """How an entry is to be loaded.

    ``weights`` is ``"pretrained"`` or ``"random"`` (the same architecture, freshly initialized from ``seed``).
    ``image_size`` is (height, width) in pixels, ``sequence_length`` is in tokens; None for the entry's own.
    ``input_shape`` is that of one raw input if the data say one (``TrainerData``). ``dtype`` is a Keras
    dtype policy's name. ``load_backbone`` calls loaders under that policy.
    """

    weights: Literal["pretrained", "random"] = "pretrained"
    image_size: tuple[int, int] | None = None
    sequence_length: int | None = None
    input_shape: tuple[int, ...] | None = None
    seed: int = 0
    dtype: str = "float32"


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """From raw input to model-ready input, in two steps, so that augmentation has a place between them.

    ``prepare`` takes one raw input (an image: uint8, (height, width, 1 or 3), any size) to one sample of fixed shape
    (an image: float32, (height, width, channels), still 0 to 255). It is traceable: TensorFlow operations only.
    ``normalize`` is a Keras layer or model from a batch of samples to what the backbone's model takes. It carries its
    assets (a vocabulary, statistics) and is part of the saved model.
    ``shape`` and ``dtype`` are those of one sample, without the batch axis. Where ``prepare`` has settings it is a
    dataclass, so that what was computed with other settings is told apart. Where it holds tables or other resources of
    TensorFlow it is a ``tf.Module``, so that an exported graph takes them along.
    ``count_tokens`` takes one raw input to the number of tokens it has before it is cut to length, an int32 scalar;
    None where nothing is cut.
    """

    prepare: Callable[[Any], Any]
    normalize: keras.Layer
    shape: tuple[int, ...]
    dtype: str
    count_tokens: Callable[[Any], Any] | None = None

    @property
    def identity(self) -> str:
        """Name ``prepare`` the same in every process: by its fields, or a function by module and name."""
        if is_dataclass(self.prepare):
            return repr(self.prepare)
        return f"{self.prepare.__module__}.{getattr(self.prepare, '__qualname__', type(self.prepare).__qualname__)}"


@dataclass(frozen=True, slots=True)
class Stage:
    """A named group of a backbone's variables: the unit of freezing and of learning rates.

    ``variables`` are paths; every variable of the model is in exactly one stage. ``cut`` are the tensors that leave
    this stage for later ones, the model's own inputs among them where they are needed again above (a padding mask);
    None where the model cannot be cut there (a SavedModel; an implicit Keras mask that would cross).
    """

    name: str
    variables: frozenset[str]
    cut: tuple[KerasTensor, ...] | None


@dataclass(frozen=True, slots=True)
class Backbone:
    """A loaded entry: a Keras model from model-ready input to features, its preprocessing, and its stages.

    ``stages`` are ordered from input to output; ``features`` says the shape of the model's output and how it is pooled
    to a vector. ``digest`` names what was loaded (entry, file hashes, request), as a sha256 in hexadecimal.
    ``source_head``, where the entry keeps it, takes pooled features (batch, size) to the probabilities (batch, S) of
    the S classes that it was trained on, or of other choices: scores use it, and trainers may.
    """

    model: keras.Model
    preprocessing: Preprocessing
    stages: tuple[Stage, ...]
    features: Features
    digest: str
    source_head: keras.Model | None = None

    def stage(self, name: str) -> Stage:
        """Return the stage of that name; raise UsageError with the names there are."""
        from tlzoo.errors import UsageError, did_you_mean

        for stage in self.stages:
            if stage.name == name:
                return stage
        raise UsageError(f"no stage {name!r}", did_you_mean(name, [stage.name for stage in self.stages]))


class Loader(Protocol):
    """What the hook ``tlzoo_backbones`` gives for each loader name: from verified files to a backbone.

    ``files`` maps the entry's file names (``"weights"``) to paths whose hashes were checked. For a request with random
    weights it lacks those whose name begins with ``weights``, and others (a vocabulary) that are not on this machine. A
    loader raises EntryError for a request that it cannot meet, such as too small an image size.
    """

    def __call__(self, entry: Entry, files: Mapping[str, Path], request: LoadRequest) -> Backbone:
        """Return the backbone as the request wants it."""
        ...
