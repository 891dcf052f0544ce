"""What the cache holds is listed in words, and what no process uses is removed. Without TensorFlow."""

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tlzoo.cli import main
from tlzoo.training.frozen.store import FeatureStore
from tlzoo.zoo import cache as caching

READER = """
import sys
from pathlib import Path
from tlzoo.training.frozen.store import FeatureStore
(features,) = FeatureStore(Path(sys.argv[1])).arrays("a" * 64, 4, ((2,),), ("float32",), None)
print(flush=True)
sys.stdin.read()
print(float(features.sum()), flush=True)
"""
USER = """
import sys
from pathlib import Path
from tlzoo.artifacts.in_use import use
use(Path(sys.argv[1]))
print(flush=True)
sys.stdin.read()
"""
DAY = 86_400


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache with two sets of features, a fetched file and a compiled registry."""
    monkeypatch.setenv("TLZOO_CACHE", str(tmp_path))
    for letter, days in (("a", 40), ("b", 1)):
        key = letter * 64
        made = FeatureStore().arrays(
            key, 4, ((2,),), ("float32",), lambda: iter([[np.ones((4, 2), "float32")]]), f"photos of {letter} by small"
        )
        del made
        used = time.time() - days * DAY
        os.utime(tmp_path / "features" / key / "about.json", (used, used))
    fetched = tmp_path / "files" / "sha256-0123456789abcdef"
    fetched.mkdir(parents=True)
    (fetched / "net.h5").write_bytes(b"weights")
    (tmp_path / "registries").mkdir()
    (tmp_path / "registries" / "1.json").write_text(json.dumps({"key": ["/somewhere/registry.toml", 1], "found": {}}))
    return tmp_path


def tlzoo(*words: str, code: int = 0) -> tuple[str, str]:
    """Run `tlzoo cache` in this process, and return what it wrote to stdout and stderr."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        ended = main(["cache", *words])
    assert ended == code, err.getvalue()
    return out.getvalue(), err.getvalue()


def answers(*words: str) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = json.loads(tlzoo(*words, "--json")[0])
    return said


def test_existing_files_are_listed_as_text(cache: Path) -> None:
    listed = answers("list")
    assert [(each["kind"], each["what"], each["rows"]) for each in listed] == [
        ("features", "photos of b by small", 4),
        ("features", "photos of a by small", 4),
        ("file", "net.h5", None),
        ("registry", "/somewhere/registry.toml", None),
    ]
    assert listed[0]["bytes"] > 4 * 2 * 4
    assert not any(each["in_use"] for each in listed)
    assert "photos of a by small" in tlzoo("list")[0]


def test_a_damaged_set_is_listed_and_removed(cache: Path) -> None:
    (cache / "features" / ("a" * 64) / "about.json").write_text("{")
    assert any(each["what"].startswith("damaged") for each in answers("list"))
    answers("prune", "--all")
    assert not (cache / "features" / ("a" * 64)).exists()


def test_files_unused_for_long_are_removed(cache: Path) -> None:
    (done,) = answers("prune", "--older-than", "30d")
    assert (done["what"], done["action"]) == ("photos of a by small", "removed")
    assert [path.name[0] for path in sorted((cache / "features").iterdir()) if path.is_dir()] == ["b"]
    assert not list((cache / "features").glob("a*"))


def test_the_least_recently_used_files_are_removed_first(cache: Path) -> None:
    listed = answers("list")
    kept = next(each["bytes"] for each in listed if each["what"].startswith("photos of b"))
    registry = next(each["bytes"] for each in listed if each["kind"] == "registry")
    done = answers("prune", "--max-size", str(kept + registry))
    assert [each["what"] for each in done] == ["photos of a by small"]


def test_a_dry_run_removes_nothing(cache: Path) -> None:
    assert {each["action"] for each in answers("prune", "--all", "--dry-run")} == {"would remove"}
    assert len(answers("list")) == 4


def test_fetched_files_go_only_when_asked_for(cache: Path) -> None:
    answers("prune", "--all")
    assert [each["kind"] for each in answers("list")] == ["file"]
    answers("prune", "--all", "--files")
    assert answers("list") == []
    assert tlzoo("list", "--json")[0] == "[]\n"


def test_files_of_a_running_process_are_kept(cache: Path) -> None:
    command = [sys.executable, "-c", READER, str(cache / "features")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        reader.stdout.readline()
        assert [each["what"] for each in answers("list") if each["in_use"]] == ["photos of a by small"]
        actions = {each["what"]: each["action"] for each in answers("prune", "--all")}
        assert actions["photos of a by small"] == "in use"
        assert actions["photos of b by small"] == "removed"
        assert reader.communicate("")[0] == "8.0\n"
    assert [each["action"] for each in answers("prune", "--all")][:1] == ["removed"]


def test_a_part_of_a_file_is_listed_and_kept_while_it_comes(cache: Path) -> None:
    from filelock import FileLock

    part = cache / "downloads" / "0123456789abcdef-net.h5"
    part.mkdir(parents=True)
    (part / "body").write_bytes(b"weig")
    (listed,) = (each for each in answers("list") if each["kind"] == "download")
    assert (listed["what"], listed["bytes"], listed["in_use"]) == ("partial download of net.h5", 4, False)
    answers("prune", "--all")
    with FileLock(f"{part}.lock"):
        assert "in use" in {each["action"] for each in answers("prune", "--all", "--files")}
    assert part.exists()
    answers("prune", "--all", "--files")
    assert not part.exists()


def test_a_file_that_another_process_uses_is_kept_until_it_ends(cache: Path) -> None:
    folder = cache / "files" / "sha256-0123456789abcdef"
    command = [sys.executable, "-c", USER, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        reader.stdout.readline()
        assert [each["kind"] for each in answers("list") if each["in_use"]] == ["file"]
        actions = {each["kind"]: each["action"] for each in answers("prune", "--all", "--files")}
        assert actions["file"] == "in use"
        assert (folder / "net.h5").exists()
        reader.communicate("")
    assert [each["action"] for each in answers("prune", "--all", "--files")] == ["removed"]


def test_a_folder_that_another_process_removes_meanwhile_is_not_an_error(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = cache / "files" / "sha256-0123456789abcdef"
    listed = caching._children

    def removed(path: Path) -> list[Path]:
        found = listed(path)
        if folder in found:
            shutil.rmtree(folder)
        return found

    monkeypatch.setattr(caching, "_children", removed)
    assert {each.kind for each in caching.list_cache()} >= {"features", "registry"}


def test_features_being_computed_are_kept(cache: Path) -> None:
    from filelock import FileLock

    with FileLock(cache / "features" / f"{'b' * 64}.lock"):
        actions = {each["what"]: each["action"] for each in answers("prune", "--all")}
    assert actions["photos of b by small"] == "in use"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "specify what to remove: --older-than 30d, --max-size 5GB or --all"),
        (("--older-than", "soon"), "'soon' is not a duration"),
        (("--max-size", "5 apples"), "'5 apples' is not a size"),
    ],
)
def test_wrong_arguments_are_refused(cache: Path, words: tuple[str, ...], said: str) -> None:
    assert said in tlzoo("prune", *words, code=2)[1]
