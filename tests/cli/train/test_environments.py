"""A user without a home folder, a settings folder that cannot be written, names that are not UTF-8."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tlzoo.errors import UsageError
from tlzoo.files import folders

NAME = b"caf\xe9"


@pytest.fixture
def homeless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No HOME and no entry in the system's list of users; returns the temporary folder."""
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "TLZOO_CACHE", "TLZOO_SETTINGS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    return tmp_path


def test_without_a_home_folder_the_temporary_one_is_used(homeless: Path) -> None:
    own = homeless / f"tlzoo-{os.getuid()}"
    assert (folders.cache_path(), folders.settings_path()) == (f"{own}/cache", f"{own}/settings")
    assert stat.S_IMODE(own.stat().st_mode) == 0o700


@pytest.mark.parametrize("spoil", [lambda own: own.chmod(0o777), lambda own: (own.rmdir(), own.touch())])
def test_a_folder_that_others_may_write_to_is_not_used(homeless: Path, spoil) -> None:
    folders.cache_path()
    spoil(homeless / f"tlzoo-{os.getuid()}")
    with pytest.raises(UsageError, match=r"there is no home folder, .*; set TLZOO_CACHE and TLZOO_SETTINGS to folders"):
        folders.settings_path()


def test_a_settings_folder_that_cannot_be_written(tlzoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("TLZOO_SETTINGS", str(tmp_path / "file" / "settings"))
    assert tlzoo("list", "glyphnet").code == 0
    done = tlzoo("plugins", "disable", "tlzoo-text")
    assert done.code == 1
    assert done.last == (f"tlzoo: {tmp_path}/file/settings: Not a directory; set TLZOO_SETTINGS to a writable folder")


@pytest.mark.parametrize("source", ["images:~tilde", "arrays:~tilde", "hf:~tilde", "tfds:~tilde", "table:~tilde.csv"])
def test_a_folder_may_begin_with_a_tilde(tlzoo, source: str) -> None:
    done = tlzoo("data", "inspect", source)
    assert done.code in {1, 2}
    assert "~tilde" in done.last
    assert "should not happen" not in done.err


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Two classes of eight pictures; a class and files have names that are not UTF-8, one file is no image."""
    random = np.random.default_rng(0)
    folder = tmp_path / "pictures"
    for name, brightness in ((NAME, 40), (b"tea", 200)):
        below = Path(os.fsdecode(os.fsencode(folder) + b"/" + name))
        below.mkdir(parents=True)
        for number in range(8):
            pixels = np.clip(random.normal(brightness, 30, (24, 24, 3)), 0, 255).astype(np.uint8)
            with (below / os.fsdecode(b"\xff%d.png" % number)).open("wb") as stream:
                Image.fromarray(pixels).save(stream, "PNG")
    (folder / "tea" / os.fsdecode(b"br\xf6ken.png")).write_bytes(b"no image")
    return folder


def test_names_that_are_not_utf8_are_read_and_shown(tlzoo, pictures: Path) -> None:
    done = tlzoo("data", "inspect", f"images:{pictures}", "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert {each["name"] for each in found["classes"]} == {r"caf\xe9", "tea"}
    assert r"br\xf6ken.png" in json.dumps(found).replace("\\\\", "\\")


def test_a_source_whose_folder_is_not_utf8_is_refused_in_a_line(tlzoo, pictures: Path) -> None:
    done = tlzoo("data", "inspect", f"images:{pictures}/{os.fsdecode(NAME)}")
    assert done.code == 2
    assert r"caf\\xe9' is not UTF-8; rename its folder, or link to it: ln -s" in done.last


@pytest.mark.slow
def test_names_that_are_not_utf8_do_not_stop_a_training(tlzoo, pictures: Path, tmp_path: Path) -> None:
    words = ("--backbone", "glyphnet", "--strategy", "feature-extraction", "--epochs", 1, "--out", tmp_path / "runs")
    done = tlzoo("train", "--data", f"images:{pictures}", *words)
    assert done.code == 0, done.err
    assert r"caf\xe9" in done.out
    (run,) = (tmp_path / "runs").iterdir()
    assert (run / "report.html").read_text(encoding="utf-8").count(r"caf\xe9")
    file = next((pictures / "tea").glob("*5.png"))
    done = tlzoo("predict", run, file, "--json")
    assert done.code == 0, done.err
    (answer,) = json.loads(done.out)
    assert answer["input"] == str(file)
    assert set(answer["probabilities"]) == {r"caf\xe9", "tea"}
