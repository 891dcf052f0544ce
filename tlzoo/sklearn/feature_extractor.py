"""``FeatureExtractor``: features of a backbone as a scikit-learn transformer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags

from tlzoo.errors import DataError
from tlzoo.sklearn.inputs import refuse_single

if TYPE_CHECKING:
    import tensorflow as tf

    from tlzoo.backbones import Preprocessing
    from tlzoo.training.frozen.engines import Run

__all__ = ["FeatureExtractor"]

_MOST_AT_ONCE = 1024
_LOADED_AT_ONCE = 4
_IMAGE_RANKS = (3, 4)
_CHANNELS = (1, 3)
_BRIGHTEST = 255


class FeatureExtractor(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Transformer from images to the features of a backbone.

    ``backbone`` is an id or short name of an entry; ``stages`` are names of stages to concatenate (None: the last one);
    ``pooling`` applies to the last stage, the others are averaged. ``image_size`` is height and width in pixels (None:
    that of the entry), ``batch_size`` the number of images per batch.

    There is nothing to fit: the backbone is loaded on first use, shared by clones with equal parameters within a
    process, and not pickled. Results do not depend on batches, except for rounding.

    >>> make_pipeline(FeatureExtractor("glyphnet"), LogisticRegression()).fit(images, labels)  # doctest: +SKIP
    """

    def __init__(
        self,
        backbone: str = "glyphnet",
        stages: Sequence[str] | None = None,
        pooling: str = "declared",
        image_size: int | None = None,
        batch_size: int = 32,
    ) -> None:
        self.backbone = backbone
        self.stages = stages
        self.pooling = pooling
        self.image_size = image_size
        self.batch_size = batch_size

    def fit(self, X: Any, y: Any = None) -> FeatureExtractor:  # noqa: ARG002, N803  (scikit-learn's names)
        """Load the backbone, to report wrong parameters now; nothing is learned from ``X``."""
        self._load()
        return self

    def transform(self, X: Any) -> np.ndarray:  # noqa: N803  (scikit-learn's name)
        """Return features, float32 (N, D).

        ``X`` is an array of images (N, height, width) or (N, height, width, 1 or 3) with values 0 to 255, which are
        rounded; or a sequence of paths of image files of any size. Raises ValueError for another shape or range, and
        DataError with the first unreadable file.
        """
        refuse_single(X)
        from_files = _are_paths(X)
        images = _files(X) if from_files else _images(X)
        try:
            return self._load().features(images, self.batch_size)
        except _refusals() as error:
            if not from_files:
                raise
            raise _unreadable(X) from error

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:  # noqa: ARG002
        """Return a name for each column, as objects: ``block4_0``, ``block4_1``, …."""
        names = [f"{stage}_{number}" for stage, size in self._load().sizes.items() for number in range(size)]
        return np.array(names, dtype=object)

    def __sklearn_is_fitted__(self) -> bool:
        """Return True: there is nothing to learn."""
        return True

    def __sklearn_tags__(self) -> Tags:
        """Declare that inputs are not tables and that nothing is fitted."""
        tags: Tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.input_tags.string = True
        tags.input_tags.positive_only = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags

    def _load(self) -> _Loaded:
        stages = None if self.stages is None else tuple(self.stages)
        return _loaded(self.backbone, stages, self.pooling, self.image_size)


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A backbone cut to its features: preprocessing, batch function and columns of each stage.

    ``most`` is the largest batch within the memory limit.
    """

    preprocessing: Preprocessing
    run: Run
    sizes: dict[str, int]
    most: int

    def features(self, images: tf.data.Dataset, batch_size: int) -> np.ndarray:
        """Return features, float32 (N, D), of images uint8 (height, width, 1 or 3), in batches that fit in memory."""
        from tlzoo.data import in_batches, in_parallel

        size = min(batch_size, self.most)
        batches = in_batches(in_parallel(images, self.preprocessing.prepare), size).as_numpy_iterator()
        rows = [np.concatenate(self.run(batch), axis=1, dtype=np.float32) for batch in batches]
        return np.concatenate(rows)


@lru_cache(maxsize=_LOADED_AT_ONCE)
def _loaded(backbone: str, stages: tuple[str, ...] | None, pooling: Any, image_size: int | None) -> _Loaded:
    import tensorflow as tf

    from tlzoo.backbones import LoadRequest, load_backbone
    from tlzoo.training.costs.peak_memory import inference_batch
    from tlzoo.training.frozen.engines import compiled
    from tlzoo.zoo.features import pooled_stages

    size = None if image_size is None else (image_size, image_size)
    loaded = load_backbone(backbone, LoadRequest(image_size=size))
    names, severed = pooled_stages(loaded, stages or (), pooling)
    preprocessing = loaded.preprocessing
    signature = tf.TensorSpec((None, *preprocessing.shape), preprocessing.dtype)
    probe = np.zeros((1, *preprocessing.shape), preprocessing.dtype)
    run = compiled("tensorflow", severed.below, signature, probe)
    sizes = {name: shape[0] for name, shape in zip(names, severed.shapes, strict=True)}
    return _Loaded(preprocessing, run, sizes, inference_batch(loaded, "tensorflow", _MOST_AT_ONCE))


def _refusals() -> type[Exception]:
    """Return the exceptions that TensorFlow raises for bytes that are not an image."""
    import tensorflow as tf

    refusals: type[Exception] = tf.errors.InvalidArgumentError
    return refusals


def _are_paths(given: Any) -> bool:
    first = given[0] if len(given) else None
    return isinstance(first, str | Path)


def _files(paths: Sequence[str | Path]) -> tf.data.Dataset:
    """Return the images of these files, uint8 (height, width, 3), decoded in parallel."""
    from tlzoo.data import in_parallel, stream_of
    from tlzoo.modalities.vision.image_files.decoding import file_reader

    for path in paths:
        if not Path(path).is_file():
            raise DataError(f"no file {str(path)!r}")
    return in_parallel(stream_of([str(path) for path in paths]), file_reader())


def _unreadable(paths: Sequence[str | Path]) -> DataError:
    """Return an error with the first unreadable file."""
    from tlzoo.data import why_unreadable

    for path in paths:
        try:
            reason = why_unreadable(Path(path).read_bytes())
        except OSError as error:
            reason = error.strerror
        if reason:
            return DataError(f"{path} cannot be used: {reason}")
    return DataError("one of the files cannot be read")


def _images(given: Any) -> tf.data.Dataset:
    """Return images as uint8 (height, width, 1 or 3)."""
    from tlzoo.data import stream_of

    array = np.asarray(given)
    if array.ndim not in _IMAGE_RANKS or (array.ndim == _IMAGE_RANKS[1] and array.shape[3] not in _CHANNELS):
        forms = "(N, height, width) or (N, height, width, 1 or 3), or paths of image files"
        raise ValueError(f"Expected images {forms}. Received: shape {array.shape}")
    if not len(array):
        raise ValueError("Found array with 0 sample(s) while a minimum of 1 is required.")
    if array.dtype.kind not in "uif":
        raise ValueError(f"Expected numbers in 0 to 255. Received: {array.dtype}")
    low, high = array.min(), array.max()
    if not (low >= 0 and high <= _BRIGHTEST):  # also rejects NaN
        raise ValueError(f"Expected numbers in 0 to 255. Received: {low} to {high}")
    array = array if array.ndim == _IMAGE_RANKS[1] else array[..., np.newaxis]
    return stream_of(np.rint(array).astype(np.uint8))
