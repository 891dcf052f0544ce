"""Lets several processes write to one place at the same moment; prints what was there afterwards, as JSON.

Run as a script, in a process without TensorFlow: a fork of one that has used it would hang.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tlzoo.artifacts import pins
from tlzoo.errors import TlzooError
from tlzoo.files.atomic import atomic_folder, write_text
from tlzoo.files.derived_cache import cached_from_files
from tlzoo.files.lock import exclusive
from tlzoo.plugins import catalog, disable
from tlzoo.plugins.installation import records, remember
from tlzoo.plugins.installation.records import Record
from tlzoo.plugins.selection import disabled
from tlzoo.registry import Measured
from tlzoo.registry.own import add_own_entry, own_entries
from tlzoo.runs.files.folder import RunFolder
from tlzoo.training.frozen.store import FeatureStore
from tlzoo.zoo.benching.registry_update import record_measured

COUNT = 8


def race(write: Callable[[int], object], count: int = COUNT) -> list[str]:
    """Call ``write(number)`` in as many forks at once; return what each raised, in order, empty where nothing."""
    ready, go = os.pipe()
    said = []
    for number in range(count):
        back, out = os.pipe()
        if os.fork() == 0:
            os.close(go)
            os.read(ready, 1)
            try:
                write(number)
            except TlzooError as error:
                os.write(out, str(error).encode())
            except BaseException:  # noqa: BLE001 - a child must not go on as the parent
                os.write(out, traceback.format_exc().encode())
            os._exit(0)
        os.close(out)
        said.append(back)
    time.sleep(0.05)
    os.close(go)
    answers = []
    for back in said:
        with os.fdopen(back) as stream:
            answers.append(stream.read())
        os.wait()
    os.close(ready)
    return answers


def taking_turns(marker: Path, hold: Callable[[], AbstractContextManager[None]]) -> Callable[[int], None]:
    """Return what process 0 and process 1 do: 0 holds something until 1 has tried to."""
    first, second = marker.with_suffix(".first"), marker.with_suffix(".second")

    def take(number: int) -> None:
        if number == 0:
            with hold():
                first.touch()
                wait_for(second)
            return
        wait_for(first)
        try:
            with hold():
                pass
        finally:
            second.touch()

    return take


def wait_for(path: Path) -> None:
    while not path.exists():
        time.sleep(0.01)


def settings() -> dict[str, Any]:
    raised = race(lambda number: disable([f"plugin-{number}"]))
    raised += race(lambda number: remember(Record(f"plugin-{number}", "1.0", "here", f"{number}", "a.whl")))
    return {"raised": raised, "disabled": len(disabled()), "records": len(records())}


def lock_file() -> dict[str, Any]:
    raised = race(
        lambda number: pins.pin(f"https://example.org/{number}", "sha256:" + "0" * 64, 1, "a/b.c", "first use")
    )
    raised += race(lambda number: pins.trust(f"tree-sha256:{number}", "a/b.c", ()))
    known = [pins.pinned(f"https://example.org/{number}") for number in range(COUNT)]
    return {"raised": raised, "pins": len(list(filter(None, known)))}


def own_registry() -> dict[str, Any]:
    entry = replace(catalog().get("vision/glyphnet.glyphs"), plugin="tlzoo", aliases=(), measured=None)
    raised = race(lambda number: add_own_entry(replace(entry, id=f"local/net-{number}.v1")))
    twice = race(lambda _: add_own_entry(replace(entry, id="local/same.v1")), 2)
    path = Path(os.environ["TLZOO_SETTINGS"], "registry.toml")
    raised += race(lambda number: record_measured(path, f"local/net-{number}.v1", Measured(number + 1)))
    figures = [each.measured.parameters for each in own_entries() if each.measured]
    return {"raised": raised, "entries": len(own_entries()), "figures": sorted(figures), "twice": sorted(twice)}


def runs(folder: Path) -> dict[str, Any]:
    raised = race(lambda _: RunFolder.create(folder / "runs", "net", "data"))
    (first, *_) = sorted((folder / "runs").iterdir())

    refused = race(taking_turns(folder / "turn of the run", lambda: RunFolder(first).lock()), 2)
    return {"raised": raised, "runs": len(list((folder / "runs").iterdir())), "refused": sorted(refused)}


def files(folder: Path) -> dict[str, Any]:
    def write(number: int) -> None:
        for _ in range(5):
            write_text(folder / "text", f"{number}" * 10_000)

    def replace_folder(number: int) -> None:
        for _ in range(5):
            with atomic_folder(folder / "whole", durable=False) as made:
                (made / "a").write_text(f"{number}")
                (made / "b").write_text(f"{number}")

    raised = race(write) + race(replace_folder)
    text = (folder / "text").read_text()
    return {
        "raised": raised,
        "text": len(set(text)) == 1 and len(text) == 10_000,
        "folder": (folder / "whole/a").read_text() == (folder / "whole/b").read_text(),
        "left": sorted(each.name for each in folder.iterdir() if each.name.endswith(".part")),
    }


def cache(folder: Path) -> dict[str, Any]:
    computed = folder / "computed"

    def batches() -> Any:
        with computed.open("a") as stream:
            stream.write("x")
        time.sleep(0.3)
        yield [np.arange(6, dtype=np.float32).reshape(2, 3)]

    def features(_: int) -> None:
        (array,) = FeatureStore().arrays("k" * 64, 2, [(3,)], ["float32"], batches)
        assert array.sum() == 15

    def remember_one(_: int) -> None:
        for _ in range(20):
            assert cached_from_files("kind", "name", [1], lambda: ([1, 2], [])) == [1, 2]

    raised = race(features) + race(remember_one)
    return {"raised": raised, "computed": computed.read_text()}


def waiting(folder: Path) -> dict[str, Any]:
    notes: list[str] = []
    held = partial(exclusive, folder / "held", seconds=1.2, note=notes.append)
    try_it = taking_turns(folder / "turn", held)

    def hold(number: int) -> None:
        try:
            try_it(number)
        except TlzooError as error:
            raise TlzooError(f"{notes}: {error}") from None

    return {"said": race(hold, 2)}


def main(folder: Path) -> None:
    found = {
        "settings": settings(),
        "lock file": lock_file(),
        "own registry": own_registry(),
        "runs": runs(folder),
        "files": files(folder),
        "cache": cache(folder),
        "waiting": waiting(folder),
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
