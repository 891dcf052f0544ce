"""``serving/``: a SavedModel from raw input to labels and probabilities, which needs only TensorFlow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np

from tlzoo.artifacts.savedmodel import remember
from tlzoo.export.contract import Arrays, Exporter, Runtime
from tlzoo.export.numeric_network import numeric_tensors
from tlzoo.files.atomic import atomic_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import keras
    import tensorflow as tf

    from tlzoo.export.contract import ServingModel
    from tlzoo.modalities import RawReader

__all__ = ["SavedModel", "export_saved_model"]


@final
class SavedModel(Exporter):
    """A SavedModel, ``serving/``: from raw input (image files, texts) to labels and probabilities, for TensorFlow."""

    name: ClassVar[str] = "saved-model"
    of_run: ClassVar[bool] = True
    takes_text: ClassVar[bool] = True

    def export(self, model: ServingModel, samples: Arrays, folder: Path) -> Path:  # noqa: ARG002 - not quantized
        """Write ``serving/``."""
        return export_saved_model(model, folder)

    def open(self, path: Path, threads: int) -> Runtime:  # noqa: ARG002 - see the worker
        """Load the file that this process's parent wrote; its signature ``samples`` takes prepared samples."""
        import tensorflow as tf

        loaded = tf.saved_model.load(str(path))
        serve = loaded.signatures["samples"]

        def predict(inputs: Arrays) -> np.ndarray:
            _ = loaded  # its variables live as long as it does
            answered = serve(*map(tf.constant, inputs.values()))
            return next(np.asarray(each) for each in answered.values() if each.dtype == tf.float32)

        return predict

    def usage(self, file: str) -> str:
        """Return lines of Python."""
        return f"""\
import tensorflow as tf

served = tf.saved_model.load({file!r})
answered = served.signatures["samples"](tf.constant(inputs["samples"]))
(predictions,) = (each for each in answered.values() if each.dtype == tf.float32)  # the others are labels
# `served.signatures["serving_default"]` takes raw input instead: encoded images of any size, or texts."""


def export_saved_model(model: ServingModel, folder: Path) -> Path:
    """Write ``serving/``, a SavedModel with three signatures.

    ``serving_default`` takes raw input: ``images``, encoded files of any size and format, string (N,); ``texts``,
    string (N,), or (N, 2) for pairs; or the input of a plugin's modality. Unreadable raw input does not affect the rest
    of its batch: its numbers are NaN and its labels are empty. ``samples`` takes a batch of preprocessed samples.
    ``inputs`` takes raw input and returns the inputs of exported files by name, and ``readable``, bool (N,).
    ``offsets``, only for sequences, takes raw input and returns where positions are in it, as ``serving_default`` does.

    Outputs are those of the task: ``probabilities`` (N, C) float32 and ``label`` (N,) string; with several labels per
    sample ``probabilities`` and ``labels`` (N, C) string, the name of a class if it applies, otherwise empty; for
    regression ``predictions`` (N, C) float32 in original units.

    Args:
        model: The trained network.
        folder: Run folder.

    Returns:
        Path of the SavedModel.

    Raises:
        PluginError: If no plugin provides the modality.
    """
    import tensorflow as tf

    reader = model.raw_reader()
    word = model.task.serving_answers(model.decision)

    def answer(samples: tf.Tensor) -> dict[str, tf.Tensor]:
        return word(tf.cast(model.network(samples, training=False), tf.float32))

    def prepare_raw(raw: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return _prepare(model, reader, raw)

    def answer_raw(raw: tf.Tensor) -> dict[str, tf.Tensor]:
        samples, readable = prepared(raw)
        found = answer_samples(samples) | (offsets(raw) if offsets is not None else {})
        return {name: _where(readable, values) for name, values in found.items()}

    def inputs_of(raw: tf.Tensor) -> dict[str, tf.Tensor]:
        samples, readable = prepared(raw)
        return {**numeric_tensors(model, samples), "readable": readable}

    shape, dtype = model.preprocessing.shape, model.preprocessing.dtype
    answer_samples = _traced(answer, tf.TensorSpec((None, *shape), dtype, "samples"))
    raw_input = tf.TensorSpec((None, *reader.shape), reader.dtype, reader.name)
    prepared = _traced(prepare_raw, raw_input)
    offsets = None if not _has_offsets(model) else _traced(lambda raw: _offsets(model, reader, raw), raw_input)
    answers = {
        "serving_default": _traced(answer_raw, raw_input),
        "samples": answer_samples,
        "inputs": _traced(inputs_of, raw_input),
    }
    if offsets is not None:
        answers["offsets"] = offsets
    with atomic_folder(folder / "serving") as temporary:
        tf.saved_model.save(_holding(model, answers), str(temporary), signatures=answers)
    remember(folder / "serving", f"{folder}: serving")
    return folder / "serving"


def _traced(function: Callable[..., Any], specification: tf.TensorSpec) -> Any:
    """Return a function's graph for such inputs; calls from another graph do not trace it again."""
    import tensorflow as tf

    return tf.function(function, input_signature=[specification], autograph=False).get_concrete_function()


def _holding(model: ServingModel, answers: Mapping[str, Any]) -> tf.train.Checkpoint:
    """Return the object to save: the functions, with the variables and tables of their graphs.

    ``keras.export.ExportArchive`` would trace both functions twice, and also every model within the network, and write
    each variable twice.
    """
    import tensorflow as tf

    network, prepare = model.network, model.preprocessing.prepare
    root = tf.train.Checkpoint(**answers)
    root.variables = [each.value for each in network.variables]
    root.trainable_variables = [each.value for each in network.trainable_variables]
    root.non_trainable_variables = [each.value for each in network.non_trainable_variables]
    root.used = list(answers["serving_default"].variables)  # including those of preprocessing
    root.tables = _tables(network) + (_tables(prepare) if isinstance(prepare, tf.Module) else [])
    return root


def _tables(holder: keras.Layer | tf.Module) -> list[Any]:
    """Return the tables within; TensorFlow's view of an object lacks what Keras layers have in collections."""
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
    """Yield the elements of nested collections, at any depth."""
    for each in collection.values() if isinstance(collection, dict) else collection:
        if isinstance(each, list | tuple | set | dict):
            yield from _flat(each)
        else:
            yield each


def _where(readable: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """Return values (N, …), empty or NaN for unreadable input."""
    import tensorflow as tf

    condition = tf.reshape(readable, [-1] + [1] * (values.shape.rank - 1))
    if values.dtype.is_integer:
        return tf.where(condition, values, -1)
    return tf.where(condition, values, "" if values.dtype == tf.string else float("nan"))


def _has_offsets(model: ServingModel) -> bool:
    """Return whether the task says where positions of a sequence are in raw input."""
    return model.task.output_form == "sequence" and model.preprocessing.origins is not None


def _offsets(model: ServingModel, reader: RawReader, raw: tf.Tensor) -> dict[str, tf.Tensor]:
    """Return the outputs of the task that say where positions are in raw inputs."""
    assert model.preprocessing.origins is not None
    positions = model.network.output_shape[1]
    origins, _ = _mapped(reader, raw, model.preprocessing.origins, (positions, 2), "int32")
    return model.task.serving_offsets(raw, origins)


def _prepare(model: ServingModel, reader: RawReader, raw: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Return samples (N, …), zero for unreadable input, and a readable flag (N,) bool."""
    preprocessing = model.preprocessing
    return _mapped(reader, raw, preprocessing.prepare, preprocessing.shape, preprocessing.dtype)


def _mapped(
    reader: RawReader, raw: tf.Tensor, function: Callable[[tf.Tensor], tf.Tensor], shape: tuple[int, ...], dtype: str
) -> tuple[tf.Tensor, tf.Tensor]:
    """Read and preprocess each raw input: samples (N, …), zero for unreadable input, and a readable flag (N,) bool.

    A graph cannot catch an error, but a pipeline can drop elements that raise one; it also works in parallel. Each
    sample carries its position. One extra element keeps the pipeline from being empty, and is removed at the end.
    """
    import tensorflow as tf

    from tlzoo.data import in_parallel, stream_of

    number = tf.shape(raw, tf.int64)[0]

    def sample(position: tf.Tensor, each: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return position, tf.ensure_shape(tf.cast(function(reader.read(each)), dtype), shape)

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
