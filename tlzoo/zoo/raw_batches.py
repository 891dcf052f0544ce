"""Batches of samples from raw inputs of any form: arrays, paths, PIL images, texts and datasets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.backbones.keras_layer import prepared_batch
from tlzoo.errors import DataError, UsageError
from tlzoo.modalities import require_modality
from tlzoo.modalities.arrays import is_array
from tlzoo.progress import Progress, Silent
from tlzoo.runs.results.raw_inputs import as_inputs, refuse_others

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from tlzoo.backbones import Backbone, Preprocessing
    from tlzoo.modalities import Modality, RawInputs, RawReader
    from tlzoo.registry import Entry

__all__ = ["raw_input", "sample_batches"]


def sample_batches(
    backbone: Backbone, entry: Entry, inputs: Any, batch_size: int, progress: Progress | None = None
) -> Iterator[tf.Tensor]:
    """Yield batches of samples (batch, …) of raw inputs, in order, for the backbone of an entry.

    ``inputs`` are arrays, tensors, paths, folders, PIL images or texts, one or several, as the modality accepts them; a
    finite ``tf.data.Dataset`` of inputs, or of tuples that start with them; or a data source, opened or as a string.
    Raises UsageError for other types, and DataError for unreadable inputs.
    """
    modality, preprocessing = require_modality(entry.modality), backbone.preprocessing
    reader = modality.raw_reader(preprocessing)
    raw = modality.raw_inputs(reader.shape, entry.input)
    inputs = _opened(inputs, progress)
    if hasattr(inputs, "examples"):
        yield from _of_source(preprocessing, entry.modality, inputs, batch_size)
    elif hasattr(inputs, "element_spec"):
        yield from _of_stream(preprocessing, modality, raw, inputs, batch_size)
    elif is_array(inputs) or raw.dtype != reader.dtype:  # its inputs are only arrays
        yield from _of_array(preprocessing, modality, raw.checked_array(inputs, reader.dtype), batch_size)
    else:
        yield from _of_inputs(preprocessing, reader, raw, inputs, batch_size)


def raw_input(backbone: Backbone, entry: Entry, shape: tuple[int | None, ...] | None) -> keras.KerasTensor:
    """Return the input of a Keras model for raw inputs of this shape (without batch), or of the default shape."""
    import keras

    reader = require_modality(entry.modality).array_reader(backbone.preprocessing)
    return keras.Input(reader.shape if shape is None else shape, dtype=reader.dtype, name=reader.name)


def _opened(inputs: Any, progress: Progress | None) -> Any:
    """Return the data of a source string such as ``images:photos/``; other inputs unchanged."""
    if not isinstance(inputs, str) or ":" not in inputs or "://" in inputs:
        return inputs
    from tlzoo.plugins import registered

    if inputs.partition(":")[0] not in {each.name for each in registered("tlzoo_data_adapters")}:
        return inputs
    from tlzoo.runs import open_source

    return open_source(inputs, progress or Silent())


def _of_source(preprocessing: Preprocessing, modality: str, samples: Any, batch_size: int) -> Iterator[tf.Tensor]:
    from tlzoo.training.frozen.feeds import prepared

    if samples.examples.modality != modality:
        raise UsageError(f"the backbone takes {modality}, but {samples.source} is {samples.examples.modality}")
    yield from prepared(samples.examples, preprocessing, np.arange(len(samples.examples)), batch_size)


def _of_stream(
    preprocessing: Preprocessing, modality: Modality, raw: RawInputs, stream: Any, batch_size: int
) -> Iterator[tf.Tensor]:
    import tensorflow as tf

    from tlzoo.data import in_batches, in_parallel

    if stream.cardinality() == tf.data.INFINITE_CARDINALITY:
        raise UsageError("the tf.data.Dataset is endless", "make it finite: remove repeat(), or add take(count)")
    if isinstance(stream.element_spec, tuple):
        stream = stream.map(lambda *parts: parts[0])
    spec = stream.element_spec
    if not isinstance(spec, tf.TensorSpec):
        raise UsageError(f"the tf.data.Dataset yields {spec!r:.80}", "it must yield inputs, or tuples (inputs, …)")
    reader = modality.array_reader(preprocessing)
    if _refusal(modality, reader, (None, *spec.shape), spec) is not None:  # not a single input
        if spec.shape.rank <= len(reader.shape) or _refusal(modality, reader, tuple(spec.shape), spec) is not None:
            raise UsageError(f"the tf.data.Dataset yields {spec}", f"it must yield {reader.name}, batched or not")
        stream = stream.unbatch()
    for first in stream.take(1) if spec.dtype != tf.string else ():
        raw.checked_array(first, reader.dtype)
    yield from in_batches(
        in_parallel(stream, lambda each: prepared_batch(modality, preprocessing, each[tf.newaxis])[0]), batch_size
    )


def _refusal(modality: Modality, reader: RawReader, shape: tuple[int | None, ...], spec: Any) -> UsageError | None:
    """Return why a tensor of this shape is not a batch of raw inputs, or None."""
    try:
        modality.check_batch(reader, shape, spec.dtype.name)
    except UsageError as error:
        return error
    return None


def _of_array(
    preprocessing: Preprocessing, modality: Modality, values: np.ndarray, batch_size: int
) -> Iterator[tf.Tensor]:
    for begin in range(0, len(values), batch_size):
        yield prepared_batch(modality, preprocessing, values[begin : begin + batch_size])


def _of_inputs(
    preprocessing: Preprocessing, reader: RawReader, raw: RawInputs, given: Any, batch_size: int
) -> Iterator[tf.Tensor]:
    import tensorflow as tf

    if isinstance(given, str) and not raw.strings_are_paths:
        raise UsageError(f"{given!r:.60} is a single text", "give a list of texts: ['…']")
    inputs = as_inputs(given, raw)
    if not inputs:
        raise UsageError("no inputs", f"give at least one: {raw.argument}")
    raw = raw.suited_to(inputs)
    inputs = list(raw.expanded(inputs))
    refuse_others(raw, inputs, "the backbone")
    prepare = _prepare_encoded(preprocessing, reader, raw.shape)
    for begin in range(0, len(inputs), batch_size):
        asked = inputs[begin : begin + batch_size]
        data = [_read(raw, each) for each in asked]
        try:
            yield prepare(tf.constant(raw.batch(data), reader.dtype))
        except tf.errors.InvalidArgumentError as error:
            raise _unreadable(raw, asked, data) from error


def _read(raw: RawInputs, each: Any) -> Any:
    try:
        return raw.read(each)
    except DataError as error:
        raise DataError(f"{raw.name(each) or repr(each)} cannot be read: {error.what}", error.fix) from error


def _unreadable(raw: RawInputs, asked: Sequence[Any], data: Sequence[Any]) -> DataError:
    """Return an error for the first input that cannot be read, with the reason."""
    unknown = "cannot be read"
    for each, encoded in zip(asked, data, strict=True):
        if (why := raw.why(encoded)) != unknown:
            return DataError(f"{raw.name(each)} cannot be read: {why}")
    return DataError("one of the inputs cannot be read")


def _prepare_encoded(
    preprocessing: Preprocessing, reader: RawReader, shape: tuple[int | None, ...]
) -> Callable[[tf.Tensor], tf.Tensor]:
    """Return the function that reads and preprocesses a batch of inputs of this shape, in parallel."""
    import tensorflow as tf

    def prepare(raw: tf.Tensor) -> tf.Tensor:
        return tf.map_fn(
            lambda each: preprocessing.prepare(reader.read(each)),
            raw,
            fn_output_signature=tf.TensorSpec(preprocessing.shape, preprocessing.dtype),
        )

    signature = tf.TensorSpec((None, *shape), reader.dtype)
    function: Callable[[tf.Tensor], tf.Tensor] = tf.function(prepare, input_signature=[signature], autograph=False)
    return function
