"""Which SavedModels are refused: over twenty kinds that people use pass, and programs that reach files do not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tlzoo.artifacts import check_saved_model, resolve, using
from tlzoo.artifacts.savedmodel import read_saved_model, refusals
from tlzoo.artifacts.savedmodel.inspection import _require_trust
from tlzoo.artifacts.savedmodel.rules.operations import SAVER, TEXT_FILE_INPUT, allowed, allowed_text
from tlzoo.artifacts.savedmodel.rules.refusals import Refusal
from tlzoo.errors import BytesRefusedError
from tlzoo.runs.executing.environment import describe_environment

IN_MEMORY = {
    *("BatchDatasetV2", "ConcatenateDataset", "DatasetToSingleElement", "IgnoreErrorsDataset", "OptionsDataset"),
    *("ParallelMapDatasetV2", "RangeDataset", "RewriteDataset", "TensorDataset", "TensorSliceDataset", "ZipDataset"),
}
"""Data sets of tensors, which a run's serving reads its inputs with."""


def test_common_models_are_not_refused(benign, benign_kind: str) -> None:
    assert refusals(read_saved_model(benign(benign_kind), "x")) == []


def test_programs_are_refused_by_the_name_of_their_operation(hostile, hostile_kind: str) -> None:
    folder, operation = hostile(hostile_kind)
    before = sorted(folder.parent.rglob("*"))
    with pytest.raises(BytesRefusedError, match=rf"is refused: .*{operation} in .*`--trust acme/net\.pets`"):
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


def test_it_is_inspected_without_tensorflow(benign) -> None:
    code = f"""
import sys
from pathlib import Path
from tlzoo.artifacts import check_saved_model
check_saved_model(Path({str(benign("vocabulary_table"))!r}), "x")
print("tensorflow" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_listed_operations_are_tensorflows_and_name_no_file() -> None:
    import tensorflow_text  # noqa: F401 - registers its operations
    from tensorflow.core.framework import op_def_pb2
    from tensorflow.python.client import pywrap_tf_session as session

    known = op_def_pb2.OpList.FromString(session.TF_GetBuffer(session.TF_GetAllOpList()))
    operations = {each.name: each for each in known.op}
    conditional = SAVER | TEXT_FILE_INPUT.keys()
    assert allowed() | conditional <= operations.keys()
    assert not allowed() & conditional
    words = {"file", "filename", "filenames", "path", "dir", "directory", "url", "urls", "address", "ckpt", "token"}
    for name in allowed():
        taken = [each.name for each in (*operations[name].input_arg, *operations[name].attr)]
        of_text = {"token"} if name in allowed_text() else set()  # there they are words, and no credentials
        assert not {part for each in taken for part in each.split("_")} & (words - of_text), name
    for word in ("PyFunc", "Dataset", "Reader", "Summary", "Debug", "Rpc", "Send", "Recv", "Xla", "Collective"):
        found = [name for name in allowed() - IN_MEMORY if word in name]
        assert not [name for name in found if not name.endswith(("Summary", "SummaryV2"))], word


@pytest.mark.parametrize("data", [b"\xff\xff\xff", b"", b"no proto at all"])
def test_a_file_that_is_not_a_saved_model_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "saved_model.pb").write_bytes(data)
    with pytest.raises(BytesRefusedError):
        check_saved_model(tmp_path, "x")


def test_an_entry_is_inspected_wherever_its_folder_comes_from(hostile, cache, an_entry) -> None:
    folder, _ = hostile("writes at call")
    with pytest.raises(BytesRefusedError, match="WriteFile"):
        resolve(an_entry(f"file:{folder}"))


def test_a_trusted_one_is_loaded_and_recorded_for_just_these_bytes(hostile, cache, an_entry) -> None:
    from tlzoo.artifacts import load_inspected, lock_path, overrides

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
    assert load_inspected(folder, what=f"{entry.id}: module")(["words"]).numpy() == [b"words"]
    assert Path("written.txt").read_text() == "words"
    with (folder / "saved_model.pb").open("ab") as stream:
        stream.write(b"\x08\x01")
    with pytest.raises(BytesRefusedError):
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


@pytest.mark.parametrize(("count", "end"), [(4, "Op3 in f (why); load"), (5, "Op3 in f (why), …; load")])
def test_of_many_reasons_the_first_are_shown(tmp_path: Path, count: int, end: str) -> None:
    (tmp_path / "saved_model.pb").write_bytes(b"bytes")
    reasons = [Refusal(f"Op{number}", "f", "why") for number in range(count)]
    with pytest.raises(BytesRefusedError) as caught:
        _require_trust(tmp_path, "acme/net.pets: x", b"bytes", reasons)
    assert end in str(caught.value)
