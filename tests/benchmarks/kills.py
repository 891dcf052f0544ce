"""Kills commands with SIGKILL at random moments, goes on as their user would, and compares with an undisturbed end.

    python tests/benchmarks/kills.py --kills 200 --folder /tmp/kills
    python tests/benchmarks/kills.py --kills 20 --folder /tmp/kills --only train

Commands are train, tune, rank, fetch, publish, plugins (install) and cache (prune). Each round begins in a new folder.
The command is killed up to three times (``--a-round``), after a random share of the time that it took undisturbed.
After each kill comes the same command, or ``tlzoo resume`` where there is a run or a search. At the end its result is
compared with the undisturbed one. Every round is a line of ``FOLDER/kills.jsonl``: started again, the program goes on
after the last. ``--minutes`` ends it earlier. The exit code is 1 if a round ended otherwise.

Commands run as forks of a process that imported TensorFlow and never ran it
(``tests/made/fork_server.py``); ``plugins`` runs in an environment of its own.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import numpy as np

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS / "made"))

from fork_server import ForkServer  # noqa: E402 - a module of the tests

TRAIN = ("--data", "digits:", "--backbone", "glyphnet", "--weights", "random", "--per-class", "6", "--quiet")
ENTRY = """\
format = 1
[plugins.acme]
requirement = "acme"
api = ">=0.1"
namespaces = ["acme"]
[entries."acme/net.pets"]
summary = "x"
modality = "vision"
loader = "published"
licence = "MIT"
files.weights = {{ source = "{address}/weights.bin", hash = "sha256:{sha256}", bytes = {bytes} }}
input = {{ kind = "image", size = [8, 8] }}
features = {{ kind = "map" }}
"""


class Runner(Protocol):
    """Runs one command line; returns its exit code, or None if it was killed after so many seconds."""

    def __call__(self, words: tuple[str, ...], folder: Path, seconds: float | None) -> int | None:
        """Run it in a round's folder."""
        ...


@dataclass(frozen=True)
class Case:
    """A command: how a round's folder is made, which words go on from what is in it, and what it came to."""

    prepare: Callable[[Path], object]
    words: Callable[[Path], tuple[str, ...]]
    result: Callable[[Path], Any]
    run: Runner


@dataclass
class Forks:
    """Command lines as forks of one process."""

    environment: dict[str, str]
    server: ForkServer

    def __call__(self, words: tuple[str, ...], folder: Path, seconds: float | None) -> int | None:
        """Run a command; kill it after so many seconds, if any are given."""
        registry = folder / "registry.toml"
        own = {
            "TLZOO_CACHE": str(folder / "cache"),
            "TLZOO_SETTINGS": str(folder / "settings"),
            "TLZOO_LOCK": str(folder / "tlzoo.lock"),
            "TLZOO_REGISTRY": str(registry) if registry.exists() else "",
            "TF_CPP_MIN_LOG_LEVEL": "3",
        }
        with (folder / "log").open("wb") as log:
            child = self.server.begin(
                ("-m", "tlzoo.cli", *words),
                stdout=log.fileno(),
                stderr=log.fileno(),
                env=os.environ | self.environment | own,
            )
        if seconds is not None:
            time.sleep(seconds)
            child.kill(signal.SIGKILL)
        code = child.wait()
        return None if code == -signal.SIGKILL else code


def elsewhere(words: tuple[str, ...], folder: Path, seconds: float | None) -> int | None:
    """Run a command in the environment of a round's folder."""
    environment = {
        **{key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"},
        "TLZOO_CACHE": str(folder / "cache"),
        "TLZOO_SETTINGS": str(folder / "settings"),
        "UV_OFFLINE": "1",
    }
    with (folder / "log").open("wb") as log:
        command = [folder / "environment" / "bin" / "python", "-m", "tlzoo.cli", *words]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return None


def runs_in(folder: Path) -> list[Path]:
    return sorted(path.parent for path in folder.glob("*/recipe.toml"))


def train_words(folder: Path) -> tuple[str, ...]:
    found = runs_in(folder / "runs")
    if found and (found[0] / "result.json").exists():  # killed after the last write
        return "runs", "show", str(found[0]), "--quiet"
    if found:
        return "resume", str(found[0]), "--quiet"
    return "train", *TRAIN, "--epochs", "8", "--batch-size", "16", "--out", str(folder / "runs")


def run_result(folder: Path) -> Any:
    """Return figures of every epoch, the weights after each phase, and the result without times and places."""
    (run,) = runs_in(folder)
    weights = hashlib.sha256()
    for path in sorted((run / "checkpoints").glob("*.npz")):
        with np.load(path) as arrays:
            for name in sorted(arrays.files):
                weights.update(f"{path.name} {name}".encode() + arrays[name].tobytes())
    return (
        (run / "metrics.jsonl").read_text(),
        weights.hexdigest(),
        plain(json.loads((run / "result.json").read_text())),
    )


def plain(value: Any) -> Any:
    """Return JSON without times and paths, which differ from run to run."""
    left_out = ("seconds", "cost", "run", "recipe", "folder", "path")
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items() if key not in left_out}
    return [plain(each) for each in value] if isinstance(value, list) else value


def tune_words(folder: Path) -> tuple[str, ...]:
    found = [path.parent for path in folder.glob("tuned/*/tuning.json")]
    if found:
        return "resume", str(found[0]), "--quiet"
    more = ("--strategy", "feature-extraction", "-S", "solver=gradient", "--epochs", "3", "--trials", "2")
    return "tune", *TRAIN, *more, "--out", str(folder / "tuned")


def tune_result(folder: Path) -> Any:
    (search,) = [path.parent for path in folder.glob("tuned/*/tuning.json")]
    return plain(json.loads((search / "result.json").read_text())), run_result(search / "best")


def last_json(folder: Path) -> Any:
    """Return what the last command printed, a JSON value; lines of TensorFlow before it are passed over."""
    lines = (folder / "log").read_text().splitlines()
    begin = next(number for number, line in enumerate(lines) if line[:1] in "[{")
    return plain(json.loads("\n".join(lines[begin:])))


def files(folder: Path) -> dict[str, str]:
    """Return the hash of each file below a folder, without locks."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".lock"
    }


class Shared:
    """What the rounds begin with, made once: a finished run, a file to fetch, a plugin's wheel."""

    def __init__(self, folder: Path, server: ForkServer) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.served = folder / "served"
        self.served.mkdir(exist_ok=True)
        self.body = np.random.default_rng(0).bytes(3_000_000)
        (self.served / "weights.bin").write_bytes(self.body)
        handler = partial(_Quiet, directory=str(self.served))
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.forks = Forks({"TLZOO_OFFLINE": "", "NO_PROXY": "127.0.0.1"}, server)

    @cached_property
    def finished(self) -> Path:
        """A folder with a finished run and the cache that it left: the undisturbed training, if there was one."""
        undisturbed = self.folder.parent / "undisturbed" / "train"
        if any((run / "result.json").exists() for run in runs_in(undisturbed / "runs")):
            return undisturbed
        folder = self.folder / "finished"
        if not (folder / "done").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            assert self.forks(train_words(folder), folder, None) == 0, log_of(folder)
            (folder / "done").touch()
        return folder

    @property
    def run(self) -> Path:
        return runs_in(self.finished / "runs")[0]

    def registry(self, folder: Path) -> None:
        address = f"http://127.0.0.1:{self.server.server_address[1]}"
        sha256 = hashlib.sha256(self.body).hexdigest()
        text = ENTRY.format(address=address, sha256=sha256, bytes=len(self.body))
        (folder / "registry.toml").write_text(text)

    def environment(self, folder: Path) -> None:
        installation = module_of(TESTS / "plugins" / "test_installation.py")
        installation.Elsewhere(folder, pip=False)
        installation.make_wheel(folder / "wheels")

    def filled_cache(self, folder: Path) -> None:
        shutil.copytree(self.finished / "cache", folder / "cache")


def cases(shared: Shared) -> dict[str, Case]:
    """Return the commands by name."""

    def installed(folder: Path) -> Any:
        assert elsewhere(("plugins", "list", "--json"), folder, None) == 0
        rows = {row["name"]: row["status"] for row in last_json(folder)}
        return rows["acme-pets"], sorted(path.name for path in (folder / "settings").rglob("*.whl"))

    def nothing(_folder: Path) -> None:
        pass

    name = "killed"
    rank = ("rank", "--data", "digits:", "--backbone", "glyphnet", "--score", "linear-probe", "knn", "--sample", "100")
    install = ("plugins", "install")
    publish = ("--as", name, "--licence", "MIT", "--replace", "--quiet")
    return {
        "train": Case(nothing, train_words, lambda folder: run_result(folder / "runs"), shared.forks),
        "tune": Case(nothing, tune_words, tune_result, shared.forks),
        "rank": Case(nothing, lambda _: (*rank, "--no-baselines", "--quiet", "--json"), last_json, shared.forks),
        "fetch": Case(
            shared.registry,
            lambda _: ("fetch", "acme/net.pets", "--quiet"),
            lambda folder: files(folder / "cache" / "files") | files(folder / "cache" / "downloads"),
            shared.forks,
        ),
        "publish": Case(
            nothing,
            lambda _: ("publish", str(shared.run), *publish),
            lambda folder: (
                files(folder / "settings" / "published"),
                (folder / "settings" / "registry.toml").read_text().replace(str(folder), ""),
            ),
            shared.forks,
        ),
        "plugins": Case(
            shared.environment,
            lambda folder: (*install, str(next((folder / "wheels").glob("*.whl"))), "--yes", "--quiet"),
            installed,
            elsewhere,
        ),
        "cache": Case(
            shared.filled_cache,
            lambda _: ("cache", "prune", "--all", "--files", "--quiet"),
            lambda folder: sorted(files(folder / "cache")),
            shared.forks,
        ),
    }


def log_of(folder: Path) -> str:
    log = folder / "log"
    return log.read_text(errors="replace")[-2000:] if log.exists() else ""


def undisturbed(case: Case, folder: Path) -> tuple[float, Any]:
    """Return how many seconds a command takes, and its result."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    case.prepare(folder)
    began = time.monotonic()
    assert case.run(case.words(folder), folder, None) == 0, log_of(folder)
    return time.monotonic() - began, case.result(folder)


def one_round(
    case: Case, folder: Path, draw: random.Random, most: int, seconds: float, expected: Any
) -> dict[str, Any]:
    """Kill a command at most so many times, let it end, and compare; return what is written down of it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    case.prepare(folder)
    kills: list[float] = []
    problem, code = None, None
    while len(kills) < most:
        share = draw.uniform(0.0, 1.0)
        code = case.run(case.words(folder), folder, seconds * share)
        if code is not None:
            break
        kills.append(round(share, 3))
    if code is None:
        code = case.run(case.words(folder), folder, None)
    if code:
        problem = f"exit code {code}: {log_of(folder)}"
    else:
        try:
            problem = None if case.result(folder) == expected else "another result"
        except Exception as error:  # noqa: BLE001 - what is left is not as it should be
            problem = f"{type(error).__name__}: {error}"
    if problem is None:
        shutil.rmtree(folder, ignore_errors=True)
    return {"kills": len(kills), "moments": kills, "problem": problem}


def go(arguments: argparse.Namespace, server: ForkServer) -> int:
    """Run rounds of all commands in turns until there were enough kills."""
    journal = arguments.folder / "kills.jsonl"
    end = time.monotonic() + 60 * arguments.minutes
    shared = Shared(arguments.folder / "shared", server)
    chosen = {name: case for name, case in cases(shared).items() if arguments.only in (None, name)}
    known = list(lines(journal))
    references: dict[str, tuple[float, Any]] = {}
    number = len(known)
    turns = Counter(line["command"] for line in known)
    while (
        sum(line["kills"] for line in known if line["command"] in chosen) < arguments.kills and time.monotonic() < end
    ):
        name = min(chosen, key=lambda each: turns[each])
        number += 1
        if name not in references:
            references[name] = undisturbed(chosen[name], arguments.folder / "undisturbed" / name)
        folder = arguments.folder / f"round-{number}-{name}"
        line = {
            "command": name,
            **one_round(chosen[name], folder, random.Random(number), arguments.a_round, *references[name]),
        }
        with journal.open("a") as stream:
            stream.write(json.dumps(line) + "\n")
        known.append(line)
        turns[name] += 1
    shared.server.shutdown()
    shared.server.server_close()
    report(known)
    return 1 if any(line["problem"] for line in known) else 0


def lines(journal: Path) -> Iterator[dict[str, Any]]:
    if journal.exists():
        yield from map(json.loads, journal.read_text().splitlines())


def report(known: list[dict[str, Any]]) -> None:
    """Print rounds, kills and problems of each command."""
    print(f"{'command':10} {'rounds':>6} {'kills':>6} {'problems':>8}")
    for name in dict.fromkeys(line["command"] for line in known):
        own = [line for line in known if line["command"] == name]
        kills, problems = sum(each["kills"] for each in own), sum(bool(each["problem"]) for each in own)
        print(f"{name:10} {len(own):6} {kills:6} {problems:8}")
    for line in known:
        if line["problem"]:
            print(f"{line['command']} after kills at {line['moments']}: {line['problem']}")


def module_of(path: Path) -> ModuleType:
    """Import a test module, which is not in a package."""
    specification = importlib.util.spec_from_file_location(path.stem, path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


def parsed(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200, help="in all, over all commands")
    parser.add_argument("--a-round", type=int, default=3, help="at most, of one command")
    parser.add_argument("--only", help="one command")
    parser.add_argument("--folder", type=Path, default=Path("kills"), help="where rounds and the journal are")
    parser.add_argument("--minutes", type=float, default=24 * 60, help="how long it may take")
    return parser.parse_args(words)


def main() -> int:
    server = ForkServer.start()
    try:
        return go(parsed(), server)
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(main())
