"""Every file that tlzoo reads again has a format number: 1 where it is missing, and a newer one is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tlzoo.artifacts.entries import MIRROR_INDEX
from tlzoo.artifacts.pins import lock_path, pin, pinned
from tlzoo.errors import BytesRefusedError, RegistryError, TlzooError, UsageError
from tlzoo.files.folders import disabled_plugins_path, settings_path
from tlzoo.files.format_number import with_format, without_format
from tlzoo.plugins.installation.records import Record, records, remember
from tlzoo.plugins.selection import disable, disabled
from tlzoo.registry import read_registry
from tlzoo.runs import RunFolder, read_recipe
from tlzoo.runs.files.collection import change_document, write_document
from tlzoo.runs.files.hashes import read_hashes, write_hashes
from tlzoo.runs.files.journal import Journal, MetricsFile
from tlzoo.runs.files.result import read_result, result_text
from tlzoo.runs.files.verification import inspect_file
from tlzoo.runs.recipe import write_recipe
from tlzoo.runs.tuning.folder import read_about
from tlzoo.training.checkpoints import Checkpoints

RECIPE = read_recipe(None, {"data": "digits:", "backbone": "glyphnet"})
ABOUT = {"recipe": RECIPE.model_dump(mode="json", exclude_none=True), "space": {}, "data": {"fingerprint": "0"}}
INSTALLED = Record("acme", "1.0", "acme.whl", "0" * 64, "acme.whl")


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TLZOO_SETTINGS", str(tmp_path / "settings"))
    monkeypatch.setenv("TLZOO_LOCK", str(tmp_path / "tlzoo.lock"))


def test_a_document_without_a_number_has_format_1() -> None:
    assert without_format({"name": "a"}, "a.json") == {"name": "a"}
    assert without_format(with_format({"name": "a"}), "a.json") == {"name": "a"}
    assert without_format(with_format({"name": "a"}, 2), "a.json", 2) == {"name": "a"}


@pytest.mark.parametrize("number", [0, -1, True, 1.0, "1", None, [1], "1" * 5_000])
def test_an_invalid_format_number_is_refused(number: object) -> None:
    with pytest.raises(
        BytesRefusedError, match=r"^a\.json is damaged: its format must be a whole number of at least 1; got"
    ):
        without_format({"format": number}, "a.json")


def test_a_newer_format_is_refused_with_its_number() -> None:
    said = "a.json has format 3, but this version of tlzoo reads formats up to 2; upgrade tlzoo"
    with pytest.raises(BytesRefusedError) as refused:
        without_format({"format": 3}, "a.json", 2)
    assert str(refused.value) == said


def journal(folder: Path) -> tuple[Path, Callable[[], Any]]:
    path = folder / "journal.jsonl"
    Journal(path).append("told", text="a")
    Journal(path).append("told", text="b")
    return path, lambda: [event["text"] for event in Journal(path).events]


def metrics(folder: Path) -> tuple[Path, Callable[[], Any]]:
    path = folder / "metrics.jsonl"
    MetricsFile(path).append(position=1, epoch=1, loss=0.5)
    return path, lambda: MetricsFile(path).lines


def recipe(folder: Path) -> tuple[Path, Callable[[], Any]]:
    path = folder / "recipe.toml"
    write_recipe(path, RECIPE)
    return path, lambda: read_recipe(path, {})


def recipe_of_a_run(folder: Path) -> tuple[Path, Callable[[], Any]]:
    path = folder / "recipe.toml"
    write_recipe(path, RECIPE)
    return path, lambda: inspect_file(RunFolder(folder), "recipe.toml")


def environment(folder: Path) -> tuple[Path, Callable[[], Any]]:
    path = folder / "environment.json"
    path.write_text(json.dumps(with_format({"python": "3"})))
    return path, lambda: inspect_file(RunFolder(folder), "environment.json")


def result(folder: Path) -> tuple[Path, Callable[[], Any]]:
    path = folder / "result.json"
    path.write_text(result_text({"seed": 3}))
    return path, lambda: read_result(path)


def hashes(folder: Path) -> tuple[Path, Callable[[], Any]]:
    write_hashes(folder, {"a": f"sha256:{'0' * 64}"})
    return folder / "hashes.json", lambda: read_hashes(folder)


def tuning(folder: Path) -> tuple[Path, Callable[[], Any]]:
    write_document(folder / "tuning.json", ABOUT)
    change_document(folder / "tuning.json", trials=4)
    return folder / "tuning.json", lambda: read_about(folder)


def lock(_: Path) -> tuple[Path, Callable[[], Any]]:
    pin("https://example.com/a", f"sha256:{'0' * 64}", 3, "a test", "first use")
    return lock_path(), lambda: pinned("https://example.com/a")


def registry(folder: Path) -> tuple[Path, Callable[[], Any]]:
    path = folder / "registry.toml"
    path.write_text('format = 1\nplugin = "acme"\nrequirement = "acme"\napi = ">=0.2"\nnamespaces = ["acme"]\n')
    return path, lambda: read_registry(path).providers


def installed_plugins(_: Path) -> tuple[Path, Callable[[], Any]]:
    remember(INSTALLED)
    return Path(settings_path()) / "installed-plugins.json", records


def disabled_plugins(_: Path) -> tuple[Path, Callable[[], Any]]:
    disable(["acme", "pets"])
    return Path(disabled_plugins_path()), disabled


KINDS = [
    journal,
    metrics,
    recipe,
    recipe_of_a_run,
    environment,
    result,
    hashes,
    tuning,
    lock,
    registry,
    installed_plugins,
    disabled_plugins,
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_file_is_written_with_a_number_and_a_newer_one_is_refused(tmp_path: Path, kind: Any) -> None:
    path, read = kind(tmp_path)
    before, text = read(), path.read_text("utf-8")
    newer = [
        text.replace(f"format{between}{number}", f"format{between}9", 1)
        for between in ('": ', " = ")
        for number in "12"
    ]
    (changed,) = {each for each in newer if each != text}
    path.write_text(changed)
    with pytest.raises(
        TlzooError, match=r"has format 9, but this version of tlzoo reads formats up to [12]; upgrade tlzoo$"
    ) as refused:
        read()
    assert str(path) in str(refused.value)
    assert isinstance(refused.value, UsageError) == (kind is recipe)
    path.write_text(text)
    assert read() == before


@pytest.mark.parametrize("kind", [each for each in KINDS if each is not registry], ids=lambda kind: kind.__name__)
def test_a_file_without_a_number_is_read_as_before(tmp_path: Path, kind: Any) -> None:
    path, read = kind(tmp_path)
    before, text = read(), path.read_text("utf-8")
    old = re.sub(r'(# )?"?format"?(:| =) 1,?\s*', "", text, count=1)
    if kind is installed_plugins:
        old = json.dumps(json.loads(text)["plugins"])
    assert old != text
    path.write_text(old)
    assert read() == before


def test_a_registry_of_a_newer_format_exits_with_3(tmp_path: Path) -> None:
    path, read = registry(tmp_path)
    path.write_text(path.read_text().replace("format = 1", "format = 2"))
    with pytest.raises(RegistryError):
        read()


def test_a_checkpoint_has_a_number_and_a_newer_one_is_refused(tmp_path: Path) -> None:
    Checkpoints(tmp_path, {}).save("phase-01", {"moments": np.zeros(2)}, {"epoch": 3})
    assert Checkpoints(tmp_path, {}).load("phase-01")[1] == {"epoch": 3}
    with np.load(tmp_path / "phase-01.npz") as stored:
        arrays = dict(stored)
    assert arrays["__format__"] == 1
    np.savez(tmp_path / "phase-02.npz", **{**arrays, "__format__": np.array(2)})
    with pytest.raises(
        BytesRefusedError, match=r"phase-02\.npz has format 2, but this version of tlzoo reads formats up to 1"
    ):
        Checkpoints(tmp_path, {}).load("phase-02")
    del arrays["__format__"]
    np.savez(tmp_path / "phase-03.npz", **arrays)
    assert Checkpoints(tmp_path, {}).load("phase-03")[1] == {"epoch": 3}


def test_measurements_of_a_newer_format_are_passed_over(tmp_path: Path) -> None:
    from tlzoo.zoo.benching.measurements import read_measurement

    line = {"entry": "a/b.c", "digest": "0", "engine": "tensorflow", "latency_ms": 1.0, "throughput": 1.0, "batch": 1}
    line |= {"by": "bench", "time": "2026", "machine": {"processor": "p", "cores": 2, "gpus": []}}
    assert read_measurement(json.dumps(line)) == read_measurement(json.dumps(with_format(line))) is not None
    assert read_measurement(json.dumps(with_format(line, 2))) is None


def test_the_index_of_a_mirror_of_a_newer_format_is_refused(tmp_path: Path) -> None:
    from tlzoo.artifacts.fetching.fetch import _in_index
    from tlzoo.artifacts.settings import settings

    index = tmp_path / MIRROR_INDEX
    document = {"files": [{"source": "https://example.com/a", "path": "a/b"}]}
    for number, found in ((None, "a/b"), (1, "a/b")):
        index.write_text(json.dumps(document if number is None else with_format(document, number)))
        assert _in_index(index.as_uri(), "https://example.com/a", settings()) == found
    index.write_text(json.dumps(with_format(document, 2)))
    with pytest.raises(BytesRefusedError, match=r"mirror\.json has format 2, but this version"):
        _in_index(index.as_uri(), "https://example.com/a", settings())
