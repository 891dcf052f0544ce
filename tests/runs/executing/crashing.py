"""Kills a process before every change that it makes to the disk, and looks at what is left; without TensorFlow.

For each scenario: a first state is made; a fork does the work and dies, as by SIGKILL, before its k-th change; a second
fork opens what is left, says which state that is, and does the work again. Prints the states of all scenarios as JSON.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np

from tlzoo.artifacts.hashing import digest
from tlzoo.export.keras_format import export_keras
from tlzoo.files.atomic import atomic_folder, remove_folder, write_text
from tlzoo.registry import Entry, Features, File, ImageInput
from tlzoo.registry.reading import read_registry
from tlzoo.runs import Run, Trained, read_recipe
from tlzoo.runs.executing.driver import drive
from tlzoo.runs.files.journal import Journal, MetricsFile
from tlzoo.strategies import Job, Parts, Phase, PhaseResult, Strategy, head
from tlzoo.training import Plan
from tlzoo.training.checkpoints import Checkpoints
from tlzoo.training.frozen.store import FeatureStore
from tlzoo.zoo.publishing.publication import publish

CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate", "os.chmod", "os.utime"}
KILLED, WRONG = 9, 70
OLD, NEW, NONE = "old", "new", "none"
LICENCES = {OLD: "MIT", NEW: "Apache-2.0"}


class Scenario(NamedTuple):
    """``prepare`` makes the first state, ``work`` goes on to the last, ``state`` opens what there is and names it."""

    prepare: Callable[[Path], object]
    work: Callable[[Path], object]
    state: Callable[[Path], str]


class Variable:
    """What a checkpoint takes of a Keras variable."""

    def __init__(self, number: float) -> None:
        self.array = np.full(3, number, "float32")
        self.value = SimpleNamespace(numpy=lambda: self.array)

    def assign(self, array: np.ndarray) -> None:
        self.array = array


def checkpoint(folder: Path, number: float) -> None:
    variables = {"a": Variable(0), "b": Variable(0)}
    checkpoints = Checkpoints(folder / "checkpoints", variables)  # type: ignore[arg-type]
    for variable in variables.values():
        variable.assign(np.full(3, number, "float32"))
    checkpoints.save("phase-01", {"0": np.full(2, number)}, {"epochs": number})


def checkpoint_state(folder: Path) -> str:
    variables = {"a": Variable(0), "b": Variable(0)}
    checkpoints = Checkpoints(folder / "checkpoints", variables)  # type: ignore[arg-type]
    if not checkpoints.exists("phase-01"):
        return NONE
    extra, about = checkpoints.load("phase-01")
    numbers = {*variables["a"].array, *variables["b"].array, *extra["0"], about["epochs"]}
    assert len(numbers) == 1, numbers
    return OLD if numbers == {1.0} else NEW


def features(folder: Path, computed: list[int] | None = None) -> None:
    def compute() -> Iterator[list[np.ndarray]]:
        (computed if computed is not None else []).append(1)
        for number in range(2):
            yield [np.full((2, 3), number, "float32"), np.full((2, 1), number, "int8")]

    (one, two) = FeatureStore(folder / "features").arrays("k", 4, ((3,), (1,)), ("float32", "int8"), compute)
    assert one[:, 0].tolist() == two[:, 0].tolist() == [0, 0, 1, 1]


def features_state(folder: Path) -> str:
    if not FeatureStore(folder / "features").holds("k"):
        return NONE
    computed: list[int] = []
    features(folder, computed)
    return OLD if computed else NEW


def damage(folder: Path) -> None:
    features(folder)
    path = folder / "features" / "k" / "0.npy"
    path.write_bytes(path.read_bytes()[:-1] + b"!")


class Network:
    """What an export takes of a Keras model."""

    def __init__(self, text: str) -> None:
        self.text = text

    def save(self, path: Path, include_optimizer: bool) -> None:  # noqa: FBT001 - as Keras calls it
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("metadata.json", "{}")
            archive.writestr("config.json", "{}")
            archive.writestr("model.weights.h5", self.text)


def export(folder: Path, text: str) -> None:
    model = SimpleNamespace(network=Network(text), classes=("a",), task=SimpleNamespace(kind="classification"))
    export_keras(model, folder)  # type: ignore[arg-type]


def export_state(folder: Path) -> str:
    if not (folder / "model.keras").exists():
        return NONE
    with zipfile.ZipFile(folder / "model.keras") as archive:
        assert archive.testzip() is None
        return archive.read("model.weights.h5").decode()


def serving(folder: Path, text: str) -> None:
    with atomic_folder(folder / "serving") as temporary:
        (temporary / "saved_model.pb").write_text(text)
        (temporary / "variables").mkdir()
        (temporary / "variables" / "data").write_text(text)


def serving_state(folder: Path) -> str:
    if not (folder / "serving").exists():
        return NONE
    texts = {path.read_text() for path in (folder / "serving").rglob("*") if path.is_file()}
    assert len([*(folder / "serving").rglob("*")]) == 3
    (text,) = texts
    return text


class Trainer:
    """Trains nothing, and leaves a checkpoint and a line of figures for each phase."""

    unit = "epochs"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def initial_weights(self, state: Any) -> None:
        """Tell that there was no choice."""

    def job(self, state: Any) -> Job:
        parts = Parts(head=frozenset({"head/kernel"}), stages={})
        return Job(None, parts, "epochs", 3, 0, {"train": 8, "validation": 8, "test": 8}, 4)  # type: ignore[arg-type]

    def plan(self, state: Any, phase: Phase) -> Plan:
        return Plan("live", None, 1, 1, 0, 1, "scripted")

    def run(self, state: Any, phase: Phase, position: int, plan: Plan, record: Any) -> PhaseResult:
        record.append(phase=phase.name, epoch=1, loss=float("nan"))
        write_text(self.folder / f"phase-{position:02d}", phase.name)
        return PhaseResult(
            phase.name, float("nan"), 0.0, {"loss": float("nan")}, f"phase-{position:02d}", "budget", 1, 0.0
        )

    def restore(self, state: Any, checkpoint: str) -> None:
        assert (self.folder / checkpoint).read_text() == "b"


class Two(Strategy):
    name = "two"

    def phases(self, job: Any) -> Any:
        for name in ("a", "b"):
            yield Phase(name=name, train=head())


def run_strategy(folder: Path) -> None:
    journal, metrics = Journal(folder / "journal.jsonl"), MetricsFile(folder / "metrics.jsonl")
    outcome = drive(Trainer(folder), None, Two(), journal, metrics, lambda _text: None)  # type: ignore[arg-type]
    assert [done.phase.name for done in outcome.phases] == ["a", "b"]


def strategy_state(folder: Path) -> str:
    events = [event["event"] for event in Journal(folder / "journal.jsonl").events]
    lines = [line["phase"] for line in MetricsFile(folder / "metrics.jsonl").lines]
    assert events == ["plan", "result", "plan", "result"][: len(events)], events
    assert lines == ["a", "b"][: len(lines)]
    assert len(lines) >= events.count("result")
    return f"{len(events)} events, {len(lines)} lines"


def journal_state(folder: Path) -> str:
    numbers = [event["number"] for event in Journal(folder / "journal.jsonl").events]
    assert numbers == [1, 2, 3][: len(numbers)]
    return str(len(numbers))


def append(folder: Path, upto: int) -> None:
    journal = Journal(folder / "journal.jsonl")
    for number in range(len(journal.events) + 1, upto + 1):
        journal.append("event", number=number)


def prepare_publishing(folder: Path) -> None:
    run = folder / "run"
    run.mkdir()
    write_text(run / "recipe.toml", 'data = "digits:"\nbackbone = "glyphnet"\n')
    write_text(run / "result.json", '{"data": "digits:", "strategy": "fine-tune", "weights": "pretrained"}')
    publishing(folder, LICENCES[OLD])


def publishing(folder: Path, licence: str) -> None:
    """Publish what a run learned, other weights for each licence, in the place of what is there."""
    os.environ["TLZOO_SETTINGS"] = str(folder / "settings")
    kernel = SimpleNamespace(path="kernel", numpy=lambda: np.full(3, ord(licence[0]), "float32"))
    backbone = SimpleNamespace(
        model=SimpleNamespace(weights=[kernel], _flatten_layers=lambda **_: ()),
        preprocessing=SimpleNamespace(normalize=SimpleNamespace(weights=[])),
    )
    head = np.zeros((3, 2), "float32"), np.zeros(2, "float32")
    recipe = read_recipe(folder / "run" / "recipe.toml", {})
    learned = Trained(ENTRY, recipe, backbone, head)  # type: ignore[arg-type]
    with patch("tlzoo.runs.results.trained_backbone.trained_backbone", lambda *_: learned):
        publish(Run(folder / "run"), "a.b", licence, replaces=True)


def published_state(folder: Path) -> str:
    (entry,) = read_registry(folder / "settings" / "registry.toml").entries
    for file in entry.files.values():
        assert digest(Path(file.source.removeprefix("file:"))) == file.hash, entry
    return next(state for state, licence in LICENCES.items() if licence == entry.licence)


ENTRY = Entry(
    id="made/net.random",
    plugin="made",
    summary="A network",
    modality="vision",
    loader="net",
    files={"weights": File("https://example.org/net.h5", "sha256:" + 64 * "0")},
    input=ImageInput("image", (32, 32)),
    features=Features("vector", (3,)),
    licence="Apache-2.0",
)

SCENARIOS = {
    "journal": Scenario(lambda folder: append(folder, 1), lambda folder: append(folder, 3), journal_state),
    "strategy": Scenario(lambda _folder: None, run_strategy, strategy_state),
    "file": Scenario(
        lambda folder: write_text(folder / "f", OLD),
        lambda folder: write_text(folder / "f", NEW),
        lambda folder: (folder / "f").read_text(),
    ),
    "first checkpoint": Scenario(lambda _folder: None, lambda folder: checkpoint(folder, 2.0), checkpoint_state),
    "checkpoint": Scenario(
        lambda folder: checkpoint(folder, 1.0), lambda folder: checkpoint(folder, 2.0), checkpoint_state
    ),
    "features": Scenario(lambda _folder: None, features, features_state),
    "damaged features": Scenario(damage, features, features_state),
    "removal": Scenario(
        lambda folder: serving(folder, OLD), lambda folder: remove_folder(folder / "serving"), serving_state
    ),
    "model": Scenario(lambda folder: export(folder, OLD), lambda folder: export(folder, NEW), export_state),
    "published": Scenario(prepare_publishing, lambda folder: publishing(folder, LICENCES[NEW]), published_state),
    "folder": Scenario(lambda folder: serving(folder, OLD), lambda folder: serving(folder, NEW), serving_state),
}


def die_before(change: int, folder: Path) -> None:
    """Let this process die before its ``change``-th change to what lies in ``folder``, or write through to the disk."""
    count, within = 0, str(folder)

    def step() -> None:
        nonlocal count
        count += 1
        if count == change:
            os._exit(KILLED)

    def listen(event: str, arguments: tuple[Any, ...]) -> None:
        writes = event == "open" and bool((arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
        relative = event in {"os.remove", "os.rmdir"} and not Path(str(arguments[0])).is_absolute()
        if (event in CHANGES or writes) and (relative or within in str(arguments[0])):
            step()

    through = os.fsync

    def fsync(descriptor: int) -> None:
        step()
        through(descriptor)

    os.fsync = fsync
    sys.addaudithook(listen)


def forked(work: Callable[[], object]) -> int:
    """Do the work in a fork; return how that ended."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = WRONG
    try:
        work()
        code = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
        raise
    finally:
        sys.stderr.flush()
        os._exit(code)


def states(scenario: Scenario, parent: Path) -> list[str]:
    """Return the state after each crash, and at last the one without; the work must be repeatable from each."""
    found: list[str] = []
    finals: set[str] = set()
    code = KILLED
    while code == KILLED:
        folder = parent / str(len(found) + 1)
        folder.mkdir(parents=True)
        code, before, after = crash(scenario, folder, len(found) + 1)
        assert code in {0, KILLED}, code
        found.append(before)
        finals.add(after)
        left = [str(path) for path in folder.rglob(".*.part")]
        assert code == 0 or left == [], left
        shutil.rmtree(folder)
    assert len(finals) == 1, (found, finals)
    return found


def crash(scenario: Scenario, folder: Path, change: int) -> tuple[int, str, str]:
    """Die before this change; return how the work ended, the state that it left, and the one after doing it again."""
    said = folder.with_suffix(".state")

    def work() -> None:
        die_before(change, folder)
        scenario.work(folder)

    def look() -> None:
        before = scenario.state(folder)
        scenario.work(folder)
        said.write_text(f"{before}|{scenario.state(folder)}")

    assert forked(lambda: scenario.prepare(folder)) == 0
    code = forked(work)
    assert forked(look) == 0
    before, _, after = said.read_text().partition("|")
    return code, before, after


if __name__ == "__main__":
    assert "tensorflow" not in sys.modules
    imported = Path(sys.argv[1], "imported")
    imported.mkdir()
    prepare_publishing(imported)  # what that imports, forks need not
    found = {name: states(scenario, Path(sys.argv[1], name)) for name, scenario in SCENARIOS.items()}
    sys.stdout.write(json.dumps(found))
