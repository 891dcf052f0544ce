"""A run becomes an entry, and the entry is what the run left."""

import json
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from tlzoo import Run, entry, resume, train
from tlzoo.backbones import LoadRequest, load_backbone, state_of
from tlzoo.cli import main
from tlzoo.errors import BytesRefusedError, RunError, UsageError
from tlzoo.plugins import forget
from tlzoo.progress import Silent
from tlzoo.runs import read_recipe, trained_backbone
from tlzoo.runs.files.hashes import finish_folder
from tlzoo.runs.files.journal import Journal
from tlzoo.runs.opening.data_changes import describe_backbone, refuse_changed_backbone
from tlzoo.zoo.publishing import publication
from tlzoo.zoo.publishing.publication import publish

pytestmark = pytest.mark.usefixtures("own_settings")


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train(
        data="digits:",
        backbone="glyphnet",
        strategy={"name": "fine-tune", "rate": 1e-3},
        per_class=5,
        epochs=2,
        export=["keras"],
        out=tmp_path_factory.mktemp("runs"),
    )


def same_weights(run: Run, name: str) -> bool:
    trained = state_of(trained_backbone(run, Silent()).backbone)
    loaded = state_of(load_backbone(name))
    assert trained.keys() == loaded.keys()
    return all(np.array_equal(trained[path].numpy(), loaded[path].numpy()) for path in trained)


@pytest.mark.slow
def test_a_published_run_is_an_entry_with_the_weights_that_it_kept(images: Run) -> None:
    published = publish(images, "digits", "Apache-2.0")
    forget()
    known = entry("local/digits")
    assert known == published.entry
    assert known.id == "local/digits.tuned"
    assert known.options["base"] == known.options["trained_from"] == "vision/glyphnet.glyphs"
    of_base = entry("glyphnet.glyphs").files
    assert known.options["trained_from_hashes"] == {name: file.hash for name, file in of_base.items()}
    assert (known.training.name, known.licence) == ("digits:", "Apache-2.0")
    kept = {"weights.npz", "head.npz", "recipe.toml", "result.json"}
    assert {path.name for path in published.folder.iterdir()} == kept
    assert same_weights(images, "local/digits")


def test_its_source_head_predicts_the_same_as_the_run(images: Run) -> None:
    published = publish(images, "digits", "Apache-2.0")
    forget()
    assert published.entry.training.classes == 10
    backbone = load_backbone("local/digits")
    pixels = np.random.default_rng(0).uniform(0, 255, (5, 32, 32, 1)).astype(np.float32)
    maps = backbone.model(backbone.preprocessing.normalize(pixels), training=False).numpy()
    network = keras.models.load_model(images.path / "model.keras")
    expected = np.asarray(network(pixels, training=False))
    np.testing.assert_allclose(backbone.source_head(maps.mean(axis=(1, 2))), expected, atol=1e-5)
    assert load_backbone("local/digits", LoadRequest(weights="random")).source_head is None


def test_a_head_that_changed_on_disk_is_refused(images: Run) -> None:
    folder = publish(images, "digits", "MIT").folder
    forget()
    (folder / "head.npz").write_bytes(b"something else")
    with pytest.raises(BytesRefusedError):
        load_backbone("local/digits")


def test_trained_weights_differ_from_initial_ones(images: Run) -> None:
    publish(images, "digits", "Apache-2.0")
    forget()
    before, after = state_of(load_backbone("glyphnet.glyphs")), state_of(load_backbone("local/digits"))
    assert [path for path in before if not np.array_equal(before[path].numpy(), after[path].numpy())]


@pytest.mark.slow
def test_it_is_the_source_of_the_next_transfer(images: Run, tmp_path: Path) -> None:
    publish(images, "digits", "Apache-2.0")
    forget()
    run = train(
        data="digits:",
        backbone="local/digits",
        strategy="feature-extraction",
        per_class=5,
        epochs=2,
        export=[],
        out=tmp_path / "runs",
    )
    assert run.result["backbone"] == "local/digits.tuned"
    again = publish(run, "again", "Apache-2.0")
    assert again.entry.options["base"] == "vision/glyphnet.glyphs"  # whose architecture it is
    assert again.entry.options["trained_from"] == "local/digits.tuned"
    before = {name: file.hash for name, file in entry("local/digits").files.items()}
    assert again.entry.options["trained_from_hashes"] == before
    forget()
    assert same_weights(run, "local/again")


@pytest.mark.slow
def test_a_run_that_replaced_its_own_backbone_is_not_opened_with_the_new_one(images: Run, tmp_path: Path) -> None:
    publish(images, "digits", "Apache-2.0")
    forget()
    run = train(
        data="digits:",
        backbone="local/digits",
        strategy={"name": "fine-tune", "rate": 1e-3},
        per_class=5,
        epochs=2,
        export=[],
        out=tmp_path / "runs",
    )
    assert run.evaluate() == run.test
    trained = {path: each.numpy() for path, each in state_of(trained_backbone(run, Silent()).backbone).items()}
    again = publish(run, "digits", "Apache-2.0", replaces=True)
    forget()
    assert again.entry.options["base"] == "vision/glyphnet.glyphs"
    loaded = state_of(load_backbone("local/digits"))
    assert all(np.array_equal(trained[path], loaded[path].numpy()) for path in trained)
    changed = r"local/digits\.tuned has changed since .* was trained"
    with pytest.raises(RunError, match=changed):
        run.evaluate()
    with pytest.raises(RunError, match=changed):
        publish(run, "other", "MIT")
    (run.path / "result.json").unlink()
    with pytest.raises(RunError, match=changed):
        resume(run.path)


def test_files_that_were_not_loaded_may_change(images: Run) -> None:
    """Random weights need no files of weights, and older runs and publishers without hashes say nothing."""
    recipe, known = (
        read_recipe(images.path / "recipe.toml", {}),
        Journal(images.path / "journal.jsonl").find("backbone"),
    )
    entry_then = entry("glyphnet.glyphs")
    weights = replace(entry_then.files["weights"], hash="sha256:" + 64 * "0")
    now = replace(entry_then, files={**entry_then.files, "weights": weights})
    with pytest.raises(RunError, match="restore the files, or train again"):
        refuse_changed_backbone(known, now, recipe, images.path)
    refuse_changed_backbone(known, now, recipe.model_copy(update={"weights": "random"}), images.path)
    unknown = replace(now, files={"weights": replace(weights, hash=None)})
    refuse_changed_backbone(known, unknown, recipe, images.path)
    refuse_changed_backbone(None, now, recipe, images.path)


def test_the_command_reports_the_new_entry(images: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["publish", str(images.path), "--as", "digits.few", "--licence", "MIT", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["id"], said["licence"], said["base"]) == ("local/digits.few", "MIT", "vision/glyphnet.glyphs")
    assert said["hash"].startswith("sha256:")
    forget()
    assert main(["list", "local/*", "--json"]) == 0
    assert [each["id"] for each in json.loads(capsys.readouterr().out)] == ["local/digits.few"]


def test_a_licence_is_asked_for(images: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["publish", str(images.path), "--as", "digits"]) == 2
    assert "the entry needs a licence" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["Digits", "a/b", "", "two words", "a.b.c"])
def test_an_invalid_name_is_refused(images: Run, name: str) -> None:
    with pytest.raises(UsageError, match="is not a valid name for an entry"):
        publish(images, name, "MIT")


def test_a_name_that_is_taken_is_refused_and_replaced_when_asked(images: Run) -> None:
    publish(images, "digits", "MIT")
    with pytest.raises(UsageError, match=r"local/digits.tuned already exists"):
        publish(images, "digits", "MIT")
    publish(images, "digits", "CC0-1.0", replaces=True)
    forget()
    assert entry("local/digits").licence == "CC0-1.0"


@pytest.mark.parametrize(("dies_before", "licence"), [("_write", "MIT"), ("_remove_others", "CC0-1.0")])
@pytest.mark.slow
def test_an_interrupted_publish_leaves_the_old_or_the_new_entry_complete(
    images: Run, monkeypatch: pytest.MonkeyPatch, dies_before: str, licence: str
) -> None:
    first = publish(images, "digits", "MIT")
    finish_folder(images.path, (images.path / "result.json").read_text() + "\n")
    with monkeypatch.context() as killed:
        killed.setattr(publication, dies_before, end)
        with pytest.raises(KeyboardInterrupt):
            publish(images, "digits", "CC0-1.0", replaces=True)
    forget()
    assert entry("local/digits").licence == licence
    assert load_backbone("local/digits").source_head is not None
    last = publish(images, "digits", "CC0-1.0", replaces=True)
    assert last.folder != first.folder
    assert list(last.folder.parent.iterdir()) == [last.folder]


def end(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.slow
def test_the_same_again_leaves_the_files_where_they_are(images: Run) -> None:
    first = publish(images, "digits", "MIT")
    written = (first.folder / "weights.npz").stat().st_mtime_ns
    assert publish(images, "digits", "MIT", replaces=True) == first
    assert (first.folder / "weights.npz").stat().st_mtime_ns == written
    (first.folder / "weights.npz").write_bytes(b"something else")
    assert publish(images, "digits", "MIT", replaces=True) == first
    forget()
    assert load_backbone("local/digits")


def test_weights_that_changed_on_disk_are_refused(images: Run) -> None:
    folder = publish(images, "digits", "MIT").folder
    forget()
    (folder / "weights.npz").write_bytes(b"something else")
    with pytest.raises(BytesRefusedError):
        load_backbone("local/digits")
    assert load_backbone("local/digits", LoadRequest(weights="random"))


def test_a_run_that_is_not_finished_has_nothing_to_publish(images: Run, tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text((images.path / "recipe.toml").read_text())
    with pytest.raises(RunError, match="is not finished"):
        publish(Run(tmp_path), "digits", "MIT")


def test_a_run_depends_on_the_files_that_it_loads() -> None:
    known = entry("glyphnet.glyphs")
    known = replace(known, files={**known.files, "card": replace(known.files["weights"], hash="sha256:" + "0" * 64)})
    asked = {"data": "digits:", "backbone": "glyphnet"}
    held = {
        weights: set(describe_backbone(known, read_recipe(None, asked | {"weights": weights}))["hashes"])
        for weights in ("pretrained", "random")
    }
    assert held == {"pretrained": {"weights", "weights_head"}, "random": set()}


@pytest.mark.slow
def test_low_rank_adapters_are_merged(tmp_path: Path) -> None:
    run = train(
        data="digits:",
        backbone="glyphnet",
        strategy={"name": "fine-tune", "lora_rank": 2, "rate": 1e-2},
        per_class=5,
        epochs=2,
        export=[],
        out=tmp_path / "runs",
    )
    publish(run, "merged", "MIT")
    forget()
    trained, loaded = trained_backbone(run, Silent()).backbone, load_backbone("local/merged")
    images = np.random.default_rng(0).normal(size=(2, 32, 32, 1)).astype(np.float32)
    np.testing.assert_allclose(loaded.model(images), trained.model(images), atol=1e-4)


@pytest.mark.slow
def test_a_run_on_texts(tmp_path: Path) -> None:
    rows = [f"{'good' if number % 2 else 'bad'} film {number},{number % 2}" for number in range(40)]
    (tmp_path / "reviews.csv").write_text("text,label\n" + "\n".join(rows) + "\n")
    run = train(
        data=f"table:{tmp_path}/reviews.csv?text=text&label=label",
        backbone="static.minilm",
        strategy={"name": "fine-tune", "unfreeze": "all", "rate": 1e-3},
        epochs=2,
        export=[],
        out=tmp_path / "runs",
    )
    publish(run, "reviews", "Apache-2.0")
    forget()
    assert same_weights(run, "local/reviews")
