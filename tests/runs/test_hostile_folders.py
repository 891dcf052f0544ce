"""Run folders that someone made to do harm: every verb refuses them, whether or not their hashes were recomputed."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pickle
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import tlzoo
import tlzoo.cli
from tlzoo.artifacts.hashing import digest
from tlzoo.errors import BytesRefusedError
from tlzoo.runs import Run, RunFolder
from tlzoo.runs.files.hashes import files_in, write_hashes

pytestmark = pytest.mark.slow

EVIL = """
from pathlib import Path
Path({marker!r}).write_text("executed")
from tlzoo.strategies import Phase, Strategy, head

class Evil(Strategy):
    def phases(self, job):
        yield Phase(name="evil", train=head())
"""


class Harm:
    """One hostile folder, and what must be as it was after every verb."""

    def __init__(self, folder: Path, outside: Path) -> None:
        self.folder, self.outside, self.marker = folder, outside, outside / "marker"
        self.recipe, self.journal = folder / "recipe.toml", folder / "journal.jsonl"
        self.checkpoint = next((folder / "checkpoints").glob("*.npz"))
        (outside / "thesis.txt").write_text("years of work")

    def linked(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)
        (self.folder / name).symlink_to(self.outside / "thesis.txt")

    def event(self, kind: str, **changes: Any) -> None:
        lines = [json.loads(line) for line in self.journal.read_text().splitlines()]
        for line in lines:
            line.update(changes if line["event"] == kind else {})
        self.journal.write_text("".join(json.dumps(line) + "\n" for line in lines))

    def strategy(self, name: str) -> None:
        text = self.recipe.read_text()
        self.recipe.write_text(text[: text.index("[strategy]")] + f'[strategy]\nname = "{name}"\n')

    def arrays(self, **arrays: np.ndarray) -> None:
        with np.load(self.checkpoint) as stored:
            known = dict(stored)
        np.savez(self.checkpoint, **(known | arrays))

    def is_harmless(self) -> None:
        assert (self.outside / "thesis.txt").read_text() == "years of work"
        assert not self.marker.exists()


HARMS: dict[str, tuple[Callable[[Harm], object], str, str]] = {}
"""By name: what is changed, the file that the refusal names, and the verbs that open it."""
ALL = "predict evaluate video publish resume show verify Run.predict Run.evaluate"
WEIGHTS = "evaluate video publish resume verify Run.evaluate"
SERVING = "predict verify Run.predict"
FINISHED = ALL.replace("resume ", "")


def harm(named: str, by: str) -> Callable[[Callable[[Harm], object]], object]:
    def keep(change: Callable[[Harm], object]) -> None:
        HARMS[change.__name__] = (change, named, by)

    return keep


@harm("journal.jsonl is a link", ALL)
def journal_is_a_link(it: Harm) -> None:
    it.linked("journal.jsonl")


@harm(".lock is a link", ALL)
def lock_is_a_link(it: Harm) -> None:
    it.linked(".lock")


@harm("checkpoints is a link", ALL)
def checkpoints_are_a_link(it: Harm) -> None:
    shutil.move(it.folder / "checkpoints", it.outside / "checkpoints")
    (it.folder / "checkpoints").symlink_to(it.outside / "checkpoints")


@harm("metrics.jsonl is neither a file nor a folder", ALL)
def metrics_are_a_pipe(it: Harm) -> None:
    (it.folder / "metrics.jsonl").unlink()
    os.mkfifo(it.folder / "metrics.jsonl")


@harm("journal.jsonl is damaged: checkpoint", ALL)
def checkpoint_leads_out(it: Harm) -> None:
    shutil.copy(it.checkpoint, it.outside / "other.npz")
    it.event("kept", checkpoint="../../outside/other")


@harm("journal.jsonl is damaged: result.", ALL)
def journal_has_other_types(it: Harm) -> None:
    it.event("result", result={"phase": "head", "score": "high"})


@harm("journal.jsonl is damaged: a line has no event", ALL)
def journal_has_no_events(it: Harm) -> None:
    it.journal.write_text("{}\n")


@harm("journal.jsonl, line 1,", ALL)
def journal_is_deep(it: Harm) -> None:
    it.journal.write_text("[" * 5000 + "]" * 5000 + "\n")


@harm("result.json is damaged", FINISHED)
def result_is_a_list(it: Harm) -> None:
    (it.folder / "result.json").write_text("[1,2]")


@harm("result.json is damaged: test.per_class", FINISHED)
def classes_are_no_table(it: Harm) -> None:
    result = json.loads((it.folder / "result.json").read_text())
    result["test"]["per_class"] = [["a"]]
    (it.folder / "result.json").write_text(json.dumps(result))


@harm("recipe.toml has more than", ALL)
def recipe_is_deep(it: Harm) -> None:
    it.recipe.write_text(f"data = {'[' * 5000}{']' * 5000}\n")


@harm("recipe.toml has more than", ALL)
def recipe_has_a_long_key(it: Harm) -> None:
    it.recipe.write_text(f"a{'.a' * 100_000} = 1\n")


@harm("evil.py:Evil", "evaluate publish video resume verify Run.evaluate")
def strategy_is_a_file(it: Harm) -> None:
    (it.folder / "evil.py").write_text(EVIL.format(marker=str(it.marker)))
    it.strategy(f"{it.folder}/evil.py:Evil")


@harm("evil_module:Evil", "evaluate publish video resume verify Run.evaluate")
def strategy_is_a_module(it: Harm) -> None:
    (it.outside / "evil_module.py").write_text(EVIL.format(marker=str(it.marker)))
    it.strategy("evil_module:Evil")


@harm("evil.py:Evil", "evaluate publish video resume verify Run.evaluate")
def head_is_a_file(it: Harm) -> None:
    (it.folder / "evil.py").write_text(EVIL.format(marker=str(it.marker)))
    it.recipe.write_text(it.recipe.read_text().replace('name = "linear"', f'name = "{it.folder}/evil.py:Evil"'))


@harm("evil_module:Evil-v0", "evaluate resume verify Run.evaluate")
def environment_is_in_a_module(it: Harm) -> None:
    (it.outside / "evil_module.py").write_text(EVIL.format(marker=str(it.marker)))
    lines = it.recipe.read_text().splitlines(keepends=True)
    changed = ['data = "gym:evil_module:Evil-v0"\n' if line.startswith("data = ") else line for line in lines]
    it.recipe.write_text("".join(changed))


@harm(".lock is a hard link", "resume")
def lock_is_a_hard_link(it: Harm) -> None:
    (it.folder / ".lock").unlink(missing_ok=True)
    os.link(it.outside / "thesis.txt", it.folder / ".lock")


class Runs:
    """What a pickle does when it is opened."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.marker}",)


@harm(".npz has objects", WEIGHTS)
def checkpoint_has_a_pickle(it: Harm) -> None:
    it.arrays(extra=np.array([Runs(it.marker)], dtype=object))
    assert pickle.dumps(Runs(it.marker))


@harm(".npz claims a wrong size", WEIGHTS)
def checkpoint_claims_terabytes(it: Harm) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (10**13,)})
    with zipfile.ZipFile(it.checkpoint, "a") as archive:
        archive.writestr("v:more.npy", header.getvalue())


@harm("compressed or encrypted", WEIGHTS)
def checkpoint_is_a_bomb(it: Harm) -> None:
    with zipfile.ZipFile(it.checkpoint, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("v:more.npy", bytes(10**6))


@harm("is a pickle", WEIGHTS)
def checkpoint_of_another_format(it: Harm) -> None:
    (it.folder / "checkpoints" / "more.pkl").write_bytes(pickle.dumps(Runs(it.marker)))


@harm("train again", "evaluate publish")
def checkpoint_of_another_network(it: Harm) -> None:
    with np.load(it.checkpoint) as stored:
        name = next(key for key in stored if key.startswith("v:"))
    it.arrays(**{name: np.zeros((7, 7), np.float32)})


@harm("WriteFile", SERVING)
def serving_writes_a_file(it: Harm) -> None:
    import tensorflow as tf

    marker = str(it.marker)

    class Module(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def answer(self, images: tf.Tensor) -> dict[str, tf.Tensor]:
            tf.io.write_file(marker, "written")
            return {"label": images, "probabilities": tf.ones((1, 2))}

    module = Module()
    shutil.rmtree(it.folder / "serving")
    tf.saved_model.save(module, str(it.folder / "serving"), signatures={"serving_default": module.answer})


@harm("saved_model.pbtxt is not supported", SERVING)
def serving_is_text(it: Harm) -> None:
    (it.folder / "serving" / "saved_model.pbtxt").write_text("saved_model_schema_version: 1")


def rewritten(path: Path, name: str, content: Callable[[bytes], bytes]) -> None:
    """Change one member of a ``.keras`` file."""
    with zipfile.ZipFile(path) as archive:
        members = {each: archive.read(each) for each in archive.namelist()}
    members[name] = content(members.get(name, b""))
    with zipfile.ZipFile(path, "w") as archive:
        for each, data in members.items():
            archive.writestr(each, data)


@harm("Lambda", "verify")
def model_has_a_lambda(it: Harm) -> None:
    rewritten(it.folder / "model.keras", "config.json", lambda text: text.replace(b'"ReLU"', b'"Lambda"', 1))


@harm("os.system, a class of neither", "verify")
def model_names_a_module(it: Harm) -> None:
    evil = b'{"x": {"module": "os", "class_name": "system"}, '
    rewritten(it.folder / "model.keras", "config.json", lambda text: evil + text[1:])


@harm("keras.enable_unsafe_deserialization, a class of neither", "verify")
def model_changes_the_settings_of_keras(it: Harm) -> None:
    evil = b'{"x": {"module": "keras", "class_name": "enable_unsafe_deserialization"}, '
    rewritten(it.folder / "model.keras", "config.json", lambda text: evil + text[1:])


@harm("leads out of it", "verify")
def model_has_a_path_that_leads_out(it: Harm) -> None:
    rewritten(it.folder / "model.keras", "../thesis.txt", lambda _: b"gone")


@harm("has a link at /x", "verify")
def model_has_weights_elsewhere(it: Harm) -> None:
    import h5py

    def linked(content: bytes) -> bytes:
        file = io.BytesIO(content)
        with h5py.File(file, "r+") as weights:
            weights["x"] = h5py.ExternalLink(str(it.outside / "thesis.txt"), "/")
        return file.getvalue()

    rewritten(it.folder / "model.keras", "model.weights.h5", linked)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small finished run."""
    folder = tmp_path_factory.mktemp("whole")
    random = np.random.default_rng(0)
    dark = random.integers(0, 90, (20, 12, 12), np.uint8)
    np.savez(folder / "two.npz", x=np.concatenate([dark, dark + 150]), y=np.repeat([0, 1], 20))
    run = tlzoo.train(
        data=f"arrays:{folder / 'two.npz'}",
        backbone="glyphnet",
        strategy="feature-extraction",
        epochs=1,
        out=folder / "runs",
    )
    return Path(run.path)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    Image.new("L", (12, 12), 200).save(tmp_path / "bright.png")
    return tmp_path / "bright.png"


@pytest.fixture
def copied(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Harm]:
    """A copy of the run, with a folder outside that is on the path of modules."""
    folder, outside = tmp_path / "run", tmp_path / "outside"
    shutil.copytree(whole, folder)
    outside.mkdir()
    monkeypatch.syspath_prepend(outside)
    it = Harm(folder, outside)
    yield it
    it.is_harmless()


def forge(folder: Path) -> None:
    """Write the hashes that the files have now, as whoever made the folder can."""
    journal = folder / "journal.jsonl"
    if journal.is_file() and not journal.is_symlink():
        with contextlib.suppress(ValueError, AttributeError, RecursionError):
            lines = [json.loads(line) for line in journal.read_text().splitlines()]
            for line in lines:
                line.pop("sha256", None)
            journal.write_text("".join(json.dumps(line) + "\n" for line in lines))
    write_hashes(folder, {name: digest(folder / name) for name in files_in(folder)})


def main(*words: object) -> tuple[int, str]:
    """Run the command line in this process; return its exit code and what it said."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = tlzoo.cli.main([*map(str, words), "--quiet"])
    return code, err.getvalue()


def python(call: Callable[[], object]) -> tuple[int, str]:
    """Call a function; return the exit code of its error, and what it said."""
    try:
        call()
    except tlzoo.TlzooError as error:
        return error.exit_code, str(error)
    return 0, ""


VERBS: dict[str, Callable[[Path, Path], tuple[int, str]]] = {
    "predict": lambda folder, picture: main("predict", folder, picture),
    "evaluate": lambda folder, _: main("evaluate", folder),
    "video": lambda folder, picture: main("predict", folder, 7, "--video", picture.with_name("episode.gif")),
    "publish": lambda folder, _: main("publish", folder, "--as", "stolen", "--licence", "MIT"),
    "show": lambda folder, _: main("runs", "show", folder),
    "verify": lambda folder, _: main("verify", folder),
    "Run.predict": lambda folder, picture: python(lambda: Run(folder).predict([picture])),
    "Run.evaluate": lambda folder, _: python(Run(folder).evaluate),
    "resume": lambda folder, _: python(lambda: resumed(folder)),
}


def resumed(folder: Path) -> Run:
    (folder / "result.json").unlink(missing_ok=True)  # as of an interrupted run
    return tlzoo.resume(folder)


def verb(name: str, folder: Path, picture: Path) -> tuple[int, str]:
    return VERBS[name](folder, picture)


@pytest.mark.parametrize("recomputed", [False, True], ids=["hashes as written", "hashes recomputed"])
@pytest.mark.parametrize("name", list(HARMS))
def test_a_hostile_folder_is_refused(copied: Harm, picture: Path, name: str, *, recomputed: bool) -> None:
    change, named, by = HARMS[name]
    change(copied)
    if recomputed:
        forge(copied.folder)
    for each in sorted(by.split(), key="resume".__eq__):  # resume comes last, as it has no result
        code, said = verb(each, copied.folder, picture)
        assert code == 4, (each, said)
        assert named in said or not recomputed, (each, said)
        assert str(copied.folder) in said or named in said, (each, said)
        copied.is_harmless()


def test_the_run_itself_is_not_refused(whole: Path, picture: Path) -> None:
    for name in ("predict", "evaluate", "show", "verify"):
        assert verb(name, whole, picture)[0] == 0, name
    assert {each.hash for each in tlzoo.verify(whole)} == {"ok"}


@pytest.mark.parametrize("name", ["recipe.toml", "result.json", "checkpoints/phase-01.npz", "serving/saved_model.pb"])
def test_one_other_bit_is_found(copied: Harm, picture: Path, name: str) -> None:
    content = bytearray((copied.folder / name).read_bytes())
    content[-1] ^= 1
    (copied.folder / name).write_bytes(content)
    (changed,) = [each for each in tlzoo.verify(copied.folder) if each.hash == "changed"]
    assert changed.file == name
    code, said = verb("predict" if name.startswith("serving") else "evaluate", copied.folder, picture)
    assert code == 4
    assert name in said


@pytest.mark.parametrize("name", ["checkpoints/phase-02.npz", "serving/assets/more.txt"])
def test_a_file_that_came_later_is_refused_where_it_would_be_opened(copied: Harm, picture: Path, name: str) -> None:
    (copied.folder / name).parent.mkdir(exist_ok=True)
    shutil.copy(copied.checkpoint, copied.folder / name)
    (copied.folder / "notes.json").write_text("mine")
    code, said = verb("predict" if name.startswith("serving") else "evaluate", copied.folder, picture)
    assert code == 4
    assert f"{name} was added after the run ended" in said
    assert {each.file for each in tlzoo.verify(copied.folder) if each.error} == {name}


def test_a_run_without_hashes_is_inspected_with_a_note(copied: Harm, picture: Path) -> None:
    (copied.folder / "hashes.json").unlink()
    err = io.StringIO()
    with contextlib.redirect_stderr(err), contextlib.redirect_stdout(io.StringIO()):
        assert tlzoo.cli.main(["predict", str(copied.folder), str(picture)]) == 0
    assert f"{copied.folder} has no hashes.json (older version)" in err.getvalue()
    assert {each.hash for each in tlzoo.verify(copied.folder)} == {"none"}


def test_checkpoints_of_an_unfinished_run_are_compared_with_the_journal(copied: Harm) -> None:
    (copied.folder / "result.json").unlink()
    copied.arrays(extra=np.zeros(1))
    with pytest.raises(BytesRefusedError, match=r"checkpoints/phase-01\.npz was changed: it has sha256:"):
        tlzoo.resume(copied.folder)
    assert {each.file for each in tlzoo.verify(copied.folder) if each.hash == "changed"} == {"checkpoints/phase-01.npz"}


def test_reading_repairs_nothing(copied: Harm, picture: Path) -> None:
    copied.journal.write_bytes(copied.journal.read_bytes() + b'{"event": "half')
    forged = copied.journal.read_bytes()
    write_hashes(copied.folder, {name: digest(copied.folder / name) for name in files_in(copied.folder)})
    for name in ("show", "verify", "predict"):
        assert verb(name, copied.folder, picture)[0] == 0
    assert copied.journal.read_bytes() == forged


def test_one_bad_folder_does_not_hide_the_others(copied: Harm, whole: Path, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    for name in ("list", "deep", "good", "text"):
        shutil.copytree(whole, runs / name)
    (runs / "list" / "result.json").write_text("[1,2]")
    (runs / "text" / "result.json").write_text('{"test": {"accuracy": "\\u001b[31m"}}')
    (runs / "deep" / "result.json").unlink()
    (runs / "deep" / "recipe.toml").write_text(f"data = {'[' * 5000}{']' * 5000}\n")
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        assert tlzoo.cli.main(["runs", "--out", str(runs), "--json"]) == 0
        assert tlzoo.cli.main(["runs", "--out", str(runs)]) == 0
    listed = {
        Path(each["run"]).name: each.get("error") for each in json.loads(out.getvalue().partition("\n]\n")[0] + "]")
    }
    assert listed.keys() == {"list", "deep", "good", "text"}
    assert listed["good"] is None
    assert "result.json is damaged" in listed["list"]
    assert "more than 32 nested levels" in listed["deep"]
    assert "test.accuracy" in listed["text"]
    assert err.getvalue().count("tlzoo: ") == 3


def test_links_to_a_run_are_followed(whole: Path, tmp_path: Path) -> None:
    (tmp_path / "latest").symlink_to(whole)
    assert RunFolder.open(tmp_path / "latest", "checkpoints", "serving", "model.keras")
