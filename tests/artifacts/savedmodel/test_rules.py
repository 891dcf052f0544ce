"""What a SavedModel may do is read before it is loaded: twenty-odd kinds that people use pass, programs do not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tlzoo.artifacts import check_saved_model, resolve, using
from tlzoo.artifacts.savedmodel import read_saved_model, refusals
from tlzoo.artifacts.savedmodel.rules import _FILE_OPERATIONS, allowed, allowed_text
from tlzoo.artifacts.savedmodel.schema import message
from tlzoo.errors import BytesRefusedError
from tlzoo.runs.environment import describe_environment

IN_MEMORY = {
    *("BatchDatasetV2", "ConcatenateDataset", "DatasetToSingleElement", "IgnoreErrorsDataset", "OptionsDataset"),
    *("ParallelMapDatasetV2", "RangeDataset", "RewriteDataset", "TensorDataset", "TensorSliceDataset", "ZipDataset"),
}
"""Data sets of tensors, which a run's serving reads its inputs with."""


def test_what_people_use_is_not_refused(benign, benign_kind: str) -> None:
    assert refusals(read_saved_model(benign(benign_kind), "x")) == []


def test_programs_are_refused_by_the_name_of_what_they_do(hostile, hostile_kind: str) -> None:
    folder, operation = hostile(hostile_kind)
    before = sorted(folder.parent.rglob("*"))
    with pytest.raises(BytesRefusedError, match=rf"is a program that uses .*{operation} in .*`--trust acme/net\.pets`"):
        check_saved_model(folder, "acme/net.pets: module")
    assert sorted(folder.parent.rglob("*")) == before


@pytest.mark.parametrize("kind", ["reads at load", "writes at load"])
def test_they_would_do_it_if_they_were_loaded(hostile, kind: str) -> None:
    import tensorflow as tf

    folder, _ = hostile(kind)
    for left in folder.parent.glob("written.txt"):
        left.unlink()
    loaded = tf.saved_model.load(str(folder))
    if kind == "reads at load":
        assert loaded(tf.constant(["secret"])).numpy() == [1]
    else:
        assert (folder.parent / "written.txt").read_text() == "written"


def test_it_is_read_without_tensorflow(benign) -> None:
    code = f"""
import sys
from pathlib import Path
from tlzoo.artifacts import check_saved_model
check_saved_model(Path({str(benign("vocabulary_table"))!r}), "x")
print("tensorflow" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_our_part_of_the_proto_is_tensorflows(benign) -> None:
    from tensorflow.core.protobuf import saved_model_pb2

    data = (benign("vocabulary_table") / "saved_model.pb").read_bytes()
    ours, theirs = message("SavedModel").FromString(data), saved_model_pb2.SavedModel.FromString(data)
    for mine, real in zip(ours.meta_graphs, theirs.meta_graphs, strict=True):
        assert [each.filename for each in mine.asset_file_def] == [each.filename for each in real.asset_file_def]
        assert mine.saver_def.filename_tensor_name == real.saver_def.filename_tensor_name
        bound = {each.key: list(each.value.bound_inputs) for each in mine.object_graph_def.concrete_functions}
        assert bound == {key: list(each.bound_inputs) for key, each in real.object_graph_def.concrete_functions.items()}
        for function, true in zip(mine.graph_def.library.function, real.graph_def.library.function, strict=True):
            assert function.signature.name == true.signature.name
            assert [each.name for each in function.signature.input_arg] == [
                each.name for each in true.signature.input_arg
            ]
            assert [(each.name, each.op, *each.input) for each in function.node_def] == [
                (each.name, each.op, *each.input) for each in true.node_def
            ]


def test_what_is_listed_is_of_tensorflow_and_names_no_file() -> None:
    import tensorflow_text  # noqa: F401 - registers its operations
    from tensorflow.core.framework import op_def_pb2
    from tensorflow.python.client import pywrap_tf_session as session

    known = op_def_pb2.OpList.FromString(session.TF_GetBuffer(session.TF_GetAllOpList()))
    operations = {each.name: each for each in known.op}
    assert allowed() | _FILE_OPERATIONS.keys() <= operations.keys()
    assert not allowed() & _FILE_OPERATIONS.keys()
    words = {"file", "filename", "filenames", "path", "dir", "directory", "url", "urls", "address", "ckpt", "token"}
    for name in allowed():
        taken = [each.name for each in (*operations[name].input_arg, *operations[name].attr)]
        of_text = {"token"} if name in allowed_text() else set()  # there they are words, and no credentials
        assert not {part for each in taken for part in each.split("_")} & (words - of_text), name
    for word in ("PyFunc", "Dataset", "Reader", "Summary", "Debug", "Rpc", "Send", "Recv", "Xla", "Collective"):
        found = [name for name in allowed() - IN_MEMORY if word in name]
        assert not [name for name in found if not name.endswith(("Summary", "SummaryV2"))], word


def changed(folder: Path, change) -> Path:
    from tensorflow.core.protobuf import saved_model_pb2

    path = folder / "saved_model.pb"
    proto = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    change(proto.meta_graphs[0])
    path.write_bytes(proto.SerializeToString())
    return folder


@pytest.fixture
def asset_model(benign, tmp_path: Path) -> Path:
    import shutil

    return Path(shutil.copytree(benign("vocabulary_table"), tmp_path / "model"))


@pytest.mark.parametrize("name", ["../../../etc/passwd", "/etc/passwd", "a/../../b", ""])
def test_an_asset_lies_in_its_folder(asset_model: Path, name: str) -> None:
    def rename(meta) -> None:
        meta.asset_file_def[0].filename = name

    with pytest.raises(BytesRefusedError, match="does not lie in the folder of assets"):
        check_saved_model(changed(asset_model, rename), "x")


def test_an_initializer_that_is_bound_to_no_asset_is_refused(asset_model: Path) -> None:
    def unbind(meta) -> None:
        for node in meta.object_graph_def.nodes:
            if node.HasField("asset"):
                node.constant.operation = "x"

    with pytest.raises(BytesRefusedError, match=r"InitializeTableFromTextFileV2 in .* not that of an asset"):
        check_saved_model(changed(asset_model, unbind), "x")


def test_a_function_that_nothing_calls_is_looked_at(asset_model: Path) -> None:
    def add(meta) -> None:
        function = meta.graph_def.library.function.add()
        function.signature.name = "hidden"
        function.node_def.add(name="a", op="EagerPyFunc")

    with pytest.raises(BytesRefusedError, match="EagerPyFunc in hidden"):
        check_saved_model(changed(asset_model, add), "x")


def test_a_saver_may_append_nothing_that_leads_elsewhere(asset_model: Path) -> None:
    def lead(meta) -> None:
        for function in meta.graph_def.library.function:
            for node in function.node_def:
                texts = node.attr["value"].tensor.string_val if node.op == "Const" else []
                for number, text in enumerate(texts):
                    if b"temp" in text:
                        texts[number] = b"/../../../etc/cron.d/x"

    with pytest.raises(BytesRefusedError, match=r"SaveV2 in .* not that of the file that a saver is given"):
        check_saved_model(changed(asset_model, lead), "x")


def test_a_saver_may_join_with_nothing_that_leads_elsewhere(asset_model: Path) -> None:
    def lead(meta) -> None:
        for function in meta.graph_def.library.function:
            for node in function.node_def:
                if node.op == "StringJoin":
                    node.attr["separator"].s = b"/../../../etc/"

    with pytest.raises(BytesRefusedError, match=r"SaveV2 in .* not that of the file that a saver is given"):
        check_saved_model(changed(asset_model, lead), "x")


def test_an_initializer_that_could_be_called_as_a_gradient_is_refused(asset_model: Path) -> None:
    def register(meta) -> None:
        library = meta.graph_def.library
        initializer = next(
            each.signature.name
            for each in library.function
            if any(node.op == "InitializeTableFromTextFileV2" for node in each.node_def)
        )
        library.registered_gradients.add(gradient_func=initializer, registered_op_type="Square")

    with pytest.raises(BytesRefusedError, match="InitializeTableFromTextFileV2"):
        check_saved_model(changed(asset_model, register), "x")


@pytest.mark.parametrize("form", ["without objects", "two graphs"])
def test_a_graph_that_is_run_itself_reads_no_asset_from_a_constant(asset_model: Path, form: str) -> None:
    from tensorflow.core.protobuf import saved_model_pb2

    path = asset_model / "saved_model.pb"
    proto = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    if form == "two graphs":
        proto.meta_graphs.add().CopyFrom(proto.meta_graphs[0])
    else:
        proto.meta_graphs[0].ClearField("object_graph_def")
    for meta in proto.meta_graphs:
        name = meta.asset_file_def[0].tensor_info.name.partition(":")[0]
        node = next(each for each in meta.graph_def.node if each.name == name)
        node.op = "Const"
        node.attr["value"].tensor.string_val.append(b"/etc/passwd")
        meta.graph_def.node.add(name="evil", op="ReadFile", input=[name])
    path.write_bytes(proto.SerializeToString())
    with pytest.raises(BytesRefusedError, match="ReadFile in the graph"):
        check_saved_model(asset_model, "x")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda meta: meta.graph_def.node.add(name="evil", op="AcmeCustom"), "AcmeCustom in the graph"),
        (lambda meta: meta.graph_def.library.function.add().signature.MergeFrom(
            meta.graph_def.library.function[0].signature), "two nodes have this name"),
        (lambda meta: meta.graph_def.node.add(name="saver_filename", op="NoOp"), "two nodes have this name"),
    ],
)  # fmt: skip
def test_what_is_not_known_or_ambiguous_is_refused(asset_model: Path, change, said: str) -> None:
    with pytest.raises(BytesRefusedError, match=said):
        check_saved_model(changed(asset_model, change), "x")


def test_a_call_of_what_is_not_there_is_refused(asset_model: Path) -> None:
    def call(meta) -> None:
        node = meta.graph_def.node.add(name="evil", op="PartitionedCall")
        node.attr["f"].func.name = "ReadFile"

    with pytest.raises(BytesRefusedError, match="it calls 'ReadFile', which is not there"):
        check_saved_model(changed(asset_model, call), "x")


@pytest.mark.parametrize("data", [b"\xff\xff\xff", b"", b"no proto at all"])
def test_what_is_no_saved_model_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "saved_model.pb").write_bytes(data)
    with pytest.raises(BytesRefusedError):
        check_saved_model(tmp_path, "x")


@pytest.mark.parametrize("name", ["saved_model.pbtxt", "saved_model.cpb"])
def test_other_forms_are_refused(asset_model: Path, name: str) -> None:
    (asset_model / name).touch()
    with pytest.raises(BytesRefusedError, match=rf"{name} is not read"):
        check_saved_model(asset_model, "x")


def test_an_entry_is_looked_through_wherever_its_folder_comes_from(hostile, cache, an_entry) -> None:
    folder, _ = hostile("writes at call")
    with pytest.raises(BytesRefusedError, match="WriteFile"):
        resolve(an_entry(f"file:{folder}"))


def test_a_trusted_one_is_loaded_and_recorded_for_just_these_bytes(hostile, cache, an_entry) -> None:
    from tlzoo.artifacts import lock_path, overrides

    folder, _ = hostile("writes at call")
    entry = an_entry(f"file:{folder}")
    with using(trusted=frozenset({"acme/other.pets"})), pytest.raises(BytesRefusedError):
        resolve(entry)
    with using(trusted=frozenset({entry.id})):
        assert resolve(entry)
    assert "WriteFile" in lock_path().read_text()
    assert overrides(entry.id) == ("WriteFile",)
    assert describe_environment(entry.id)["trusted"] == ["WriteFile"]
    assert "trusted" not in describe_environment("acme/other.pets")
    assert resolve(entry)
    changed(folder, lambda meta: meta.graph_def.node.add(name="evil", op="PyFunc"))
    with pytest.raises(BytesRefusedError, match="PyFunc"):
        resolve(entry)


def test_a_lock_of_the_working_folder_grants_no_trust(hostile, cache, an_entry, tmp_path: Path, monkeypatch) -> None:
    from tlzoo.artifacts import lock_path

    folder, _ = hostile("writes at call")
    entry = an_entry(f"file:{folder}")
    with using(trusted=frozenset({entry.id})):
        resolve(entry)
    text = lock_path().read_text()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("TLZOO_LOCK")
    Path("tlzoo.lock").write_text(text)
    with pytest.raises(BytesRefusedError):
        resolve(entry)


def test_refusals_are_plain_values(hostile) -> None:
    folder, _ = hostile("py_function")
    (found,) = refusals(read_saved_model(folder, "x"))
    assert json.dumps([found.operation, found.where, found.why])
