"""`tlzoo doctor`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from documented_keys import check_keys


@pytest.mark.slow
def test_all_is_well(distributions) -> None:
    found = json.loads(distributions.tlzoo("doctor", "--json").stdout)
    check_keys("doctor", found)
    assert found["problems"] == []
    assert found["tensorflow"]["error"] is None
    assert found["tensorflow"]["devices"]
    assert found["packages"]["keras"]
    assert found["packages"]["keras-hub"], "which a plugin requires"
    assert found["cache"]["writable"]


def test_a_broken_plugin_is_shown_with_its_traceback(tlzoo, distributions) -> None:
    distributions.add("acme", "raise RuntimeError('no luck')")
    done = tlzoo("doctor", "--quiet")
    assert done.code == 3
    assert "RuntimeError: no luck" in done.out
    assert 'plugin.py", line 1' in done.out
    assert (
        "the plugin acme cannot be used (broken): RuntimeError: no luck\n      upgrade or uninstall 'acme'" in done.out
    )
    assert done.err == ""


def test_a_path_that_is_not_there_is_a_problem(
    tlzoo, distributions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TLZOO_MODELS", str(tmp_path / "nowhere"))
    done = tlzoo("doctor")
    assert done.code == 1
    assert f"TLZOO_MODELS is set to {tmp_path / 'nowhere'}, which does not exist" in done.out


def test_a_tensorflow_import_error_is_reported(distributions) -> None:
    (distributions.folder / "tensorflow.py").write_text("raise ImportError('no such library')")
    found = json.loads(distributions.tlzoo("doctor", "--json", code=1).stdout)
    assert found["tensorflow"]["error"] == "ImportError: no such library"
    assert found["problems"][0]["fix"] == "reinstall tensorflow"
