"""Inputs in every form that people give them, several runs at once, and runs that start from others."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import tlzoo as library
from tlzoo.errors import DataError
from tlzoo.runs.results.raw_inputs import inputs_from_stdin

WORDS = ("--quiet", "--json")


@pytest.fixture(scope="module")
def run(shapes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run on drawn shapes whose top stage was trained."""
    trained = library.train(
        data=f"images:{shapes}",
        backbone="glyphnet",
        strategy={"name": "fine-tune", "unfreeze": 1},
        epochs=2,
        out=tmp_path_factory.mktemp("runs"),
    )
    return trained.path


@pytest.fixture
def server(shapes: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server of the shapes."""
    monkeypatch.delenv("TLZOO_OFFLINE", raising=False)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(shapes))) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_address[1]}"
        httpd.shutdown()


def stdin(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(content), isatty=lambda: False))


@pytest.mark.slow
def test_folders_globs_files_and_addresses(tlzoo, run: Path, shapes: Path, server: str) -> None:
    folder, address = shapes / "cross", f"{server}/circle/1.jpg"
    done = tlzoo("predict", run, folder, f"{shapes}/circle/*.jpg", shapes / "square" / "2.png", address, *WORDS)
    assert done.code == 0, done.err
    answers = json.loads(done.out)
    names = [f"{number}.{('png', 'jpg')[number % 2]}" for number in range(10)]
    assert [each["input"] for each in answers] == [
        *(str(folder / name) for name in names),
        *(str(shapes / "circle" / f"{number}.jpg") for number in range(1, 10, 2)),
        str(shapes / "square" / "2.png"),
        address,
    ]
    assert answers[-1]["probabilities"] == pytest.approx(answers[10]["probabilities"], rel=1e-4)  # the same file


@pytest.mark.slow
def test_an_address_that_cannot_be_fetched_does_not_stop_the_others(
    tlzoo, run: Path, shapes: Path, server: str
) -> None:
    done = tlzoo("predict", run, f"{server}/none.png", shapes / "circle" / "0.png", *WORDS)
    assert done.code == 1
    missing, there = json.loads(done.out)
    assert missing["error"] == "the server returned status 404; check the URL"
    assert "error" not in there
    offline = json.loads(tlzoo("predict", run, f"{server}/circle/1.jpg", "--offline", *WORDS).out)
    assert "not downloaded offline" in offline[0]["error"]


@pytest.mark.slow
def test_an_image_and_paths_on_standard_input(tlzoo, run: Path, shapes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = shapes / "circle" / "1.jpg"
    stdin(monkeypatch, path.read_bytes())
    (image,) = json.loads(tlzoo("predict", run, "-", *WORDS).out)
    stdin(monkeypatch, f"{path}\n\n{shapes / 'cross' / '2.png'}\r\n".encode())
    listed = json.loads(tlzoo("predict", run, "-", *WORDS).out)
    assert [each["input"] for each in listed] == [str(path), str(shapes / "cross" / "2.png")]
    assert listed[0]["probabilities"] == pytest.approx(image["probabilities"], rel=1e-4)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a fine film\r\nfirst\tsecond\n\n", ["a fine film", "first\tsecond"]),
        ("\ufeffone\x0btwo\u2028three\nfour".encode(), ["one\x0btwo\u2028three", "four"]),
        (b"\x89PNG\r\n\x1a\n\x00", [b"\x89PNG\r\n\x1a\n\x00"]),
        (b"BM\x00\x00\n", [b"BM\x00\x00\n"]),
    ],
)
def test_standard_input_is_lines_or_one_image(
    content: bytes, expected: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin(monkeypatch, content)
    assert inputs_from_stdin() == expected


def test_an_empty_standard_input_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin(monkeypatch, b"\n")
    with pytest.raises(DataError, match="standard input is empty"):
        inputs_from_stdin()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("*.png",), "no file matches '{run}/*.png'"),
        (("checkpoints",), "{run}/checkpoints has no images"),
        (("none.png",), "{run}/none.png: the file does not exist"),
    ],
)
def test_a_pattern_without_images_is_refused(tlzoo, run: Path, words: tuple[str, ...], said: str) -> None:
    done = tlzoo("predict", run, *(f"{run}/{word}" for word in words))
    assert (done.code, said.format(run=run) in done.last) == (1, True)


@pytest.mark.parametrize("text", ["-bad", "--bad", "-horrible", "-horrible film"])
def test_a_text_that_starts_with_a_hyphen_names_the_two_hyphens(tlzoo, text: str) -> None:
    done = tlzoo("predict", "RUN", text)
    assert done.code == 2
    assert f"put -- before inputs that start with -: -- {text!r}" in done.last


def test_standard_input_with_other_inputs_is_refused(tlzoo) -> None:
    done = tlzoo("predict", "RUN", "-", "a.png")
    assert (done.code, done.last) == (
        2,
        "tlzoo: - reads all inputs from standard input, but other inputs are given too; give - alone",
    )


@pytest.mark.slow
def test_several_runs_are_evaluated(tlzoo, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = json.loads(tlzoo("evaluate", run, run, *WORDS).out)
    assert one == other
    assert one.pop("run") == str(run)
    assert one["accuracy"] == library.runs.Run(run).test["accuracy"]
    monkeypatch.setattr(library.runs.Run, "evaluate", lambda *_, **__: one)
    lines = tlzoo("evaluate", run, run, "--quiet").out.splitlines()
    assert lines[0].split()[:2] == ["run", "accuracy"]
    assert [line.split()[0] for line in lines[1:]] == [str(run)] * 2


def test_runs_on_different_test_data_are_reported(tlzoo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library.runs.Run, "result", property(lambda run: {"data": f"images:{run.path}"}))
    monkeypatch.setattr(library.runs.Run, "evaluate", lambda *_, **__: {"accuracy": 1.0})
    said = "the runs have different test data, so their metrics are not comparable; use --data SOURCE"
    assert said in tlzoo("evaluate", "a", "b", "--json").err
    assert said not in tlzoo("evaluate", "a", "a", "--json").err
    assert said not in tlzoo("evaluate", "a", "b", "--json", "--data", "images:c").err


def test_features_take_the_source_as_an_option_too(tlzoo, shapes: Path, tmp_path: Path) -> None:
    words = ("--backbone", "glyphnet", "--out")
    source = f"images:{shapes}"
    for name, given in (("one", [source]), ("two", ["--data", source])):
        done = tlzoo("features", *given, *words, tmp_path / f"{name}.npz", "--quiet")
        assert done.code == 0, done.err
    with np.load(tmp_path / "one.npz") as one, np.load(tmp_path / "two.npz") as two:
        assert {key: one[key].tobytes() for key in one.files} == {key: two[key].tobytes() for key in two.files}


def test_no_source_and_two_sources_are_refused(tlzoo) -> None:
    words = ("--backbone", "glyphnet", "--out", "a.npz")
    assert "no data source" in tlzoo("features", *words).last
    two = tlzoo("features", "digits:", "--data", "images:a", *words)
    assert (two.code, "two data sources are given: digits: and images:a" in two.last) == (2, True)


@pytest.mark.parametrize(("option", "value"), [("--samples", 0), ("--versions", -2), ("--seed", -1)])
def test_a_number_that_makes_no_sense_is_refused(tlzoo, option: str, value: int) -> None:
    done = tlzoo("data", "preview", "digits:", option, value)
    least = 0 if option == "--seed" else 1
    assert done.code == 2
    assert f"argument {option}: must be a whole number of at least {least}; got '{value}'" in done.last


@pytest.mark.slow
def test_a_finished_run_is_continued_in_a_new_one(tlzoo, run: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    refused = tlzoo("resume", run)
    assert (refused.code, f"`tlzoo train --from {run} --epochs N`" in refused.last) == (1, True)
    wrong = tlzoo("resume", run, "--epochs", 3)
    assert (wrong.code, f"to train longer in a new run: `tlzoo train --from {run} --epochs 3`" in wrong.last) == (
        2,
        True,
    )

    done = tlzoo("train", "--from", run, "--epochs", 1, "--out", tmp_path, *WORDS)
    assert done.code == 0, done.err
    result = json.loads(done.out)
    assert [(each["name"], each["epochs"]) for each in result["phases"]] == [("fine-tune", 1)]
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before

    new = Path(result["run"])
    recipe = library.Recipe.model_validate(library.runs.read_recipe(new / "recipe.toml", {}).model_dump())
    assert recipe.origin is not None
    assert recipe.origin.run == str(run)
    kept = library.runs.Run(run).result["phases"][-1]
    assert kept["kept"]
    assert recipe.origin.sha256 == _sha256(run / "checkpoints" / f"{recipe.origin.checkpoint}.npz")
    with np.load(new / "checkpoints" / "start.npz") as start:
        changed = {key for key in start.files if key.startswith("v:")}
    assert "v:head/logits/kernel" in changed
    assert len(changed) > 2  # and the stage that was trained
    again = json.loads(tlzoo("evaluate", new, *WORDS).out)  # opened again, it starts from the same weights
    assert again == result["test"]


@pytest.mark.slow
def test_a_continued_run_starts_from_the_end_of_the_other(run: Path, tmp_path: Path) -> None:
    """With a rate that moves next to nothing, both predict the same; and the new run needs the old one no more."""
    strategy = {"name": "continue", "phase": {"name": "still", "train": {"kind": "head"}, "rates": 1e-7}}
    new = library.train(from_run=run, strategy=strategy, epochs=1, out=tmp_path)
    old = library.runs.Run(run)
    for name in ("accuracy", "macro_f1", "log_loss"):
        if name in old.test:
            assert new.test[name] == pytest.approx(old.test[name], abs=1e-3)  # features are cached in half precision


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--head", "mlp"), "--head cannot change in a run that starts from"),
        (("--seed", "1"), "--seed cannot change in a run that starts from"),
        (("recipe.toml",), "--from and a recipe file are given"),
    ],
)
def test_settings_of_the_network_and_split_cannot_change(tlzoo, run: Path, words: tuple[str, ...], said: str) -> None:
    done = tlzoo("train", *words, "--from", run, "--epochs", 1)
    assert (done.code, said in done.last) == (2, True)


def _sha256(path: Path) -> str:
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()
