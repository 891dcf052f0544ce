"""SavedModels made on the spot: of every kind that people load, and such as nobody should."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import pytest
import tensorflow as tf

VECTOR = tf.TensorSpec([None, 4], tf.float32)
TEXT = tf.TensorSpec([None], tf.string)
NUMBER = tf.TensorSpec([], tf.int32)


class Module(tf.Module):
    """A module whose ``__call__`` is the function that it is given; what else it holds is tracked."""

    def __init__(self, function: Callable[..., Any], *signature: tf.TensorSpec, **held: Any) -> None:
        super().__init__()
        for name, each in held.items():
            setattr(self, name, each)
        self.__call__ = tf.function(function, input_signature=signature)


def keras_network() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((16, 16, 3)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(4, 3, padding="same", activation="gelu"),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.2),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )


def keras_export(folder: Path) -> None:
    keras_network().export(folder, verbose=False)


def keras_depthwise(folder: Path) -> None:
    layers = [
        keras.Input((16, 16, 3)),
        keras.layers.DepthwiseConv2D(3),
        keras.layers.ReLU(6.0),
        keras.layers.MaxPool2D(),
    ]
    keras.Sequential([*layers, keras.layers.SeparableConv2D(4, 3), keras.layers.ZeroPadding2D()]).export(
        folder, verbose=False
    )


def keras_rnn(folder: Path) -> None:
    layers = [
        keras.Input((5, 4)),
        keras.layers.LSTM(3, return_sequences=True),
        keras.layers.Bidirectional(keras.layers.GRU(2)),
    ]
    keras.Sequential(layers).export(folder, verbose=False)


def keras_attention(folder: Path) -> None:
    tokens = keras.Input((6,), dtype="int32")
    embedded = keras.layers.Embedding(10, 8, mask_zero=True)(tokens)
    attended = keras.layers.MultiHeadAttention(2, 4)(embedded, embedded)
    keras.Model(tokens, keras.layers.LayerNormalization()(attended)).export(folder, verbose=False)


def keras_text(folder: Path) -> None:
    layer = keras.layers.TextVectorization(output_sequence_length=4, vocabulary=["a", "b"])
    keras.Sequential([keras.Input((), dtype="string"), layer, keras.layers.Embedding(5, 2)]).export(
        folder, verbose=False
    )


def keras_lookup(folder: Path) -> None:
    layer = keras.layers.StringLookup(vocabulary=["a", "b"], output_mode="multi_hot")
    keras.Sequential([keras.Input((2,), dtype="string"), layer]).export(folder, verbose=False)


def keras_augmentation(folder: Path) -> None:
    layers = [
        keras.Input((8, 8, 3)),
        keras.layers.RandomFlip(),
        keras.layers.RandomRotation(0.1),
        keras.layers.Flatten(),
    ]
    keras.Sequential(layers).export(folder, verbose=False)


def reusable(folder: Path) -> None:
    """As Hub modules are: a root with variables, regularization losses and a call with ``training``."""
    kernel, mean = tf.Variable(tf.ones([4, 2]), name="kernel"), tf.Variable(tf.zeros([2]), trainable=False, name="mean")

    @tf.function(input_signature=[VECTOR, tf.TensorSpec([], tf.bool)])
    def call(x: Any, training: Any) -> Any:
        y = x @ kernel
        if training:
            mean.assign(0.9 * mean + 0.1 * tf.reduce_mean(y, 0))
        return {"default": y - mean, "norm": tf.norm(y)}

    root = tf.train.Checkpoint()
    root.__call__ = call
    root.variables, root.trainable_variables = [kernel, mean], [kernel]
    root.regularization_losses = [tf.function(lambda: tf.nn.l2_loss(kernel), input_signature=[])]
    tf.saved_model.save(root, str(folder))


def vocabulary(folder: Path) -> Path:
    path = folder.with_name(f"{folder.name}-words.txt")
    path.write_text("a\nb\nc\n")
    return path


def vocabulary_table(folder: Path) -> None:
    given = tf.lookup.TextFileInitializer(
        str(vocabulary(folder)),
        tf.string,
        tf.lookup.TextFileIndex.WHOLE_LINE,
        tf.int64,
        tf.lookup.TextFileIndex.LINE_NUMBER,
    )
    table = tf.lookup.StaticVocabularyTable(given, 2)
    module = Module(lambda words: table.lookup(tf.strings.lower(words)), TEXT, table=table)
    tf.saved_model.save(module, str(folder))


def read_asset(folder: Path) -> None:
    asset = tf.saved_model.Asset(str(vocabulary(folder)))

    def count(words: Any) -> Any:
        return tf.size(tf.strings.split(tf.io.read_file(asset.asset_path), "\n")) + tf.size(words)

    tf.saved_model.save(Module(count, TEXT, asset=asset), str(folder))


def hash_table(folder: Path) -> None:
    table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(["a", "b"], [1, 2]), -1)
    tf.saved_model.save(Module(table.lookup, TEXT, table=table), str(folder))


def mutable_table(folder: Path) -> None:
    table = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, -1)
    table.insert(["a"], [1])
    tf.saved_model.save(Module(table.lookup, TEXT, table=table), str(folder))


def strings(folder: Path) -> None:
    def call(words: Any) -> Any:
        plain = tf.strings.regex_replace(tf.strings.strip(words), r"[^a-z ]", "")
        split = tf.strings.split(plain)
        grams = tf.strings.ngrams(split, 2)
        return tf.strings.to_hash_bucket_fast(grams.to_tensor(), 100), tf.strings.unicode_decode(
            words, "UTF-8"
        ).to_tensor()

    tf.saved_model.save(Module(call, TEXT), str(folder))


def loops(folder: Path) -> None:
    def call(count: Any) -> Any:
        total = tf.constant(0)
        for each in tf.range(count):
            total += tf.cond(each % 2 == 0, lambda each=each: each, lambda: 1)
        return tf.while_loop(lambda x: x < 100, lambda x: x * 2, [total + 1]), tf.switch_case(
            count % 2, [lambda: 1, lambda: 2]
        )

    tf.saved_model.save(Module(call, NUMBER), str(folder))


def mapped(folder: Path) -> None:
    def call(x: Any) -> Any:
        return tf.map_fn(tf.reduce_sum, x), tf.vectorized_map(lambda row: row * 2, x), tf.scan(lambda a, b: a + b, x)

    tf.saved_model.save(Module(call, VECTOR), str(folder))


def ragged(folder: Path) -> None:
    def call(values: Any) -> Any:
        rows = tf.RaggedTensor.from_row_lengths(tf.range(6), [1, 2, 3])
        return tf.reduce_sum(rows, 1), rows.to_tensor(), tf.concat([rows, rows], 1).to_sparse(), values

    tf.saved_model.save(Module(call, VECTOR), str(folder))


def images(folder: Path) -> None:
    def one(data: Any) -> Any:
        return tf.image.resize(tf.io.decode_image(data, 3, expand_animations=False), [8, 8], antialias=True)

    def call(data: Any) -> Any:
        found = tf.map_fn(one, data, fn_output_signature=tf.float32)
        return tf.image.rgb_to_hsv(found / 255), tf.map_fn(tf.io.decode_jpeg, data, fn_output_signature=tf.uint8)

    tf.saved_model.save(Module(call, TEXT), str(folder))


def examples(folder: Path) -> None:
    def call(serialized: Any) -> Any:
        return tf.io.parse_example(
            serialized, {"x": tf.io.FixedLenFeature([2], tf.float32), "y": tf.io.VarLenFeature(tf.string)}
        )

    tf.saved_model.save(Module(call, TEXT), str(folder))


def random_numbers(folder: Path) -> None:
    generator = tf.random.Generator.from_seed(1)

    def call(x: Any) -> Any:
        return (
            x + tf.random.normal(tf.shape(x)),
            generator.uniform([2]),
            tf.random.stateless_uniform([2], [1, 2]),
            tf.nn.dropout(x, 0.5),
        )

    tf.saved_model.save(Module(call, VECTOR, generator=generator), str(folder))


def gradients(folder: Path) -> None:
    @tf.custom_gradient
    def clipped(x: Any) -> Any:
        return x, lambda upstream: tf.clip_by_value(upstream, -1, 1)

    def call(x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(clipped(x) ** 2)
        return tape.gradient(y, x)

    options = tf.saved_model.SaveOptions(experimental_custom_gradients=True)
    tf.saved_model.save(Module(call, VECTOR), str(folder), options=options)


def signatures_only(folder: Path) -> None:
    module = tf.Module()
    module.kernel = tf.Variable(tf.ones([4, 2]))
    function = tf.function(lambda x: {"logits": x @ module.kernel}, input_signature=[VECTOR])
    tf.saved_model.save(module, str(folder), signatures={"serving_default": function, "other": function})


def audio(folder: Path) -> None:
    def call(x: Any) -> Any:
        spectrum = tf.abs(tf.signal.stft(x, 4, 2))
        return tf.signal.mfccs_from_log_mel_spectrograms(tf.math.log(spectrum + 1e-6)), tf.linalg.svd(
            tf.matmul(x, x, transpose_a=True)
        )

    tf.saved_model.save(Module(call, VECTOR), str(folder))


def printing(folder: Path) -> None:
    def call(x: Any) -> Any:
        tf.print("shape", tf.shape(x))
        tf.debugging.assert_all_finite(x, "finite")
        return tf.ensure_shape(x, [None, 4])

    tf.saved_model.save(Module(call, VECTOR), str(folder))


def checkpointed(folder: Path) -> None:
    """With an optimizer and its slots, so that saver and restore functions are long."""
    root = tf.train.Checkpoint(network=keras_network(), step=tf.Variable(3))
    root.call = tf.function(lambda x: x * tf.cast(root.step, tf.float32), input_signature=[VECTOR])
    options = tf.saved_model.SaveOptions(experimental_io_device="/job:localhost")
    tf.saved_model.save(root, str(folder), options=options)


def sharded(folder: Path) -> None:
    """As with several devices: a variable of a kind that is saved in parts, and another that lives in a function."""
    module = tf.Module()
    module.kernels = [tf.Variable(tf.ones([4, 2]), name=f"kernel{number}") for number in range(12)]
    inner = tf.function(lambda x: x @ module.kernels[0])
    module.nested = tf.function(lambda x: inner(2 * x), input_signature=[VECTOR])
    tf.saved_model.save(module, str(folder))


def serving(folder: Path) -> None:
    """As many serve pictures: from bytes of images to probabilities."""
    network = keras_network()

    def call(data: Any) -> Any:
        def one(each: Any) -> Any:
            decoded = tf.io.decode_image(each, 3, expand_animations=False)
            return tf.cast(tf.image.resize(decoded, [16, 16]), tf.float32)

        return {"probabilities": network(tf.map_fn(one, data, fn_output_signature=tf.float32))}

    archive = keras.export.ExportArchive()
    archive.track(network)
    archive.add_endpoint("serve", call, [TEXT])
    archive.write_out(str(folder), verbose=False)


def graph_of_version_1(folder: Path) -> None:
    """A SavedModel of TensorFlow 1 with a vocabulary, a table and a saver in its graph."""
    path = vocabulary(folder)
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        words = tf.compat.v1.placeholder(tf.string, [None])
        kernel = tf.compat.v1.get_variable("kernel", [4, 2])
        table = tf.compat.v1.lookup.StaticHashTable(
            tf.compat.v1.lookup.KeyValueTensorInitializer(["a", "b"], [0, 1]), 3
        )
        looked = tf.nn.embedding_lookup(kernel, table.lookup(words))
        asset = tf.constant(str(path), name="words")
        tf.compat.v1.add_to_collection(tf.compat.v1.GraphKeys.ASSET_FILEPATHS, asset)
        session.run(tf.compat.v1.global_variables_initializer())
        save_of_version_1(folder, session, words, looked)


def save_of_version_1(folder: Path, session: tf.compat.v1.Session, words: tf.Tensor, vectors: tf.Tensor) -> None:
    """Write the graph of a session as TensorFlow 1 did, with its assets and the initializers of its tables."""
    builder = tf.compat.v1.saved_model.Builder(str(folder))
    signature = tf.compat.v1.saved_model.predict_signature_def({"words": words}, {"vectors": vectors})
    builder.add_meta_graph_and_variables(
        session,
        ["serve"],
        signature_def_map={"serving_default": signature},
        assets_collection=tf.compat.v1.get_collection(tf.compat.v1.GraphKeys.ASSET_FILEPATHS),
        main_op=tf.compat.v1.tables_initializer(),
    )
    builder.save()


def table_of_version_1(folder: Path) -> None:
    """A SavedModel of TensorFlow 1 whose table is filled from an asset, with variables of the old kind."""
    path = vocabulary(folder)
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        words = tf.compat.v1.placeholder(tf.string, [None])
        kernel = tf.compat.v1.get_variable("kernel", [4, 2], use_resource=False)
        asset = tf.constant(str(path), name="vocabulary")
        tf.compat.v1.add_to_collection(tf.compat.v1.GraphKeys.ASSET_FILEPATHS, asset)
        initializer = tf.lookup.TextFileInitializer(
            asset,
            tf.string,
            tf.lookup.TextFileIndex.WHOLE_LINE,
            tf.int64,
            tf.lookup.TextFileIndex.LINE_NUMBER,
        )
        table = tf.compat.v1.lookup.StaticHashTable(initializer, 3)
        looked = tf.nn.embedding_lookup(kernel, table.lookup(words))
        session.run([tf.compat.v1.global_variables_initializer(), tf.compat.v1.tables_initializer()])
        save_of_version_1(folder, session, words, looked)


def saved_again(folder: Path) -> None:
    """As a run's ``serving/`` holds a module: loaded, called within another function, and saved twice."""
    inner = folder.with_name(f"{folder.name}-inner")
    vocabulary_table(inner)
    for target in (folder.with_name(f"{folder.name}-between"), folder):
        loaded = tf.saved_model.load(str(inner))
        called = loaded if callable(loaded) else loaded.answer
        module = tf.Module()
        module.inner, module.answer = loaded, tf.function(called, input_signature=[TEXT])
        tf.saved_model.save(module, str(target))
        inner = target


BENIGN: dict[str, Callable[[Path], None]] = {
    each.__name__: each
    for each in (
        keras_export, keras_depthwise, keras_rnn, keras_attention, keras_text, keras_lookup, keras_augmentation,
        reusable, vocabulary_table, read_asset, hash_table, mutable_table, strings, loops, mapped, ragged, images,
        examples, random_numbers, gradients, signatures_only, audio, printing, checkpointed, sharded, serving,
        graph_of_version_1, table_of_version_1, saved_again,
    )
}  # fmt: skip


def secret(folder: Path) -> str:
    path = folder.with_name("secret.txt")
    path.write_text("secret")
    return str(path)


def reads_at_load(folder: Path) -> None:
    """A table that is filled from a file of the machine when it is loaded."""
    path = secret(folder)

    class Initializer(tf.lookup.KeyValueTensorInitializer):
        def initialize(self, table: Any) -> Any:
            words = tf.reshape(tf.io.read_file(path), [1])
            return tf.raw_ops.LookupTableImportV2(
                table_handle=table.resource_handle, keys=words, values=tf.constant([1], tf.int64)
            )

    table = tf.lookup.StaticHashTable(Initializer(["a"], tf.constant([1], tf.int64)), -1)
    tf.saved_model.save(Module(table.lookup, TEXT, table=table), str(folder))


def writes_at_load(folder: Path) -> None:
    path = str(folder.with_name("written.txt"))

    class Initializer(tf.lookup.KeyValueTensorInitializer):
        def initialize(self, table: Any) -> Any:
            with tf.control_dependencies([tf.io.write_file(path, "written")]):
                return super().initialize(table)

    table = tf.lookup.StaticHashTable(Initializer(["a"], tf.constant([1], tf.int64)), -1)
    tf.saved_model.save(Module(table.lookup, TEXT, table=table), str(folder))


def calling(function: Callable[..., Any], *signature: tf.TensorSpec) -> Callable[[Path], None]:
    return lambda folder: tf.saved_model.save(Module(function, *(signature or (TEXT,))), str(folder))


def writes_at_call(words: Any) -> Any:
    with tf.control_dependencies([tf.io.write_file("written.txt", tf.strings.reduce_join(words))]):
        return tf.identity(words)


def read_in_nested_functions(words: Any) -> Any:
    inner = tf.function(tf.io.read_file)
    outer = tf.function(lambda name: inner(tf.strings.join(["/etc/", name])))
    return tf.cond(tf.size(words) > 0, lambda: outer("passwd"), lambda: tf.constant(""))


def restores_from_anywhere(words: Any) -> Any:
    return tf.raw_ops.RestoreV2(prefix=words[0], tensor_names=["x"], shape_and_slices=[""], dtypes=[tf.float32])[0]


def saves_anywhere(words: Any) -> Any:
    tf.raw_ops.SaveV2(prefix="/tmp/x", tensor_names=["x"], shape_and_slices=[""], tensors=[words])
    return words


def reads_records(words: Any) -> Any:
    return tf.data.TextLineDataset(words).reduce(tf.constant(0), lambda total, _line: total + 1)


def in_python(words: Any) -> Any:
    return tf.py_function(lambda x: x, [words], tf.string)


def in_numpy(words: Any) -> Any:
    return tf.numpy_function(lambda x: x, [words], tf.string)


def prints_into_a_file(words: Any) -> Any:
    tf.print(words, output_stream="file:///tmp/printed.txt")
    return words


def lists_files(words: Any) -> Any:
    return tf.io.matching_files("/etc/*"), words


def reads_within_a_loop(words: Any) -> Any:
    return tf.map_fn(tf.io.read_file, words)


def summaries(words: Any) -> Any:
    writer = tf.raw_ops.SummaryWriter()
    tf.raw_ops.CreateSummaryFileWriter(
        writer=writer, logdir="/tmp/x", max_queue=1, flush_millis=1, filename_suffix=".x"
    )
    return words


def sends(words: Any) -> Any:
    return tf.raw_ops.DebugIdentity(input=words, debug_urls=["file:///tmp/x"])


def regular_expressions_of_files(words: Any) -> Any:
    return tf.raw_ops.DecodeProtoV2(
        bytes=words, message_type="x", field_names=["x"], output_types=[tf.string], descriptor_source="/etc/passwd"
    ).sizes


def reads_a_candidate_file(words: Any) -> Any:
    return tf.random.fixed_unigram_candidate_sampler(
        tf.zeros([1, 1], tf.int64), 1, 1, unique=True, range_max=1, vocab_file="/etc/passwd"
    ).sampled_candidates, words


HOSTILE: dict[str, tuple[Callable[[Path], None], str]] = {
    "reads at load": (reads_at_load, "ReadFile"),
    "writes at load": (writes_at_load, "WriteFile"),
    "writes at call": (calling(writes_at_call), "WriteFile"),
    "reads in nested functions": (calling(read_in_nested_functions), "ReadFile"),
    "reads what it is told": (calling(lambda words: tf.io.read_file(words[0])), "ReadFile"),
    "reads within a loop": (calling(reads_within_a_loop), "ReadFile"),
    "restores from anywhere": (calling(restores_from_anywhere), "RestoreV2"),
    "saves anywhere": (calling(saves_anywhere), "SaveV2"),
    "reads records": (calling(reads_records), "TextLineDataset"),
    "py_function": (calling(in_python), "EagerPyFunc"),
    "numpy_function": (calling(in_numpy), "PyFunc"),
    "prints into a file": (calling(prints_into_a_file), "PrintV2"),
    "lists files": (calling(lists_files), "MatchingFiles"),
    "writes summaries": (calling(summaries), "CreateSummaryFileWriter"),
    "debugs into a file": (calling(sends), "DebugIdentity"),
    "reads descriptors": (calling(regular_expressions_of_files), "DecodeProtoV2"),
    "reads candidates": (calling(reads_a_candidate_file), "FixedUnigramCandidateSampler"),
}


@pytest.fixture(scope="session")
def benign(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A function from a kind's name to a folder with such a SavedModel, made once."""
    parent = tmp_path_factory.mktemp("benign")

    def make(name: str) -> Path:
        if not (parent / name).exists():
            BENIGN[name](parent / name)
        return parent / name

    return make


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], tuple[Path, str]]:
    """A function from a kind's name to such a SavedModel, and to the operation that gives it away."""

    def make(name: str) -> tuple[Path, str]:
        build, operation = HOSTILE[name]
        build(tmp_path / "model")
        return tmp_path / "model", operation

    os.makedirs(tmp_path / "here", exist_ok=True)  # noqa: PTH103 - a path of the test's own
    monkeypatch.chdir(tmp_path / "here")
    return make


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test for each kind that its arguments ask for."""
    for argument, kinds in (("benign_kind", BENIGN), ("hostile_kind", HOSTILE)):
        if argument in metafunc.fixturenames:
            metafunc.parametrize(argument, kinds)
