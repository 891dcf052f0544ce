"""Raw input of any form (arrays, paths, PIL images, texts, streams) to batches of a backbone's samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.data.image_arrays import checked_images, is_array, is_text_array
from tlzoo.errors import DataError, UsageError
from tlzoo.progress import Progress, Silent

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from tlzoo.backbones import Backbone, Preprocessing
    from tlzoo.export.readers import RawReader

__all__ = ["raw_input", "sample_batches"]

_ENCODED = "images"
"""The name of raw input that travels as bytes of files and is given as arrays, too."""


def sample_batches(
    backbone: Backbone, modality: str, inputs: Any, batch_size: int, progress: Progress | None = None
) -> Iterator[tf.Tensor]:
    """Yield batches of samples (batch, …) of raw inputs, in order.

    ``inputs`` are arrays, tensors, paths, folders, PIL images or texts, one or many as the modality takes them; a
    finite ``tf.data.Dataset`` of inputs, or of tuples that begin with them; or a data source, opened or as a string.
    Raises UsageError for what is none of these, DataError for what cannot be read.
    """
    reader = _reader(backbone, modality, ())
    inputs = _opened(inputs, progress)
    if hasattr(inputs, "examples"):
        yield from _of_source(backbone, modality, inputs, batch_size)
    elif hasattr(inputs, "element_spec"):
        yield from _of_stream(backbone, reader, inputs, batch_size)
    elif is_array(inputs):
        yield from _of_array(backbone.preprocessing, reader, inputs, batch_size)
    elif reader.dtype != "string":
        yield from _of_array(backbone.preprocessing, reader, np.asarray(inputs), batch_size)
    else:
        yield from _of_inputs(backbone, modality, inputs, batch_size)


def raw_input(backbone: Backbone, modality: str, shape: tuple[int | None, ...] | None) -> keras.KerasTensor:
    """Return the input of a Keras model that takes raw input of this shape (one, without the batch), or the usual."""
    import keras

    reader = _reader(backbone, modality, ())
    if reader.name == _ENCODED:
        return keras.Input((None, None, 3) if shape is None else shape, name=reader.name)
    return keras.Input(reader.shape if shape is None else shape, dtype=reader.dtype, name=reader.name)


def _reader(backbone: Backbone, modality: str, raw_shape: tuple[int, ...]) -> RawReader:
    """Return how raw input is read. What is decided by the modality is decided here."""
    from tlzoo.export.contract import ServingModel
    from tlzoo.export.readers import raw_reader

    network: Any = backbone.model
    task: Any = None  # reading asks for neither answers nor names
    return raw_reader(ServingModel(backbone.preprocessing, network, task, modality, raw_shape))


def _opened(inputs: Any, progress: Progress | None) -> Any:
    """Return the data of a source string such as ``images:photos/``; other inputs as they are."""
    if not isinstance(inputs, str) or ":" not in inputs or "://" in inputs:
        return inputs
    from tlzoo.plugins import registered

    if inputs.partition(":")[0] not in {each.name for each in registered("tlzoo_data_adapters")}:
        return inputs
    from tlzoo.runs import open_source

    return open_source(inputs, progress or Silent())


def _of_source(backbone: Backbone, modality: str, samples: Any, batch_size: int) -> Iterator[tf.Tensor]:
    from tlzoo.training.frozen.feeds import prepared

    if samples.examples.modality != modality:
        raise UsageError(f"the backbone takes {modality}, and {samples.source} is {samples.examples.modality}")
    yield from prepared(samples.examples, backbone.preprocessing, np.arange(len(samples.examples)), batch_size)


def _of_stream(backbone: Backbone, reader: RawReader, stream: Any, batch_size: int) -> Iterator[tf.Tensor]:
    import tensorflow as tf

    from tlzoo.data import in_batches, in_parallel

    if stream.cardinality() == tf.data.INFINITE_CARDINALITY:
        raise UsageError("the tf.data.Dataset is endless", "give one that ends: leave out repeat(), or add take(count)")
    if isinstance(stream.element_spec, tuple):
        stream = stream.map(lambda *parts: parts[0])
    if not isinstance(stream.element_spec, tf.TensorSpec):
        raise UsageError(f"the tf.data.Dataset gives {stream.element_spec!r:.80}", "give inputs, or tuples (inputs, …)")
    rank, own = stream.element_spec.shape.rank, 3 if reader.name == _ENCODED else len(reader.shape)
    if rank == own + 1:
        stream = stream.unbatch()
    elif rank != own:
        raise UsageError(f"the tf.data.Dataset gives {stream.element_spec}", f"give {reader.name}, batched or not")
    if reader.name == _ENCODED:
        for first in stream.take(1):
            checked_images(first)
    yield from in_batches(in_parallel(stream, backbone.preprocessing.prepare), batch_size)


def _of_array(preprocessing: Preprocessing, reader: RawReader, given: Any, batch_size: int) -> Iterator[tf.Tensor]:
    from tlzoo.backbones.keras_layer import prepared_batch

    if reader.name == _ENCODED:
        values = checked_images(given)
    elif reader.dtype == "string":
        raise UsageError(f"the backbone takes {reader.name}, not numbers", "give a list of strings")
    else:
        values = _checked_numbers(np.asarray(given), reader)
    for begin in range(0, len(values), batch_size):
        yield prepared_batch(preprocessing, values[begin : begin + batch_size])


def _checked_numbers(values: np.ndarray, reader: RawReader) -> np.ndarray:
    values = values[np.newaxis] if values.ndim == len(reader.shape) else values
    wanted = ("N", *("any" if each is None else each for each in reader.shape))
    fits = values.ndim == len(wanted) and all(
        own is None or own == size for own, size in zip(reader.shape, values.shape[1:], strict=True)
    )
    if values.dtype.kind not in "uifb" or not fits:
        raise DataError(
            f"an array {values.dtype} of shape {values.shape} does not hold {reader.name}",
            f"give shape ({', '.join(map(str, wanted))})",
        )
    if not np.isfinite(values).all():
        raise DataError(f"the {reader.name} have values that are NaN or infinite")
    return values.astype(reader.dtype)


def _of_inputs(backbone: Backbone, modality: str, given: Any, batch_size: int) -> Iterator[tf.Tensor]:
    import tensorflow as tf

    from tlzoo.runs.results.raw_inputs import RawInputs, as_inputs

    if is_text_array(given):
        given = [each.decode() if isinstance(each, bytes) else each for each in np.asarray(given).tolist()]
    name = _reader(backbone, modality, ()).name
    if name != _ENCODED and isinstance(given, str):
        raise UsageError(f"{given!r:.60} is one text, not a list of texts", "give a list: ['…']")
    inputs = as_inputs(given)
    if not inputs:
        raise UsageError("there are no inputs", f"give at least one of {name}")
    pair = (2,) if name != _ENCODED and isinstance(inputs[0], list | tuple) else ()
    raw, reader = RawInputs(name, pair), _reader(backbone, modality, pair)
    inputs = list(raw.expanded(inputs))
    raw.check(inputs)
    prepare = _prepare_encoded(backbone.preprocessing, reader)
    for begin in range(0, len(inputs), batch_size):
        asked = inputs[begin : begin + batch_size]
        data = [_read(raw, each) for each in asked]
        try:
            yield prepare(tf.constant(data))
        except tf.errors.InvalidArgumentError as error:
            raise _unreadable(raw, asked, data) from error


def _read(raw: Any, each: Any) -> Any:
    try:
        return raw.read(each)
    except DataError as error:
        raise DataError(f"{raw.name(each)} cannot be read: {error.what}", error.fix) from error


def _unreadable(raw: Any, asked: Sequence[Any], data: Sequence[Any]) -> DataError:
    """Return the error that names the first input that cannot be read."""
    from tlzoo.data import why_unreadable

    for each, encoded in zip(asked, data, strict=True):
        if isinstance(encoded, bytes) and (why := why_unreadable(encoded)):
            return DataError(f"{raw.name(each)} cannot be read: {why}")
    return DataError("one of the inputs cannot be read")


def _prepare_encoded(preprocessing: Preprocessing, reader: RawReader) -> Callable[[tf.Tensor], tf.Tensor]:
    """Return what reads and prepares a batch of encoded inputs, in parallel."""
    import tensorflow as tf

    def prepare(raw: tf.Tensor) -> tf.Tensor:
        return tf.map_fn(
            lambda each: preprocessing.prepare(reader.read(each)),
            raw,
            fn_output_signature=tf.TensorSpec(preprocessing.shape, preprocessing.dtype),
        )

    signature = tf.TensorSpec((None, *reader.shape), reader.dtype)
    function: Callable[[tf.Tensor], tf.Tensor] = tf.function(prepare, input_signature=[signature], autograph=False)
    return function
