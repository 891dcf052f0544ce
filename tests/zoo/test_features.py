"""``tlzoo features``: pooled features in a file, computed once."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from documented_keys import check_keys
from made_progress import Telling
from pyarrow import parquet

from tlzoo.backbones import LoadRequest, load_backbone
from tlzoo.cli import main
from tlzoo.data import Samples, in_memory, parse_source
from tlzoo.data.adapters.arrays.adapter import arrays
from tlzoo.errors import UsageError
from tlzoo.progress import Silent
from tlzoo.training.frozen.store import FeatureStore
from tlzoo.zoo.feature_files import check_feature_file, write_features
from tlzoo.zoo.features import Extraction, extract, pooled_stages


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("data") / "squares.npz"
    draw = np.random.default_rng(0)
    x, y = draw.integers(0, 256, (12, 8, 8)).astype("uint8"), np.array(["dark", "light"] * 6)
    np.savez(path, x_train=x[:6], y_train=y[:6], x_val=x[6:8], y_val=y[6:8], x_test=x[8:], y_test=y[8:])
    return f"arrays:{path}"


@pytest.fixture(scope="module")
def samples(source: str) -> Samples:
    return arrays(parse_source(source).location, {})


@pytest.fixture(scope="module")
def backbone() -> Any:
    return load_backbone("glyphnet", LoadRequest(weights="random"))


def test_the_second_time_nothing_is_computed(
    samples: Samples, backbone: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TLZOO_CACHE", str(tmp_path))
    first, again = Telling(), Telling()
    one = extract(samples, backbone, [], "declared", first)
    other = extract(samples, backbone, [], "declared", again)
    assert (first.work, again.work) == (["features"], [])
    assert np.array_equal(one.features, other.features)
    assert one.stages == {"block4": one.features.shape[1]}


def test_features_are_the_averaged_output_of_the_backbone(samples: Samples, backbone: Any) -> None:
    prepared = np.stack([backbone.preprocessing.prepare(image) for image in samples.examples.stream(np.arange(12))])
    expected = backbone.model(backbone.preprocessing.normalize(prepared), training=False).numpy().mean(axis=(1, 2))
    assert np.allclose(extract(samples, backbone, [], "average", Silent()).features, expected, atol=1e-4)


def test_stages_are_concatenated_in_the_requested_order(samples: Samples, backbone: Any) -> None:
    both = extract(samples, backbone, ["block4", "block2"], "declared", Silent())
    alone = extract(samples, backbone, ["block2"], "declared", Silent())
    assert list(both.stages) == ["block4", "block2"]
    assert np.allclose(both.features[:, both.stages["block4"] :], alone.features, atol=1e-5)


def test_the_pooling_is_that_of_the_last_stage(samples: Samples, backbone: Any) -> None:
    average = extract(samples, backbone, ["block2", "block4"], "average", Silent())
    highest = extract(samples, backbone, ["block2", "block4"], "max", Silent())
    edge = average.stages["block2"]
    assert np.allclose(average.features[:, :edge], highest.features[:, :edge], atol=1e-5)
    assert (highest.features[:, edge:] >= average.features[:, edge:] - 1e-5).all()


def test_the_last_stage_shares_its_place_with_training(backbone: Any) -> None:
    from tlzoo.heads import Linear
    from tlzoo.tasks import Classification
    from tlzoo.training.frozen.store import network_digest
    from tlzoo.training.network import Network

    below = Network(backbone, Linear(), Classification(("a", "b")), 0).sever(len(backbone.stages) - 1).below
    assert network_digest(below) == network_digest(pooled_stages(backbone, [], "declared")[1].below)


def test_without_a_store_features_come_all_the_same(
    samples: Samples, backbone: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = extract(samples, backbone, [], "declared", Silent()).features
    (tmp_path / "features").touch()  # where the folder should be
    monkeypatch.setenv("TLZOO_CACHE", str(tmp_path))
    telling = Telling()
    assert np.allclose(extract(samples, backbone, [], "declared", telling).features, expected, atol=1e-5)
    assert "the features are not cached" in telling.notes[0]
    assert not FeatureStore().holds("anything")


def test_an_unknown_stage_is_refused(samples: Samples, backbone: Any) -> None:
    with pytest.raises(UsageError, match=r"no stage 'blok4'; did you mean .*'block4'"):
        extract(samples, backbone, ["blok4"], "declared", Silent())


def test_npz_has_the_same_content_as_parquet(samples: Samples, backbone: Any, tmp_path: Path) -> None:
    extraction = extract(samples, backbone, [], "declared", Silent())
    for name in ("f.npz", "f.parquet"):
        write_features(tmp_path / name, samples, extraction, "glyphnet")
    table, plain = parquet.read_table(tmp_path / "f.parquet"), np.load(tmp_path / "f.npz")
    with plain:
        assert table.column_names == ["name", "label", "split", "features"]
        assert (
            str(table.schema.field("features").type)
            == f"fixed_size_list<element: float>[{extraction.features.shape[1]}]"
        )
        assert np.array_equal(np.array(table["features"].to_pylist(), "float32"), plain["features"])
        assert (
            table["split"].to_pylist() == plain["splits"].tolist() == ["train"] * 6 + ["validation"] * 2 + ["test"] * 4
        )
        assert table["label"].to_pylist() == plain["labels"].tolist() == ["dark", "light"] * 6
        assert table["name"].to_pylist()[0] == plain["names"][0] == "squares.npz[0]"
    assert json.loads(table.schema.metadata[b"tlzoo"])["stages"] == extraction.stages


def test_an_unwritable_file_is_reported_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"use one of the extensions \.parquet, \.npz"):
        check_feature_file(tmp_path / "features.csv")
    with pytest.raises(UsageError, match="no folder"):
        check_feature_file(tmp_path / "none" / "features.npz")


def test_the_command_line_writes_the_file_and_computes_once(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "features.parquet"
    words = ["features", source, "--backbone", "glyphnet", "--stage", "block2", "--stage", "block4", "--json"]
    monkeypatch.setenv("TLZOO_CACHE", str(tmp_path / "cache"))

    def tlzoo(file: Path) -> tuple[dict[str, Any], str]:
        assert main([*words, "--out", str(file)]) == 0
        said, progress = capsys.readouterr()
        return json.loads(said), progress

    said, progress = tlzoo(out)
    check_keys("features", said)
    assert (said["rows"], said["file"]) == (12, str(out))
    assert said["columns"] == sum(stage["columns"] for stage in said["stages"])
    assert "features: 12 samples" in progress
    _, progress = tlzoo(tmp_path / "again.parquet")
    assert "features:" not in progress
    assert parquet.read_table(out).equals(parquet.read_table(tmp_path / "again.parquet"))


def test_boxes_are_flat_rows_in_parquet(tmp_path: Path) -> None:
    images = np.zeros((3, 8, 8, 3), np.uint8)
    boxes = [[[0, 0, 0.5, 0.5, 1]], [], [[0.25, 0.25, 0.75, 1, 0], [0.5, 0.5, 1, 1, 1]]]
    labelled = in_memory((images, boxes), task="detection", classes=["cup", "jar"]).samples()
    write_features(tmp_path / "f.parquet", labelled, Extraction(np.ones((3, 4), np.float32), {"a": 4}), "glyphnet")
    rows = parquet.read_table(tmp_path / "f.parquet")["label"].to_pylist()
    assert np.array_equal(np.array(rows, "float32").reshape(3, 2, 6), labelled.labels)
