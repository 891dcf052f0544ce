"""Two commands that train, publish or prune at once end right, or the second says in a line why it refuses."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from fork_server import ForkServer

pytestmark = pytest.mark.slow

PRUNE_UNTIL = """
import sys, time
from pathlib import Path
from tlzoo.cli import main
while not Path(sys.argv[1]).exists():
    if code := main(["cache", "prune", "--all", "--files", "--quiet"]):
        sys.exit(code)
    time.sleep(0.05)
"""
RECIPE = ("--data", "digits:", "--backbone", "glyphnet", "--per-class", "6", "--epochs", "1", "--export", "none")
TUNE = ("tune", *RECIPE, "--strategy", "feature-extraction", "--trials", "2", "--space", "solver=gradient")


class Site:
    """A cache and settings of one module's own, and commands that run at once in them."""

    def __init__(self, server: ForkServer, folder: Path) -> None:
        self.server, self.folder = server, folder
        own = {"TLZOO_CACHE": "cache", "TLZOO_SETTINGS": "settings", "TLZOO_LOCK": "settings/tlzoo.lock"}
        self.environment = os.environ | {name: str(folder / each) for name, each in own.items()}

    def at_once(self, *commands: Sequence[str], pruning: bool = False) -> list[tuple[int, str, str]]:
        """Run command lines at the same time, while the cache is pruned if so asked; return code, stdout and stderr."""
        stop = self.folder / "stop"
        stop.unlink(missing_ok=True)
        argvs = [["-m", "tlzoo", *words] for words in commands]
        argvs += [["-c", PRUNE_UNTIL, str(stop)]] if pruning else []
        files = [[(self.folder / f"{at}.{name}").open("w+") for name in ("out", "err")] for at in range(len(argvs))]
        started = [
            self.server.begin(argv, stdout=out.fileno(), stderr=err.fileno(), env=self.environment, cwd=self.folder)
            for argv, (out, err) in zip(argvs, files, strict=True)
        ]
        codes = [each.wait() for each in started[: len(commands)]]
        stop.touch()
        codes += [each.wait() for each in started[len(commands) :]]
        ended = []
        for code, streams in zip(codes, files, strict=True):
            for stream in streams:
                stream.seek(0)
            ended.append((code, *(stream.read() for stream in streams)))
            for stream in streams:
                stream.close()
        return ended

    def json(self, *words: str) -> Any:
        """Return what one command answers."""
        ((code, out, err),) = self.at_once([*words, "--json", "--quiet"])
        assert code == 0, err
        return json.loads(out)


@pytest.fixture(scope="module")
def site(fork_server: ForkServer, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(fork_server, tmp_path_factory.mktemp("two"))


@pytest.fixture(scope="module")
def run(site: Site) -> str:
    found: str = site.json("train", *RECIPE, "--strategy", "feature-extraction")["run"]
    return found


def test_one_name_is_published_once(site: Site, run: str) -> None:
    words = ("publish", run, "--as", "once", "--licence", "MIT", "--json")
    first, second = sorted(site.at_once(words, words))
    assert first[0] == 0, first
    assert json.loads(first[1])["id"] == "local/once.tuned"
    said = "tlzoo: local/once.tuned already exists; choose another name, or use --replace"
    assert (second[0], second[2].splitlines()[-1]) == (2, said)
    assert {each["state"] for each in site.json("verify", "local/once")} == {"verified"}


def test_replacing_twice_while_the_cache_is_pruned_leaves_a_whole_entry(site: Site, run: str) -> None:
    words = ("publish", run, "--as", "twice", "--licence", "MIT", "--replace", "--json")
    ended = site.at_once(words, words, pruning=True)
    assert [code for code, *_ in ended] == [0, 0, 0], ended
    assert {each["state"] for each in site.json("verify", "local/twice")} == {"verified"}
    folders = [each.name for each in (site.folder / "settings/published/twice.tuned").iterdir()]
    assert folders == [Path(json.loads(ended[0][1])["folder"]).name]


def test_two_searches_in_one_place_while_the_cache_is_pruned_find_the_same(site: Site) -> None:
    words = (*TUNE, "--json", "--quiet", "--out", "searches")
    *searches, pruned = site.at_once(words, words, pruning=True)
    assert [code for code, *_ in (*searches, pruned)] == [0, 0, 0], (*searches, pruned)
    one, other = (json.loads(out) for _, out, _ in searches)
    assert one["folder"] != other["folder"]
    for each in (one, other):
        assert Path(each["run"]).is_relative_to(each["folder"]) or Path(site.folder, each["run"]).exists()
    assert [trial["score"] for trial in one["trials"]] == [trial["score"] for trial in other["trials"]]
    assert one["test"] == other["test"]
    assert {each["hash"] for each in site.json("verify", one["folder"], other["folder"])} == {"ok"}
