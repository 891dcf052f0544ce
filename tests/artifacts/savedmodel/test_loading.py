"""Loading gives TensorFlow what was inspected: the same numbers as the file, without the parts that are left out."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from tlzoo.artifacts import load_inspected
from tlzoo.artifacts.savedmodel import loading
from tlzoo.artifacts.savedmodel.inspection import inspect
from tlzoo.errors import BytesRefusedError, EntryError

KINDS = (
    "keras_export", "keras_rnn", "reusable", "vocabulary_table", "read_asset", "hash_table", "mutable_table",
    "gradients", "signatures_only", "graph_of_version_1", "table_of_version_1", "saved_again",
)  # fmt: skip


def sample(specification):
    shape = [2 if each is None else each for each in specification.shape.as_list()]
    if specification.dtype == tf.string:
        return tf.fill(shape, "b")
    return tf.cast(tf.random.stateless_uniform(shape, (1, 2)), specification.dtype)


@pytest.mark.parametrize("kind", KINDS)
def test_it_computes_the_same(benign, cache, kind: str) -> None:
    expected, loaded = tf.saved_model.load(str(benign(kind))), load_inspected(benign(kind), what="x")
    before, after = getattr(expected, "variables", []), getattr(loaded, "variables", [])
    assert [each.name for each in after] == [each.name for each in before]
    assert all((one.numpy() == other.numpy()).all() for one, other in zip(before, after, strict=True))
    assert set(loaded.signatures) == set(expected.signatures)
    assert callable(loaded) == callable(expected)
    for name, function in expected.signatures.items():
        given = {key: sample(each) for key, each in function.structured_input_signature[1].items()}
        answers, same = loaded.signatures[name](**given), function(**given)
        assert all(np.array_equal(answers[key].numpy(), same[key].numpy()) for key in same)


@pytest.mark.slow
def test_recurrent_layers_of_older_keras_compute_the_same(cache, tmp_path: Path) -> None:
    import tf_keras

    network = tf_keras.Sequential([tf_keras.layers.Input((5, 3)), tf_keras.layers.LSTM(4), tf_keras.layers.Dense(2)])
    tf.saved_model.save(network, str(tmp_path / "model"))
    data = inspect(tmp_path / "model", "x").data
    assert b"api_implements" in (tmp_path / "model/saved_model.pb").read_bytes()
    assert b"api_implements" not in data
    given = tf.random.stateless_uniform((2, 5, 3), (1, 2))
    np.testing.assert_array_equal(load_inspected(tmp_path / "model", what="x")(given), network(given))


def test_part_of_it_trains_and_moves_its_statistics(benign, cache) -> None:
    loaded = load_inspected(benign("reusable"), what="x")
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(loaded(tf.ones([1, 4]), True)["default"]) + loaded.regularization_losses[0]()
    (gradient,) = tape.gradient(loss, loaded.trainable_variables)
    assert gradient.numpy().any()
    assert loaded.variables[1].numpy().tolist() == pytest.approx([0.4, 0.4])


def test_skipped_parts(benign) -> None:
    meta = saved_model_pb2.SavedModel.FromString(inspect(benign("checkpointed"), "x").data).meta_graphs[0]
    operations = {node.op for function in meta.graph_def.library.function for node in function.node_def}
    operations |= {node.op for node in meta.graph_def.node}
    assert not operations & {"SaveV2", "RestoreV2", "MergeV2Checkpoints"}
    assert not meta.signature_def
    assert not meta.collection_def
    attributes = [node.attr for function in meta.graph_def.library.function for node in function.node_def]
    assert not [each for each in attributes if "_class" in each or each["config_proto"].s]


def test_the_inspected_bytes_are_loaded_even_if_the_file_changes(benign, cache, tmp_path: Path, monkeypatch) -> None:
    folder = Path(shutil.copytree(benign("reusable"), tmp_path / "model"))

    def inspect_and_change(folder: Path, what: str):
        found = inspect(folder, what)
        (folder / "saved_model.pb").write_bytes(b"something else")
        return found

    monkeypatch.setattr(loading, "inspect", inspect_and_change)
    assert load_inspected(folder, what="x").variables[0].shape == (4, 2)


def test_a_copy_lasts_as_long_as_assets_are_read(benign, cache: Path) -> None:
    load_inspected(benign("reusable"), what="x")
    assert not list((cache / "opened").iterdir())
    loaded = load_inspected(benign("read_asset"), what="x")
    assert loaded(tf.constant(["a"])).numpy() == 5
    assert len(list((cache / "opened").iterdir())) == 1


def test_assets_are_copied_however_many_there_are(benign, cache, tmp_path: Path) -> None:
    shutil.copytree(benign("vocabulary_table"), tmp_path / "model")
    inspected = inspect(tmp_path / "model", "x")
    (tmp_path / "model" / "assets" / "more.txt").write_text("more")
    both = (*inspected.assets, "more.txt")
    with loading.private_copy(tmp_path / "model", replace(inspected, assets=both), "x") as copy:
        assert {path.name for path in (copy / "assets").iterdir()} == set(both)


def test_links_as_files_of_variables_are_refused(benign, cache, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(benign("reusable"), tmp_path / "model"))
    (folder / "variables/variables.index").rename(tmp_path / "index")
    (folder / "variables/variables.index").symlink_to(tmp_path / "index")
    with pytest.raises(BytesRefusedError, match=r"variables\.index cannot be used"):
        load_inspected(folder, what="x")


def test_a_link_as_the_folder_of_variables_is_refused(benign, cache, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(benign("reusable"), folder)
    (folder / "variables").rename(tmp_path / "elsewhere")
    (folder / "variables").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BytesRefusedError, match="copy/variables is a link"):
        load_inspected(folder, what="m")


def test_an_error_of_tensorflow_is_one_line(benign, cache, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(benign("reusable"), tmp_path / "model"))
    (folder / "variables/variables.index").write_bytes(b"")
    with pytest.raises(EntryError, match="x: TensorFlow cannot load it: ") as caught:
        load_inspected(folder, what="x")
    assert "\n" not in str(caught.value)
