"""Kills a process before every change that fetching makes to the disk: what is left works at once.

It works as ``tests/runs/executing/crashing.py`` does. Arguments: a folder to work in, and the server's address.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import filelock  # noqa: F401 - imported before the forks, so that each is quick
import requests  # noqa: F401 - as above
import tomli_w  # noqa: F401 - as above

from tlzoo.artifacts import Limits, fetch_entry, mirror_entry, resolve_file, using
from tlzoo.errors import BytesRefusedError, EntryError
from tlzoo.registry import Entry, Features, File, ImageInput

specification = importlib.util.spec_from_file_location(
    "crashing", Path(__file__).parents[2] / "runs" / "executing" / "crashing.py"
)
assert specification is not None
assert specification.loader is not None
crashing = importlib.util.module_from_spec(specification)
sys.modules["crashing"] = crashing
specification.loader.exec_module(crashing)

WHAT = "acme/net.pets: weights"
QUICK = Limits(connect=5, silence=5, deadline=30, attempts=2, pause=0.01)


def entry(file: File) -> Entry:
    made = ImageInput("image", (32, 32))
    return Entry("acme/net.pets", "acme", "", "vision", "net", {"weights": file}, made, Features("map"), "MIT")


def here(folder: Path) -> None:
    os.environ["TLZOO_CACHE"], os.environ["TLZOO_LOCK"] = str(folder / "cache"), str(folder / "tlzoo.lock")


def fetching(file: File, *, trust: bool = False) -> Callable[[Path], None]:
    def work(folder: Path) -> None:
        here(folder)
        with using(limits=QUICK, trust_on_first_use=trust):
            resolve_file(WHAT, file)

    return work


def state(file: File) -> Callable[[Path], str]:
    """What is there: nothing that anybody would use, or all of it; never something that is refused."""

    def look(folder: Path) -> str:
        here(folder)
        with using(offline=True):
            try:
                resolve_file(WHAT, file)
            except BytesRefusedError as error:
                raise AssertionError("half a file is in the cache") from error
            except EntryError:
                return "none"
        return "new"

    return look


def damaged(file: File) -> Callable[[Path], None]:
    def prepare(folder: Path) -> None:
        fetching(file)(folder)
        with using(limits=QUICK):
            path = resolve_file(WHAT, file)
        path.write_bytes(path.read_bytes()[:-1] + b"!")

    return prepare


def repairing(file: File) -> Callable[[Path], None]:
    def work(folder: Path) -> None:
        here(folder)
        with using(limits=QUICK):
            assert [each.error for each in fetch_entry(entry(file))] == [None]

    return work


def refused_or(file: File) -> Callable[[Path], str]:
    def look(folder: Path) -> str:
        try:
            return state(file)(folder)
        except AssertionError:
            return "old"

    return look


def mirroring(file: File) -> Callable[[Path], None]:
    def work(folder: Path) -> None:
        here(folder)
        with using(limits=QUICK):
            assert [each.error for each in mirror_entry(entry(file), folder / "mirror")] == [None]

    return work


def mirrored(file: File) -> Callable[[Path], str]:
    def look(folder: Path) -> str:
        there = folder / "mirror" / "mirror.json"
        rows = json.loads(there.read_text())["files"] if there.exists() else []
        for path in (path for path in (folder / "mirror").rglob("*.bin")):
            assert "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest() == file.hash
        for row in rows:
            assert (folder / "mirror" / row["path"]).exists()
        return "new" if rows else "none"

    return look


def nothing(_folder: Path) -> None:
    """Begin with an empty folder."""


if __name__ == "__main__":
    place, address, packed, body, *members = sys.argv[1:]
    plain, unhashed = File(f"{address}/net.bin", body), File(f"{address}/net.bin")
    archive = File(f"{address}/net", packed, unpack=True)
    preset = File(f"{address}/preset", members={"a.txt": members[0], "b/c.txt": members[1]})
    Scenario = crashing.Scenario
    scenarios = {
        "file": Scenario(nothing, fetching(plain), state(plain)),
        "first use": Scenario(nothing, fetching(unhashed, trust=True), state(unhashed)),
        "archive": Scenario(nothing, fetching(archive), state(archive)),
        "folder": Scenario(nothing, fetching(preset), state(preset)),
        "damaged": Scenario(damaged(plain), repairing(plain), refused_or(plain)),
        "mirror": Scenario(fetching(plain), mirroring(plain), mirrored(plain)),
    }
    found = {name: crashing.states(scenario, Path(place, name)) for name, scenario in scenarios.items()}
    sys.stdout.write(json.dumps(found))
