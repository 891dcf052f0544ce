"""What is wrong is one line with its fix and the right exit code; nothing half-written stays."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from fork_server import ForkServer, Process
from PIL import Image

STRATEGIES = """\
from tlzoo.strategies import Phase, Strategy, head, matching


class Early(Strategy):
    def phases(self, job):
        ratio = 1 / 0
        yield Phase(name="only", train=head())


class Late(Strategy):
    def phases(self, job):
        result = yield Phase(name="only", train=head())
        raise KeyError(result.metrics["nothing"])


class Text(Strategy):
    def phases(self, job):
        yield "head"


class List(Strategy):
    def phases(self, job):
        return [Phase(name="only", train=head())]


class Never(Strategy):
    def phases(self, job):
        yield Phase(name="only", train=matching("nothing_*"))


class Misspelt(Strategy):
    def phases(self, job):
        yield Phase(name="only", train=head(), rate=1e-3)


class Interrupted(Strategy):
    def phases(self, job):
        raise KeyboardInterrupt
        yield


class Nothing(Strategy):
    pass
"""
DIGITS = ("train", "--data", "digits:", "--backbone", "glyphnet", "--per-class", 3, "--epochs", 2, "--export", "none")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def mine(here: Path) -> Path:
    (here / "mine.py").write_text(STRATEGIES)
    return here


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--strategy", "multi-stp"), "no strategy 'multi-stp'; did you mean 'multi-step'?"),
        (("--head", "lineer"), "no head 'lineer'; did you mean 'linear'?"),
        (("--optimizer", "adm"), "unknown optimizer 'adm'; did you mean 'adam'"),
        (("--data", "digit:"), "unknown adapter 'digit' in 'digit:'; did you mean 'digits'?"),
        (("--data", "digits"), "source 'digits' has no scheme; did you mean 'digits:'?"),
        (
            ("--strategy", "fine-tune", "-S", "unfrezee=2"),
            "strategy 'fine-tune' has no option 'unfrezee'; did you mean",
        ),
        (("-S", "weight_decay=x"), "strategy 'multi-step', option 'weight_decay': must be a number (got 'x')"),
        (("--head", "mlp", "-H", "units=many"), "head 'mlp', option 'units': must be a list, such as [1, 2]"),
        (("-S", "rate"), "options must be KEY=VALUE; got 'rate'"),
        (("-S", "-5m"), "options must be KEY=VALUE; got '-5m'"),
        (("--budget", "-5m"), "budget: '-5m' is not a duration; use a number and a unit"),
        (("--strategy", "fine-tune", "-S", "unfreeze=block9"), "no stage 'block9'; did you mean 'block4'"),
        (("--epochs", 0), "argument --epochs: must be a whole number of at least 1; got '0'"),
        (
            ("--epochs", "two"),
            "argument --epochs: must be a whole number of at least 1; got 'two'; see `tlzoo train --help`",
        ),
        (("--seed", -1), "argument --seed: must be a whole number of at least 0; got '-1'"),
        (
            ("--image-size", 8),
            "vision/glyphnet.glyphs needs images of at least 16 x 16 pixels, not 8 x 8; use --image-",
        ),
        (("--strategy", "./none.py:Mine"), "no file 'none.py'; give the path of a Python file"),
        (("--strategy", "none_such:Mine"), "no module 'none_such'; install it, or give a file: ./mine.py:Class"),
    ],
)
def test_wrong_usage_is_refused_with_the_nearest_valid_one(
    tlzoo, here: Path, words: tuple[object, ...], said: str
) -> None:
    done = tlzoo(*DIGITS, *words, "--quiet")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"tlzoo: {said}")
    assert done.err.count("\n") == 1
    assert list(here.iterdir()) == []


def test_an_unknown_entry_is_3(tlzoo, here: Path) -> None:
    done = tlzoo(*DIGITS, "--backbone", "glyfnet")
    assert (done.code, done.err) == (3, "tlzoo: no entry 'glyfnet'; did you mean 'vision/glyphnet.glyphs'?\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('backbne = "glyphnet"', "a recipe has no field 'backbne'; did you mean 'backbone'?"),
        ("epochs = 3.5", "epochs: must be a whole number (got 3.5)"),
        ("strategy = 3", "strategy: must be a name, or a table with a name and options (got 3)"),
        ("epochs = 1\nsteps = 2", "give epochs or steps, not both"),
        ('backbone = "glyphnet', "is not TOML: "),
    ],
)
def test_a_wrong_recipe_is_reported_by_file_and_field(tlzoo, here: Path, text: str, said: str) -> None:
    known = "" if "backb" in text else 'backbone = "glyphnet"\n'
    (here / "recipe.toml").write_text(f'data = "digits:"\n{known}{text}\n')
    done = tlzoo("train", "recipe.toml")
    assert done.code == 2
    assert done.err.startswith("tlzoo: recipe.toml")
    assert said in done.err


def test_a_folder_is_not_a_recipe(tlzoo, here: Path) -> None:
    (here / "photos").mkdir()
    assert tlzoo("train", "photos").last.endswith("is a folder, not a recipe; for data use --data images:photos")


@pytest.mark.parametrize(
    ("shapes", "count", "said"),
    [
        ((), 0, "has no images; put the images of each class into a folder of its name: "),
        (("circle",), 4, "has only one class, 'circle'; add samples of a second class"),
        (
            ("circle", "square"),
            1,
            "2 samples in 2 classes leave none for testing; add samples: at least two per class",
        ),
    ],
)
def test_too_little_data_is_refused(tlzoo, here: Path, shapes: tuple[str, ...], count: int, said: str) -> None:
    (here / "photos").mkdir()
    for shape in shapes:
        (here / "photos" / shape).mkdir()
        for number in range(count):
            Image.new("RGB", (40, 40), (number, len(shape), 0)).save(here / "photos" / shape / f"{number}.png")
    done = tlzoo("train", "--data", "images:photos", "--backbone", "glyphnet")
    assert done.code == 1
    assert said in done.last
    assert not (here / "runs").exists()


def test_a_class_without_a_readable_image_is_reported(tlzoo, here: Path) -> None:
    for name in ("cat", "dog"):
        (here / "photos" / name).mkdir(parents=True)
    (here / "photos" / "cat" / "1.jpg").write_text("no image")
    Image.new("RGB", (40, 40)).save(here / "photos" / "dog" / "1.png")
    done = tlzoo("train", "--data", "images:photos", "--backbone", "glyphnet")
    assert done.code == 1
    assert "no image of class 'cat' in photos can be read; repair its files or move the class out" in done.last


@pytest.mark.parametrize("out", ["taken", "taken/below"])
def test_runs_do_not_go_into_a_file(tlzoo, here: Path, out: str) -> None:
    (here / "taken").write_text("mine")
    done = tlzoo(*DIGITS, "--out", out)
    assert (done.code, done.err) == (2, "tlzoo: cannot write runs to taken: it is a file; choose a folder with --out\n")
    assert (here / "taken").read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("Early", 1, "strategy 'Early': ZeroDivisionError: division by zero; mine.py, line 6: `ratio = 1 / 0`"),
        ("Text", 1, "strategy 'Text': yielded 'head' (str); yield a Phase (mine.py, line 18: `yield \"head\"`)"),
        ("List", 1, "strategy 'List': phases() returned [Phase("),
        (
            "Never",
            2,
            "matching nothing_* selects no variable; stages: stem, block1, block2, block3, block4 (mine.py, line",
        ),
        (
            "Misspelt",
            1,
            "strategy 'Misspelt': Phase 'rate': Extra inputs are not permitted (got 0.001); mine.py, ",
        ),
        ("Nothing", 2, "strategy 'Nothing' has no method 'phases'; implement it"),
        ("Erly", 2, "no class 'Erly' in ./mine.py; did you mean 'Early'?"),
        ("", 2, "./mine.py: has no class name; its strategy classes: 'Early'"),
        ("Interrupted", 130, "interrupted; nothing was trained yet; the run folder is removed"),
    ],
)
def test_mistakes_in_an_own_strategy_name_its_line_and_leave_no_run(
    tlzoo, mine: Path, name: str, code: int, said: str
) -> None:
    done = tlzoo(*DIGITS, "--strategy", f"./mine.py:{name}", "--quiet")
    assert done.err.startswith(f"tlzoo: {said}")
    assert done.err.count("\n") == 1
    assert done.code == code
    assert not (mine / "runs").exists()


@pytest.mark.slow
def test_a_strategy_that_failed_after_a_phase_continues_after_a_fix(tlzoo, mine: Path) -> None:
    done = tlzoo(*DIGITS, "--strategy", "./mine.py:Late")
    (path,) = (mine / "runs").iterdir()
    assert done.code == 1
    assert f"training so far is saved; fix the error, then resume with `tlzoo resume runs/{path.name}`" in done.err
    assert "KeyError: 'nothing'; mine.py, line 13: `raise KeyError(" in done.last
    listed = tlzoo("runs")
    assert f"runs/{path.name}" in listed.out
    assert f"to resume one: `tlzoo resume runs/{path.name}`" in listed.err
    assert tlzoo("runs", "show", path).last.endswith(f"resume it with `tlzoo resume {path}`")
    (mine / "mine.py").write_text(STRATEGIES.replace('raise KeyError(result.metrics["nothing"])', "return result"))
    refused = tlzoo("resume", path, "--quiet")
    assert refused.code == 4
    assert "./mine.py:Late is code in mine.py that you have not allowed to run" in refused.last
    assert tlzoo("resume", path, "--quiet", "--trust", path).code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("class Mine(Strategy:\n", "SyntaxError: "),
        ("import nothing_here\n", "ModuleNotFoundError: No module named 'nothing_here'; mine.py, line 1: `import noth"),
    ],
)
def test_an_import_error_of_a_strategy_file_is_reported_with_its_line(tlzoo, here: Path, text: str, said: str) -> None:
    (here / "mine.py").write_text(text)
    done = tlzoo(*DIGITS, "--strategy", "./mine.py:Mine")
    assert done.code == 2
    assert done.err.startswith(f"tlzoo: mine.py cannot be imported: {said}")
    assert f"mine.py, line 1: `{text.strip()}`" in done.err


def test_a_flipped_byte_in_the_weights_is_refused(tlzoo, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tlzoo_vision

    copy = here / "elsewhere" / "tlzoo_vision"
    weights = copy / "weights" / "glyphnet.glyphs.weights.h5"
    weights.parent.mkdir(parents=True)
    content = bytearray((Path(tlzoo_vision.__file__).parent / "weights" / weights.name).read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    specification = find_spec("tlzoo_vision")
    assert specification
    monkeypatch.setattr(specification, "submodule_search_locations", [str(copy)])
    done = tlzoo(*DIGITS)
    assert done.code == 4
    assert "sha256:" in done.last
    assert not (here / "runs").exists()


@pytest.mark.slow
def test_an_unwritable_cache_folder_is_reported_and_not_used(
    tlzoo, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "file").touch()
    monkeypatch.setenv("TLZOO_CACHE", str(here / "file" / "cache"))
    done = tlzoo(*DIGITS, "--strategy", "feature-extraction")
    assert done.code == 0
    assert f"the cache folder {here}/file/cache cannot be used (Not a directory)" in done.err
    assert os.environ["TLZOO_CACHE"] == str(here / "file" / "cache")


@pytest.fixture
def tiny(here: Path) -> Iterator[Path]:
    """A file system of 64 kB."""
    folder = here / "tiny"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system needs root, and a system that allows it")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_is_reported_before_the_run_leaves_files(tlzoo, tiny: Path) -> None:
    (tiny / "ballast").write_bytes(b"\0" * 60_000)
    done = tlzoo(*DIGITS, "--strategy", "feature-extraction", "--out", tiny / "runs")
    assert done.code == 1
    assert f"no space left on the disk of {tiny}/runs/" in done.last or "No space left on device" in done.last
    assert done.last.endswith("--out")
    assert [each.name for each in tiny.iterdir()] == ["ballast"]


@pytest.mark.slow
def test_a_full_disk_at_saving_keeps_the_trained_checkpoint(tlzoo, tiny: Path) -> None:
    done = tlzoo(*DIGITS, "--export", "keras", "--strategy", "feature-extraction", "--out", tiny / "runs")
    (path,) = (tiny / "runs").iterdir()
    assert done.code == 1
    assert f"training so far is saved; fix the error, then resume with `tlzoo resume {path}`" in done.err
    assert done.last.startswith(f"tlzoo: no space left on the disk of {path}; free some space")
    assert not list(path.glob(".*.part"))


def test_no_space_in_the_cache_is_done_without(tlzoo, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tiny / "ballast").write_bytes(b"\0" * 60_000)
    monkeypatch.setenv("TLZOO_CACHE", str(tiny))
    done = tlzoo(*DIGITS, "--strategy", "feature-extraction", "--explain")
    assert done.code == 0, done.err
    assert f"the cache folder {tiny} cannot be used (No space left on device)" in done.err


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send")
def test_an_interruption_names_the_way_on_and_a_second_process_is_refused(
    tlzoo, here: Path, fork_server: ForkServer
) -> None:
    words = ("--data", "digits:", "--backbone", "glyphnet", "--strategy", "feature-extraction", "--epochs", "300")
    words += ("--per-class", "8", "-S", "solver=gradient", "--export", "none")
    with (here / "out").open("w") as out, (here / "err").open("w") as err:
        process = fork_server.begin(["-m", "tlzoo.cli", "train", *words], stdout=out.fileno(), stderr=err.fileno())
    path = _trains(here, process)
    process.kill(signal.SIGSTOP)  # so that it does not end meanwhile
    refused = tlzoo("resume", path)
    process.kill(signal.SIGINT)
    process.kill(signal.SIGCONT)
    code, said = process.wait(), (here / "err").read_text()
    near = path.relative_to(here)
    assert (code, (here / "out").read_text()) == (130, "")
    assert said.splitlines()[-1] == f"tlzoo: interrupted; resume with `tlzoo resume {near}`"
    assert "Traceback" not in said
    assert (refused.code, refused.last) == (
        1,
        f"tlzoo: another process is using {path}; wait for that process, or stop it",
    )
    resumed = tlzoo("resume", near)
    assert resumed.code == 0, resumed.err
    assert "300 epochs" in resumed.out


def _trains(folder: Path, process: Process) -> Path:
    """Return the run's folder once an epoch is over."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            for path in (folder / "runs").iterdir():
                if (path / "metrics.jsonl").stat().st_size:
                    return path
        time.sleep(0.005)
    process.kill(signal.SIGKILL)
    raise AssertionError((folder / "err").read_text())
