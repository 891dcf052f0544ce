"""``serving/``: a SavedModel from raw input to names and probabilities, which needs nothing but TensorFlow."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from tlzoo.atomic import atomic_folder
from tlzoo.export.readers import RawReader, raw_reader

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import tensorflow as tf

    from tlzoo.export.contract import ServingModel

__all__ = ["export_saved_model"]

Wording: TypeAlias = "Callable[[tf.Tensor], dict[str, tf.Tensor]]"
"""From answers (N, C) to what a signature gives."""


def export_saved_model(model: ServingModel, folder: Path) -> Path:
    """Write ``serving/``: two signatures from inputs to answers.

    Answers are ``probabilities`` (N, C) float32 and ``label`` (N,) string; for several labels ``probabilities`` and
    ``labels`` (N, C) string, the class's name where it applies and else empty; for numbers ``predictions`` (N, C)
    float32 in their own units.

    ``serving_default`` takes raw input: ``images``, encoded files of any size and format, string (N,); ``texts``,
    string (N,), or (N, 2) for pairs; or ``observations``. Raw input that cannot be read leaves the rest of its batch
    alone: its numbers are NaN and its labels are empty. ``samples`` takes a batch of samples that are prepared already.

    Raises UsageError for a modality that nothing is known of.
    """
    import tensorflow as tf
    from keras.export import ExportArchive

    reader = raw_reader(model)
    shape, dtype = model.preprocessing.shape, model.preprocessing.dtype
    word = _WORDING[model.kind](model)

    def answer(samples: tf.Tensor) -> dict[str, tf.Tensor]:
        return word(tf.cast(model.network(samples, training=False), tf.float32))

    def answer_raw(raw: tf.Tensor) -> dict[str, tf.Tensor]:
        samples, readable = _prepare(model, reader, raw)
        return {name: _where(readable, values) for name, values in answer(samples).items()}

    archive = ExportArchive()
    archive.track(model.network)
    if isinstance(model.preprocessing.prepare, tf.Module):
        archive.track(model.preprocessing.prepare)  # its tables
    raw_specification = tf.TensorSpec((None, *reader.shape), reader.dtype, reader.name)
    archive.add_endpoint("serving_default", answer_raw, [raw_specification])
    archive.add_endpoint("samples", answer, [tf.TensorSpec((None, *shape), dtype, "samples")])
    with atomic_folder(folder / "serving") as temporary:
        archive.write_out(temporary, verbose=False)
    return folder / "serving"


def _one_label(model: ServingModel) -> Wording:
    import tensorflow as tf

    names = tf.constant(_bytes(model.classes))
    return lambda answers: {"probabilities": answers, "label": tf.gather(names, tf.argmax(answers, axis=1))}


def _several_labels(model: ServingModel) -> Wording:
    import tensorflow as tf

    from tlzoo.evaluation import THRESHOLD

    names = tf.constant(_bytes(model.classes))
    thresholds = tf.constant(model.thresholds or THRESHOLD, tf.float32)
    return lambda answers: {"probabilities": answers, "labels": tf.where(answers >= thresholds, names, "")}


def _numbers(_model: ServingModel) -> Wording:
    return lambda answers: {"predictions": answers}


_WORDING: dict[str, Callable[[ServingModel], Wording]] = {
    "classification": _one_label,
    "multi-label": _several_labels,
    "regression": _numbers,
}


def _bytes(names: Sequence[str]) -> list[bytes]:
    """Return names as the bytes that they came as: those of folders need not be UTF-8."""
    return [name.encode("utf-8", "surrogateescape") for name in names]


def _where(readable: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """Return values (N, …), empty or NaN where the input could not be read."""
    import tensorflow as tf

    condition = tf.reshape(readable, [-1] + [1] * (values.shape.rank - 1))
    return tf.where(condition, values, "" if values.dtype == tf.string else float("nan"))


def _prepare(model: ServingModel, reader: RawReader, raw: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Read and prepare each raw input: samples (N, …), zero where one cannot be read, and whether it could, (N,) bool.

    A graph cannot catch an error, but a pipeline can drop the elements that raise one; it also works in parallel. Each
    sample carries its position. One element too many keeps the pipeline from being empty, and is cut off again.
    """
    import tensorflow as tf

    from tlzoo.data import in_parallel, stream_of

    shape, dtype = model.preprocessing.shape, model.preprocessing.dtype
    number = tf.shape(raw, tf.int64)[0]

    def sample(position: tf.Tensor, each: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return position, tf.ensure_shape(tf.cast(model.preprocessing.prepare(reader.read(each)), dtype), shape)

    read = in_parallel(stream_of(raw).enumerate(), sample)
    extra = tf.data.Dataset.from_tensors((number, _blank(shape, dtype)))
    whole = read.ignore_errors().concatenate(extra).batch(number + 1)
    positions, samples = whole.get_single_element()
    scattered = tf.scatter_nd(
        positions[:, tf.newaxis], samples, tf.concat([[number + 1], tf.constant(shape, tf.int64)], 0)
    )
    readable = tf.scatter_nd(positions[:, tf.newaxis], tf.ones_like(positions), [number + 1]) > 0
    return tf.ensure_shape(scattered[:-1], (None, *shape)), readable[:-1]


def _blank(shape: tuple[int, ...], dtype: str) -> tf.Tensor:
    import tensorflow as tf

    return tf.fill(shape, "") if dtype == "string" else tf.zeros(shape, dtype)
