"""`tlzoo bench`, and `tlzoo bench --static`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from documented_keys import check_keys

from tlzoo.cli import main
from tlzoo.plugins import catalog
from tlzoo.zoo.benching import measurements_path


def test_figures_of_a_packaged_network_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = catalog().plugins["tlzoo-vision"].registry
    assert own is not None
    path = Path(shutil.copy(own.origin, tmp_path))
    assert main(["bench", "--static", "glyphnet", "--json", "--registry", str(path)]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["id"] == "vision/glyphnet.glyphs"
    assert row["registry"] == str(path)
    assert row["feature_shape"] == [2, 2, 224]
    assert f"measured.parameters = {row['parameters']}\nmeasured.flops = {row['flops']}\n" in path.read_text()


def test_a_dry_run_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "registry.toml"
    assert main(["bench", "--static", "glyph*", "--dry-run", "--quiet", "--registry", str(path)]) == 0
    assert capsys.readouterr().out.split()[:4] == ["id", "parameters", "flops", "features"]
    assert not path.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "give entries, or use --all"),
        (["glyphnet", "--engine", "openvin"], "did you mean 'openvino'"),
        (["--static", "nothing*"], "no installed entry matches 'nothing*'"),
    ],
)
def test_unmeasurable_values_are_reported(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", *words]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.slow
def test_timings_of_each_engine_are_stored_for_this_machine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TLZOO_SETTINGS", str(tmp_path))
    words = ["bench", "glyphnet", "resnet50", "--engine", "tensorflow", "--seconds", "0.05", "--json"]
    assert main(words) == 0
    timed, failed = json.loads(capsys.readouterr().out)
    check_keys("bench", timed)
    assert (timed["id"], timed["engine"], timed["by"]) == ("vision/glyphnet.glyphs", "tensorflow", "bench")
    assert timed["batch"] in {1, 8, 32, 128}
    assert timed["throughput"] >= 1000 / timed["latency_ms"]
    assert timed["peak_bytes"] > 100e6
    assert failed["id"] == "keras/resnet50.imagenet"
    assert failed["error"]
    (line,) = measurements_path().read_text().splitlines()
    assert json.loads(line)["digest"] == timed["digest"]
    assert main(["show", "glyphnet"]) == 0
    assert f"{timed['latency_ms']:.3g} ms per prediction" in capsys.readouterr().out


def test_a_measurement_that_cannot_be_stored_is_returned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tlzoo.zoo.benching import bench

    (tmp_path / "file").touch()
    monkeypatch.setenv("TLZOO_SETTINGS", str(tmp_path / "file" / "settings"))
    made = object()
    monkeypatch.setattr(bench, "_in_own_process", lambda _: made)
    with pytest.warns(UserWarning, match="the measurement is not stored: .*Not a directory; set TLZOO_SETTINGS"):
        assert bench.bench_entry(catalog().get("glyphnet"), "tensorflow") is made
