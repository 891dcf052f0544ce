"""Real runs, killed by SIGKILL at random moments and resumed, end as if nothing had happened."""

import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from fork_server import ForkServer, Process
from PIL import Image

from tlzoo.errors import RunError
from tlzoo.runs import RunFolder, resume

KILLS, KILLS_A_RUN, MOST_KILLS_AT_ONE_TIME = 3, 3, 20
TRAIN = ("train", "--data", "digits:", "--backbone", "glyphnet", "--weights", "random", "--per-class", "6")
TWO_PHASES = ("--strategy", "lp-ft")
BUDGET = ("--epochs", "32", "--batch-size", "16", "--export", "keras", "--quiet")


class Runs:
    """Starts command lines as forks of the server, with a cache and a log of their own."""

    def __init__(self, server: ForkServer, folder: Path) -> None:
        self.server, self.log, self.cache = server, folder / "log", folder / "cache"

    def start(self, *words: str) -> Process:
        with self.log.open("ab") as log:
            environment = os.environ | {"TLZOO_CACHE": str(self.cache)}
            argv = ["-m", "tlzoo.cli", *words]
            return self.server.begin(argv, stdout=log.fileno(), stderr=log.fileno(), env=environment)

    def run(self, *words: str) -> None:
        code = self.start(*words).wait()
        assert code == 0, self.log.read_text()

    def kill_after(self, seconds: float, *words: str) -> bool:
        """Kill a command line after so many seconds; say whether it was alive until then."""
        process = self.start(*words)
        time.sleep(seconds)
        process.kill(signal.SIGKILL)
        code = process.wait()
        assert code in {0, -signal.SIGKILL}, self.log.read_text()
        return code != 0


@pytest.fixture(scope="module")
def server(fork_server: ForkServer, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    return Runs(fork_server, tmp_path_factory.mktemp("server"))


@pytest.mark.slow
def test_three_kills_change_nothing(server: Runs, tmp_path: Path) -> None:
    began = time.monotonic()
    server.run(*TRAIN, *TWO_PHASES, *BUDGET, "--out", str(tmp_path / "whole"))
    seconds = time.monotonic() - began
    whole = only_run(tmp_path / "whole")
    draw = random.Random(7)
    kills = runs = 0
    while kills < KILLS:
        runs += 1
        out = tmp_path / f"killed-{runs}"
        server.cache = tmp_path / f"cache-{runs}"  # so that features are computed, and kills hit that, too
        for _ in range(min(KILLS_A_RUN, KILLS - kills)):
            killed = server.kill_after(seconds * draw.uniform(0.1, 0.5), *next_command(out))
            kills += killed
            if not killed:
                break
        run = only_run(out)
        if not (run is not None and RunFolder(run).result.exists()):
            server.run(*next_command(out))
        assert_same(only_run(out), whole)
        assert runs < MOST_KILLS_AT_ONE_TIME


@pytest.mark.slow
@pytest.mark.parametrize(
    "how",
    [
        ("--augment", "strong", "-A", "flip=true"),
        ("--head", "attention"),
        ("--head", "pyramid"),
    ],
    ids=["augmented", "attention", "pyramid"],
)
def test_a_kill_within_a_phase_changes_nothing(server: Runs, tmp_path: Path, how: tuple[str, ...]) -> None:
    """Features are cached below the heads of sequences and pyramids, and samples are augmented anew without one."""
    check_a_kill(server, (*TRAIN, "--strategy", "feature-extraction", *how, *BUDGET), tmp_path)


@pytest.mark.slow
def test_a_kill_while_a_detector_trains_changes_nothing(server: Runs, tmp_path: Path) -> None:
    scenes = tmp_path / "scenes"
    for part in ("images", "labels"):
        (scenes / part).mkdir(parents=True)
    (scenes / "classes.txt").write_text("bright\ndark\n")
    for number in range(16):
        pixels = np.full((40, 40), 128, np.uint8)
        pixels[number : number + 16, 8:24] = 255 * (number % 2)
        Image.fromarray(pixels).save(scenes / f"images/{number}.png")
        (scenes / f"labels/{number}.txt").write_text(f"{1 - number % 2} 0.4 {(number + 8) / 40} 0.4 0.4\n")
    words = ("train", "--data", f"boxes:{scenes}", "--backbone", "glyphnet", "--weights", "random", "--head", "fcos")
    words += ("-H", "levels=2", "-H", "units=16", "--strategy", "feature-extraction", *BUDGET)
    check_a_kill(server, words, tmp_path)


@pytest.mark.slow
def test_a_kill_while_acting_on_images_changes_nothing(server: Runs, tmp_path: Path) -> None:
    """Stored features of frozen stages are not in checkpoints: a resumed segment computes them in the same batches."""
    source = "gym:MiniGrid-Empty-Random-5x5-v0?observations=pixels&tile_size=8&stack=2&max_steps=8"
    words = ("train", "--data", source, "--backbone", "rl/nature-cnn-rgb.blank", "--weights", "random")
    words += ("--image-size", "36", "--strategy", "fine-tune", "-S", "head_share=0.9")
    words += ("-H", "environments=2", "-H", "rollout=8", "-H", "passes=2", "-H", "episodes=4", "--steps", "800")
    check_a_kill(server, (*words, "--export", "keras", "--quiet"), tmp_path)


def check_a_kill(server: Runs, words: tuple[str, ...], folder: Path) -> None:
    """Fail unless a run that is killed within its phase and resumed ends as an uninterrupted one."""
    server.run(*words, "--out", str(folder / "whole"))
    run = killed_within_a_phase(server, words, folder)
    server.run("resume", str(run), "--quiet")
    assert_same(run, only_run(folder / "whole"))


def killed_within_a_phase(server: Runs, words: tuple[str, ...], folder: Path) -> Path:
    """Return a run that was killed after some epochs of its phase; a run that ends before the kill is tried again."""
    for attempt in range(10):
        out = folder / f"killed-{attempt}"
        process, began = server.start(*words, "--out", str(out)), time.monotonic()
        while sum(path.read_bytes().count(b"\n") for path in out.glob("*/metrics.jsonl")) < 3:
            assert time.monotonic() - began < 120, server.log.read_text()
            time.sleep(0.005)
        process.kill(signal.SIGKILL)
        if process.wait() == -signal.SIGKILL:
            run = only_run(out)
            assert run is not None
            if not (run / "checkpoints" / "phase-01.npz").exists():
                return run
    pytest.fail("ten runs ended before they were killed")


def next_command(out: Path) -> tuple[str, ...]:
    run = only_run(out)
    return (*TRAIN, *TWO_PHASES, *BUDGET, "--out", str(out)) if run is None else ("resume", str(run), "--quiet")


def only_run(out: Path) -> Path | None:
    """Return the run in a folder; None before its recipe is written, which is its first file."""
    runs = [path.parent for path in out.glob("*/recipe.toml")]
    assert len(runs) <= 1
    return runs[0] if runs else None


def assert_same(run: Path | None, whole: Path | None) -> None:
    """Compare bit by bit: figures, weights after each phase, the model's weights, results."""
    assert run is not None
    assert whole is not None
    assert RunFolder(run).metrics.read_bytes() == RunFolder(whole).metrics.read_bytes()
    names = sorted(path.name for path in RunFolder(whole).checkpoints.iterdir())
    assert sorted(path.name for path in RunFolder(run).checkpoints.iterdir()) == names
    for name in names:
        if not name.endswith(".npz"):
            assert (run / "checkpoints" / name).read_bytes() == (whole / "checkpoints" / name).read_bytes()
            continue
        one, other = np.load(run / "checkpoints" / name), np.load(whole / "checkpoints" / name)
        with one, other:
            assert {key: one[key].tobytes() for key in one.files} == {key: other[key].tobytes() for key in other.files}
    assert weights(run) == weights(whole)
    results = [json.loads(RunFolder(each).result.read_text()) for each in (run, whole)]
    for key in ("test", "validation"):
        assert results[0][key] == results[1][key]
    phases = [[{**phase, "seconds": 0} for phase in result["phases"]] for result in results]
    assert phases[0] == phases[1]
    assert [path.name for path in run.rglob(".*.part")] == []


def weights(run: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(RunFolder(run).model) as archive:
        content = io.BytesIO(archive.read("model.weights.h5"))
    found: dict[str, bytes] = {}
    with h5py.File(content) as file:
        file.visititems(
            lambda name, each: found.update({name: each[()].tobytes()}) if isinstance(each, h5py.Dataset) else None
        )
    assert found
    return found


@pytest.fixture(scope="module")
def interrupted(server: Runs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on an ``.npz`` file of its own, killed once its journal has a plan."""
    folder = tmp_path_factory.mktemp("interrupted")
    write_squares(folder / "squares.npz")
    words = ("train", "--data", f"arrays:{folder / 'squares.npz'}", *TRAIN[3:7], *BUDGET, "--out", str(folder / "runs"))
    process = server.start(*words)
    while not any('"plan"' in path.read_text() for path in folder.glob("runs/*/journal.jsonl")):
        time.sleep(0.05)
    process.kill(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    (run,) = (folder / "runs").iterdir()
    return run


def write_squares(path: Path, count: int = 60, classes: tuple[str, ...] = ("dark", "light"), seed: int = 0) -> None:
    labels = np.arange(count) % len(classes)
    images = np.random.default_rng(seed).integers(0, 100, (count, 8, 8)) + 100 * labels[:, None, None]
    np.savez(path, x=images.astype("uint8"), y=np.array(classes)[labels])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"count": 64}, r"class 'dark' had 30 samples and now has 32"),
        ({"seed": 1}, r"class 'dark' has different samples"),
        ({"classes": ("dark", "bright")}, r"class 'light' was removed"),
    ],
)
def test_changed_data_is_refused_with_the_change(interrupted: Path, change: dict[str, object], said: str) -> None:
    write_squares(interrupted.parents[1] / "squares.npz", **change)  # type: ignore[arg-type]
    with pytest.raises(RunError, match=said):
        resume(interrupted)


def test_two_processes_do_not_work_on_one_run(tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text('data = "digits:"\nbackbone = "glyphnet"\n')
    script = "import sys; from pathlib import Path; from tlzoo.runs import RunFolder\n"
    script += "with RunFolder(Path(sys.argv[1])).lock(): print(flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(RunError, match="another process is using"):
            resume(tmp_path)
        other.kill()
    shutil.rmtree(tmp_path)
