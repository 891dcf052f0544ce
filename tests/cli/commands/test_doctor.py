"""`tlzoo doctor`."""

from __future__ import annotations

import json

import pytest
from documented_keys import check_keys


def test_all_is_well(distributions) -> None:
    found = json.loads(distributions.tlzoo("doctor", "--json").stdout)
    check_keys("doctor", found)
    assert found["problems"] == []
    assert found["tensorflow"]["error"] is None
    assert found["tensorflow"]["devices"]
    assert found["packages"]["keras"]
    assert found["packages"]["keras-hub"], "which a plugin requires"
    assert found["cache"]["writable"]


@pytest.mark.slow
def test_a_broken_plugin_is_shown_with_its_traceback(distributions) -> None:
    distributions.add("acme", "raise RuntimeError('no luck')")
    done = distributions.tlzoo("doctor", "--quiet", code=3)
    assert "RuntimeError: no luck" in done.stdout
    assert 'plugin.py", line 1' in done.stdout
    assert (
        "the plugin acme cannot be used (broken): RuntimeError: no luck\n      upgrade or uninstall 'acme'"
        in done.stdout
    )
    assert done.stderr == ""


@pytest.mark.slow
def test_a_path_that_is_not_there_is_a_problem(distributions, tmp_path) -> None:
    distributions.environment["TLZOO_MODELS"] = str(tmp_path / "nowhere")
    done = distributions.tlzoo("doctor", code=1)
    assert f"TLZOO_MODELS is set to {tmp_path / 'nowhere'}, which does not exist" in done.stdout


def test_a_tensorflow_import_error_is_reported(distributions) -> None:
    (distributions.folder / "tensorflow.py").write_text("raise ImportError('no such library')")
    found = json.loads(distributions.tlzoo("doctor", "--json", code=1).stdout)
    assert found["tensorflow"]["error"] == "ImportError: no such library"
    assert found["problems"][0]["fix"] == "reinstall tensorflow"
