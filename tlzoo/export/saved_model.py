"""``serving/``: a SavedModel from raw input to names and probabilities, which needs nothing but TensorFlow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tlzoo.artifacts.savedmodel import remember
from tlzoo.files.atomic import atomic_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import keras
    import tensorflow as tf

    from tlzoo.export.contract import ServingModel
    from tlzoo.modalities import RawReader

__all__ = ["export_saved_model"]


def export_saved_model(model: ServingModel, folder: Path) -> Path:
    """Write ``serving/``: two signatures from inputs to answers.

    Answers are those of the task: ``probabilities`` (N, C) float32 and ``label`` (N,) string; for several labels
    ``probabilities`` and ``labels`` (N, C) string, the class's name where it applies and else empty; for numbers
    ``predictions`` (N, C) float32 in their own units.

    ``serving_default`` takes raw input: ``images``, encoded files of any size and format, string (N,); ``texts``,
    string (N,), or (N, 2) for pairs; or what a plugin's modality takes. Raw input that cannot be read leaves the rest
    of its batch alone: its numbers are NaN and its labels are empty. ``samples`` takes a batch of prepared samples.

    Raises PluginError for a modality that no plugin has.
    """
    import tensorflow as tf

    reader = model.raw_reader()
    word = model.task.serving_answers(model.thresholds)

    def answer(samples: tf.Tensor) -> dict[str, tf.Tensor]:
        return word(tf.cast(model.network(samples, training=False), tf.float32))

    def answer_raw(raw: tf.Tensor) -> dict[str, tf.Tensor]:
        samples, readable = _prepare(model, reader, raw)
        return {name: _where(readable, values) for name, values in answer_samples(samples).items()}

    shape, dtype = model.preprocessing.shape, model.preprocessing.dtype
    answer_samples = _traced(answer, tf.TensorSpec((None, *shape), dtype, "samples"))
    answer_raw_input = _traced(answer_raw, tf.TensorSpec((None, *reader.shape), reader.dtype, reader.name))
    answers = {"serving_default": answer_raw_input, "samples": answer_samples}
    with atomic_folder(folder / "serving") as temporary:
        tf.saved_model.save(_holding(model, answers), str(temporary), signatures=answers)
    remember(folder / "serving", f"{folder}: serving")
    return folder / "serving"


def _traced(function: Callable[..., Any], specification: tf.TensorSpec) -> Any:
    """Return a function's graph for inputs like this; who calls it in another graph does not trace it again."""
    import tensorflow as tf

    return tf.function(function, input_signature=[specification], autograph=False).get_concrete_function()


def _holding(model: ServingModel, answers: Mapping[str, Any]) -> tf.train.Checkpoint:
    """Return what is saved: the functions, with the variables and tables that their graphs use.

    ``keras.export.ExportArchive`` would trace both functions twice, and every model within the network besides, and
    write each variable twice.
    """
    import tensorflow as tf

    network, prepare = model.network, model.preprocessing.prepare
    root = tf.train.Checkpoint(**answers)
    root.variables = [each.value for each in network.variables]
    root.trainable_variables = [each.value for each in network.trainable_variables]
    root.non_trainable_variables = [each.value for each in network.non_trainable_variables]
    root.used = list(answers["serving_default"].variables)  # those of the preprocessing among them
    root.tables = _tables(network) + (_tables(prepare) if isinstance(prepare, tf.Module) else [])
    return root


def _tables(holder: keras.Layer | tf.Module) -> list[Any]:
    """Return the tables within; TensorFlow's view of an object does not show what Keras layers hold in collections."""
    import keras
    import tensorflow as tf

    table = tf.saved_model.experimental.TrackableResource
    found: dict[int, Any] = {}
    waiting: list[Any] = [holder]
    while waiting:
        root = waiting.pop()
        new = [] if id(root) in found else tf.train.TrackableView(root).descendants()
        new = [each for each in new if id(each) not in found]
        found |= {id(each): each for each in new}
        collections = [vars(each) for each in new if isinstance(each, keras.Layer)]
        waiting += [each for each in _flat(collections) if isinstance(each, keras.Layer | tf.Module | table)]
    return [each for each in found.values() if isinstance(each, table)]


def _flat(collection: Any) -> Iterator[Any]:
    """Yield what is in a collection of collections, at any depth."""
    for each in collection.values() if isinstance(collection, dict) else collection:
        if isinstance(each, list | tuple | set | dict):
            yield from _flat(each)
        else:
            yield each


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
