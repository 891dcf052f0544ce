"""A run is published into a folder or on a hub, and another machine uses it."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from hub_uploads import WritableHub

import tlzoo
from tlzoo import Run
from tlzoo.artifacts.hugging_face import licence_of
from tlzoo.backbones import load_backbone, state_of
from tlzoo.cli import main
from tlzoo.errors import BytesRefusedError, RunError, UsageError
from tlzoo.plugins import forget
from tlzoo.progress import Silent
from tlzoo.registry import Entry, add_own_entry
from tlzoo.registry.licences import licence_chain
from tlzoo.runs import trained_backbone
from tlzoo.runs.files.journal import Journal
from tlzoo.zoo.publishing.import_repository import import_repository, is_repository
from tlzoo.zoo.publishing.model_folder import public_result
from tlzoo.zoo.publishing.publish_to import Draft, PublishedModel, publish_to

pytestmark = [
    pytest.mark.usefixtures("own_settings"),
    pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning"),  # in huggingface_hub
]
FILES = {
    "LICENSE",
    "README.md",
    "SHA256SUMS",
    "config.json",
    "decision.json",
    "head.npz",
    "model.keras",
    "registry.toml",
    "weights.npz",
}
PIXELS = np.random.default_rng(0).integers(0, 256, (24, 32, 32, 1), np.uint8)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run on noise, with files beside it that hold samples."""
    out = tmp_path_factory.mktemp("noise")
    cameras = np.where(np.arange(24) % 4 < 2, "old", "new")
    np.savez(out / "secret-name.npz", x=PIXELS, y=np.arange(24) % 2, classes=["a|b", "<c>"], camera=cameras)
    run = tlzoo.train(
        data=f"arrays:{out / 'secret-name.npz'}", backbone="glyphnet", strategy="feature-extraction",
        epochs=1, export=["keras"], out=out / "runs",
    )  # fmt: skip
    for name in ("exports/litert/golden.npz", "predictions.npz", "features/shard.npy"):
        (run.path / name).parent.mkdir(parents=True, exist_ok=True)
        np.savez(run.path / name, inputs=PIXELS)
    return run


@pytest.fixture(scope="module")
def published(run: Run) -> PublishedModel:
    return publish_to(run, str(run.path.parents[1] / "shared" / "Noise 1"), "Apache-2.0", by="camera")


@pytest.mark.slow
def test_the_folder_has_exactly_what_others_need(published: PublishedModel) -> None:
    folder = Path(published.to)
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == FILES
    assert published.files.keys() == FILES
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        hashed, name = line.split("  ")
        assert published.hashes[name] == f"sha256:{hashed}"


@pytest.mark.slow
def test_no_file_holds_a_sample_or_a_path(published: PublishedModel, run: Run) -> None:
    patterns = [PIXELS[0].tobytes(), PIXELS[0].astype(np.float32).tobytes(), str(run.path.parents[1]).encode()]
    for name in published.files:
        for content in contents(Path(published.to, name)):
            assert not [each for each in patterns if each in content], name


def contents(path: Path) -> Iterator[bytes]:
    yield path.read_bytes()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from map(archive.read, archive.namelist())


@pytest.mark.slow
def test_the_card_says_what_the_hub_and_people_need(published: PublishedModel, run: Run) -> None:
    text = Path(published.to, "README.md").read_text()
    _, front, body = text.split("---\n", 2)
    facts = yaml.safe_load(front)
    assert (facts["license"], facts["library_name"], facts["pipeline_tag"]) == (
        "apache-2.0", "keras", "image-classification",
    )  # fmt: skip
    (result,) = facts["model-index"][0]["results"]
    assert {each["type"]: each["value"] for each in result["metrics"]}["accuracy"] == run.test["accuracy"]
    assert result["dataset"] == {"type": "arrays", "name": "arrays:secret-name.npz", "split": "test"}
    low, high = run.test["accuracy_interval"]
    assert f"| {100 * low:.1f} % to {100 * high:.1f} % |" in body
    assert "| a\\|b |" in body
    assert "| \\<c\\> |" in body
    assert "trained from `vision/glyphnet.glyphs` | Apache-2.0 |" in body
    assert "Fewer than 30 test samples" in body
    assert "By `camera`, a column of the data:" in body
    assert re.search(r"\| (old|new) \| \d \| [\d.]+ % \([\d.]+ % to [\d.]+ %\) \|", body)
    assert f"`{Journal(run.path / 'journal.jsonl').find('data')['fingerprint']}`" in body
    assert licence_of(text) == "Apache-2.0"


@pytest.mark.slow
def test_another_machine_adds_the_folder(published: PublishedModel, run: Run, tmp_path: Path) -> None:
    moved = shutil.copytree(published.to, tmp_path / "moved")
    assert is_repository(str(moved))
    entry = import_repository(str(moved))
    assert entry.id == "local/noise-1.tuned"
    add_own_entry(entry)
    forget()
    trained, loaded = state_of(trained_backbone(run, Silent()).backbone), state_of(load_backbone("local/noise-1"))
    assert all(np.array_equal(trained[path].numpy(), loaded[path].numpy()) for path in trained)
    (moved / "weights.npz").write_bytes(b"something else")
    with pytest.raises(BytesRefusedError):
        import_repository(str(moved), "other")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("file:./weights.npz", "file:/etc/hostname", "weights is not a file of this folder"),
        ("file:./weights.npz", "file:./../weights.npz", "weights is not a file of this folder"),
        ('loader = "published"', 'loader = "saved-model"', "is not the registry of a published model"),
    ],
)
def test_other_registries_are_refused(
    published: PublishedModel, tmp_path: Path, old: str, new: str, message: str
) -> None:
    moved = shutil.copytree(published.to, tmp_path / "moved")
    text = (moved / "registry.toml").read_text()
    assert old in text
    (moved / "registry.toml").write_text(text.replace(old, new))
    with pytest.raises(BytesRefusedError, match=message):
        import_repository(str(moved))


@pytest.mark.slow
def test_a_hub_gets_it_and_another_machine_takes_it(run: Run, writable_hub: WritableHub) -> None:
    uploaded = publish_to(run, "hf://me/noise", "GPL-3.0-only")
    assert uploaded.to == f"hf://me/noise@{writable_hub.commit('me/noise')}"
    assert writable_hub.repositories["me/noise"].keys() > FILES
    entry = import_repository("hf://me/noise")
    assert (entry.id, entry.licence) == ("local/noise.me", "GPL-3.0-only")
    assert licence_chain(entry) == (("local/noise.me", "GPL-3.0-only"), ("vision/glyphnet.glyphs", "Apache-2.0"))
    assert entry.files["weights"].source == f"{uploaded.to}/weights.npz"
    writable_hub.repositories["me/noise"]["head.npz"] = b"something else"
    with pytest.raises(BytesRefusedError, match="weights_head has another hash than the file in the repository"):
        import_repository("hf://me/noise")


@pytest.mark.slow
def test_the_command_lists_and_asks(run: Run, writable_hub: WritableHub, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["publish", str(run.path), "--to", "hf://me/noise", "--licence", "MIT"]
    assert main(words) == 2
    said = capsys.readouterr()
    assert "weights.npz" in said.err
    assert "nothing was uploaded: cannot ask before 9 files, " in said.err
    assert not writable_hub.repositories
    assert main([*words, "--yes", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["to"].partition("@")[0], {each["path"] for each in told["files"]}) == ("hf://me/noise", FILES)


@pytest.mark.parametrize(
    ("to", "message"),
    [
        ("taken", "taken is not empty, and not a published model; give a new folder"),
        ("file", "file is a file"),
        ("s3://bucket/x", "is neither a folder nor a repository"),
        ("hf://me", "is not a repository"),
        ("hf://me/net@v1", "models are published to main; use hf://me/net"),
        ("", "the folder has no name"),
    ],
)
def test_a_wrong_place_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: str, message: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "thesis.tex").touch()
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=message):
        publish_to(Run(tmp_path), to, "MIT")


def test_yes_is_for_uploads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["publish", str(tmp_path), "--to", str(tmp_path / "new"), "--licence", "MIT", "--yes"]
    assert main(words) == 2
    assert "--yes applies to uploads; remove --yes" in capsys.readouterr().err


@pytest.mark.parametrize("other", [".git/HEAD", "notes.txt", "serving/data.csv"])
def test_other_files_in_a_published_folder_are_never_removed(tmp_path: Path, other: str) -> None:
    new, place = tmp_path / "new", tmp_path / "place"
    new.mkdir()
    for name in ("SHA256SUMS", "registry.toml", "config.json", other):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text("old")
    draft = Draft(Entry.__new__(Entry), str(place), new, replaces=True)
    for refuse in (lambda: publish_to(Run(tmp_path), str(place), "MIT", replaces=True), draft.send):
        with pytest.raises(UsageError, match=f"has files that tlzoo publish does not write, such as '{other}'"):
            refuse()
    assert (place / other).read_text() == "old"
    (place / other).unlink()
    draft.send()
    assert not (place / "SHA256SUMS").exists()
    (place / "data.csv").touch()
    with pytest.raises(UsageError, match="is not empty, and not a published model"):
        Draft(Entry.__new__(Entry), str(place), new).send()


def test_names_of_folders_of_this_machine_are_not_published() -> None:
    result = {"data": "images:~/clinic/patients?splits=/a/b.csv", "strategy": "/home/ada/x/mine.py:Mine", "seed": 1}
    assert public_result(result) == {"data": "images:patients", "strategy": "mine.py:Mine", "seed": 1}


@pytest.mark.parametrize("backbone", ["file:/home/ada/exported", "local/net.module"])
def test_a_model_that_nobody_else_can_use_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backbone: str
) -> None:
    add_own_entry(
        replace(tlzoo.entry("glyphnet.glyphs"), id="local/net.module", plugin="tlzoo", aliases=(), replaces=())
    )
    forget()
    monkeypatch.setattr(Run, "result", {"backbone": backbone})
    with pytest.raises(UsageError, match="the model cannot be used elsewhere") as refused:
        publish_to(Run(tmp_path), str(tmp_path / "new"), "MIT")
    assert "/home/ada" not in str(refused.value)


@pytest.mark.slow
def test_a_published_folder_is_replaced_only_if_asked(run: Run, published: PublishedModel, tmp_path: Path) -> None:
    there = shutil.copytree(published.to, tmp_path / "there")
    with pytest.raises(UsageError, match="already has a published model; give another folder, or use --replace"):
        publish_to(run, str(there), "MIT")
    shutil.copyfile(run.path / "recipe.toml", tmp_path / "recipe.toml")
    with pytest.raises(RunError, match="is not finished"):
        publish_to(Run(tmp_path), str(there), "MIT", replaces=True)
    assert publish_to(run, str(there), "MIT", replaces=True).entry.licence == "MIT"
    assert "license: mit" in (there / "README.md").read_text()
