"""The help of ``tlzoo train`` has an example for each source that a registry declares, installed or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tlzoo.cli import main

REGISTRY = """
format = 1
plugin = "acme-sounds"
api = ">=0.2,<0.3"
namespaces = ["acme-sounds"]

[inputs.clip]
modality = "sound"
shown = "{rate} Hz"
data = "sounds:FOLDER"
fields.rate = { type = "integer", description = "samples per second" }

[entries."acme-sounds/tiny.blank"]
summary = "A small network"
modality = "sound"
loader = "tiny"
licence = "Apache-2.0"
files.weights.source = "package:acme/tiny.h5"
input.kind = "clip"
input.rate = 16000
features.kind = "vector"
"""


def help_of_train(capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit, match=r"^0$"):
        main(["train", "--help"])
    return capsys.readouterr().out


def test_examples_are_those_of_the_index_and_of_the_users_registries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = help_of_train(capsys)
    assert "tlzoo train --data 'gym:ENV-ID' --backbone ENTRY   # `tlzoo list --modality rl`" in shown
    assert "sounds:FOLDER" not in shown
    (tmp_path / "sounds.toml").write_text(REGISTRY)
    monkeypatch.setenv("TLZOO_REGISTRY", str(tmp_path / "sounds.toml"))
    assert "--data 'sounds:FOLDER' --backbone ENTRY   # `tlzoo list --modality sound`" in help_of_train(capsys)


def test_help_is_shown_if_a_registry_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TLZOO_REGISTRY", str(tmp_path / "absent.toml"))
    shown = help_of_train(capsys)
    assert "tlzoo train --data images:photos/" in shown
    assert "gym:" not in shown
