"""A module by its handle: refused until it is trusted, written as an entry, mirrored, trained with the network cut."""

from __future__ import annotations

import contextlib
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from kaggle_server import KaggleServer, files_in
from made_modules import MODULES, SIDE
from PIL import Image

import tlzoo.cli
from tlzoo.artifacts import describe, using
from tlzoo.backbones import HubLayer
from tlzoo.errors import EntryError
from tlzoo.plugins import forget


def packed(folder: Path) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as opened:
        opened.add(folder, arcname=".")
    return stream.getvalue()


def run(*words: object, code: int = 0) -> tuple[str, str]:
    """Run a command line in this process; return what it wrote."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            found = tlzoo.cli.main([str(word) for word in words])
        except SystemExit as end:
            found = int(end.code or 0)
    assert (found or 0) == code, err.getvalue() + out.getvalue()
    return out.getvalue(), err.getvalue()


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Settings of this test's own, and no entries remembered from before or kept for later."""
    monkeypatch.setenv("TLZOO_SETTINGS", str(tmp_path / "settings"))
    forget()
    yield tmp_path / "settings"
    forget()


@pytest.fixture(scope="module")
def colours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of three colours, sixteen each."""
    folder, draw = tmp_path_factory.mktemp("colours"), np.random.default_rng(0)
    for channel, name in enumerate(("red", "green", "blue")):
        (folder / name).mkdir()
        for number in range(16):
            pixels = draw.integers(0, 120, (SIDE, SIDE, 3)).astype("uint8")
            pixels[..., channel] += 100
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    return folder


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    parent = tmp_path_factory.mktemp("modules")
    return lambda name: parent / name if (parent / name).exists() else MODULES[name](parent / name)


@pytest.mark.slow
def test_a_handle_is_pinned_written_down_mirrored_and_trained_with_the_network_cut(
    server, cache: Path, settings: Path, module, colours: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = server.at("/net/1", packed(module("small")))
    _, said = run("show", f"hub:{handle}", code=3)
    assert f"hub:{handle} has no declared hash" in said
    assert "--trust-on-first-use" in said

    out, _ = run("registry", "add", handle, "--as", "local/net", "--trust-on-first-use", "--json")
    added = json.loads(out)
    assert added["id"] == "local/net.module"
    assert added["entry"]["files"]["module"]["hash"].startswith("sha256:")
    assert added["entry"]["input"] == {"kind": "image", "size": [SIDE, SIDE]}
    assert added["module"]["kind"] == "reusable"
    assert Path(added["path"]) == settings / "registry.toml"
    forget()
    assert "local/net.module" in run("list", "local/*")[0]
    assert "has an entry 'local/net.module'" in run("registry", "add", handle, "--as", "net", code=2)[1]

    run("mirror", "local/net", tmp_path / "disk")
    server.shutdown()
    monkeypatch.setenv("TLZOO_CACHE", str(tmp_path / "another"))
    monkeypatch.chdir(tmp_path)
    words = ("train", "--data", f"images:{colours}", "--backbone", "net", "--epochs", 6, "--optimizer", "sgd", "--json")
    words += ("--export", "saved-model")
    with using(offline=True, mirrors=((tmp_path / "disk").as_uri(),)):
        out, _ = run(*words)
    result = json.loads(out)
    assert [phase["mode"] for phase in result["phases"]] == ["cached features", "live"]
    assert json.loads(run("predict", result["run"], colours / "red/0.png", "--json")[0])[0]["label"]


def test_a_module_on_kaggle_is_added_and_then_used_offline(
    kaggle: KaggleServer, cache: Path, settings: Path, module, monkeypatch: pytest.MonkeyPatch
) -> None:
    kaggle.models["acme/net/tensorFlow2/small"] = {2: files_in(module("small"))}
    out, _ = run("registry", "add", "kaggle://acme/net/TensorFlow2/small", "--json")
    added = json.loads(out)
    file = added["entry"]["files"]["module"]
    assert (added["id"], added["entry"]["licence"]) == ("local/net-small.acme", "Apache-2.0")
    assert file["source"] == "kaggle://acme/net/tensorFlow2/small/2"
    assert file["hash"].startswith("sha256:")
    forget()
    monkeypatch.setenv("TLZOO_OFFLINE", "1")
    assert json.loads(run("verify", "net-small", "--json")[0])[0]["state"] == "verified"
    run("show", file["source"])
    assert len(kaggle.asked) == 3  # its description, and the download with a redirect


def test_a_saved_model_fetches_only_what_its_loader_knows(
    server, cache: Path, module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras

    handle = server.at("/net/1", packed(module("small")))
    layer = HubLayer(handle, trust_on_first_use=True)
    keras.Sequential([keras.Input((SIDE, SIDE, 3)), layer]).save(tmp_path / "model.keras")
    keras.models.load_model(tmp_path / "model.keras")
    assert len(server.asked) == 1  # from the cache

    monkeypatch.setenv("TLZOO_CACHE", str(tmp_path / "another"))
    keras.models.load_model(tmp_path / "model.keras")
    assert len(server.asked) == 2  # as tlzoo.lock has this hash

    monkeypatch.setenv("TLZOO_CACHE", str(tmp_path / "third"))
    monkeypatch.setenv("TLZOO_LOCK", str(tmp_path / "nothing.lock"))
    with pytest.raises(EntryError, match=rf"needs hub:{handle} \(sha256:.*if you trust it, `tlzoo fetch hub:{handle}`"):
        keras.models.load_model(tmp_path / "model.keras")
    assert len(server.asked) == 2


def test_folders_and_modules_of_every_kind_are_described(benign, benign_kind: str) -> None:
    found = describe(benign(benign_kind), "x")
    loaded = tf.saved_model.load(str(benign(benign_kind)))
    assert (found.kind in {"reusable", "module"}) == callable(loaded)
    assert set(found.signatures) == set(loaded.signatures)
    assert all(hasattr(loaded, name) for name in found.endpoints)


def test_a_description_has_inputs_and_outputs(module) -> None:
    found = describe(module("two_inputs"), "x")
    assert {name: each.shape for name, each in found.inputs.items()} == {"ids": (None, None), "mask": (None, None)}
    assert {name: tuple(each) for name, each in found.outputs.items()} == {
        "layers/0": ("float32", (None, None, 4)),
        "layers/1": ("float32", (None, None, 4)),
        "pooled": ("float32", (None, 4)),
        "sequence": ("float32", (None, None, 4)),
    }
    assert (found.endpoints, found.parameters, found.trainable) == (("counts",), 40, 40)
    assert found.variables == ("encoder/embeddings",)


def test_an_encoder_is_added_with_its_preprocessor(module, settings: Path) -> None:
    words = ("registry", "add", module("two_inputs"), "--preprocessor", module("tokens"), "--as", "enc")
    assert "has several outputs" in run(*words, code=3)[1]
    entry = json.loads(run(*words, "--output", "pooled", "--licence", "MIT", "--json")[0])["entry"]
    assert entry["input"] == {"kind": "text", "tokenizer": "module", "sequence_length": 5}
    assert entry["files"].keys() == {"module", "preprocessor"}
    assert entry["options"] == {"output_key": "pooled"}
    assert entry["licence"] == "MIT"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--as", "keras/net"), 2, "is not a valid name for an entry"),
        (("--as", "local/Net"), 2, "is not a valid name for an entry"),
    ],
)
def test_wrong_names_are_reported(module, settings: Path, words: tuple[str, ...], code: int, said: str) -> None:
    assert said in run("registry", "add", module("small"), *words, code=code)[1]


def test_hostile_modules_are_not_added_and_not_shown(hostile, settings: Path) -> None:
    folder, operation = hostile("writes at call")
    for words in (("registry", "add", folder), ("show", folder), ("show", f"file:{folder}")):
        assert f"is refused: {operation}" in run(*words, code=4)[1]
    assert not (settings / "registry.toml").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    "strategy",
    ["gradual-unfreezing", "from-scratch"],
)
def test_strategies_train_a_module(
    module, settings: Path, colours: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, strategy: str
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ("--backbone", module("small"), "--strategy", strategy, "--epochs", 4, "--export", "none", "--json")
    out, _ = run("train", "--data", f"images:{colours}", *words)
    phases = json.loads(out)["phases"]
    assert all(phase["mode"] == ("cached features" if "head" in phase["name"] else "live") for phase in phases[1:])


@pytest.mark.slow
def test_texts_are_learned_from_and_predicted(module, settings: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [
        f"{word} {noun},{word in ('good', 'fine')}" for word in ("good", "bad", "fine", "poor") for noun in "abcdef"
    ]
    Path("reviews.csv").write_text("text,label\n" + "\n".join(rows) + "\n")
    words = ("--backbone", module("sentences"), "--strategy", "fine-tune", "--epochs", 5, "--json")
    words += ("--export", "saved-model")
    out, _ = run("train", "--data", "table:reviews.csv?text=text&label=label", *words)
    result = json.loads(out)
    assert result["test"]["accuracy"] > 0.6
    (answer,) = json.loads(run("predict", result["run"], "good film", "--json")[0])
    assert answer["label"] == "True"


@pytest.mark.slow
def test_an_interrupted_run_on_a_module_is_resumed(
    module, settings: Path, colours: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tlzoo.training.phases import run as phase_run

    monkeypatch.chdir(tmp_path)
    words = ("train", "--data", f"images:{colours}", "--backbone", module("small"), "--strategy", "fine-tune")
    words += ("--export", "none")
    whole = json.loads(run(*words, "--epochs", 4, "--json", "--out", "whole")[0])
    monkeypatch.setattr(phase_run, "_SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    validate, calls = phase_run._Running.validate, []

    def interrupted(self):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return validate(self)

    monkeypatch.setattr(phase_run._Running, "validate", interrupted)
    run(*words, "--epochs", 4, "--json", "--out", "cut", code=130)
    monkeypatch.setattr(phase_run._Running, "validate", validate)
    resumed = json.loads(run("resume", next(Path("cut").iterdir()), "--json")[0])
    assert resumed["test"] == whole["test"]
    assert resumed["validation"] == whole["validation"]
