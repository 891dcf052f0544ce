"""Runs of a tiny GPT-2 with low-rank adapters: predictions, adapters elsewhere, export, publishing, bad input."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keras_hub
import numpy as np
import pytest

import tlzoo
from tlzoo.artifacts import settings
from tlzoo.backbones import LoadRequest, load_backbone
from tlzoo.cli import main
from tlzoo.errors import BytesRefusedError, DataError, TlzooError, UsageError
from tlzoo.plugins import forget
from tlzoo.registry import Entry
from tlzoo.strategies import Phase, everything, head
from tlzoo.testing import TRAINER_CHECKS, Session, TrainerSubject
from tlzoo.training import Setup
from tlzoo_text.generation import (
    CausalLM,
    GenerationTrainer,
    export_preset,
    load_adapter,
    load_generator,
    prompts_in_memory,
    save_adapter,
)
from tlzoo_text.generation.data import PromptData, prompt_data

LORA = {"name": "fine-tune", "lora_rank": 2, "lora_alpha": 4, "lora_layers": ["query", "feedforward_*"], "rate": 3e-2}


@pytest.fixture(scope="module")
def run(zoo: Path, pairs: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory) -> tlzoo.runs.Run:
    return tlzoo.train(
        data=prompts_in_memory(pairs),
        backbone="local/gpt2.tiny",
        head={"name": "causal-lm", "max_tokens": 6},
        strategy=LORA,
        epochs=6,
        out=tmp_path_factory.mktemp("runs"),
    )


@pytest.mark.slow
def test_a_run_with_adapters_reports_perplexity_beside_the_untuned(run: tlzoo.runs.Run) -> None:
    assert run.result["task"] == "generation"
    assert run.result["examples"]["train"] == 28
    low, high = run.test["perplexity_ratio_interval"]
    assert low < run.test["perplexity"] / run.test["untuned_perplexity"] < high < 1
    assert run.test["pairs"] == 6
    events = [json.loads(line) for line in (run.path / "journal.jsonl").read_text().splitlines()]
    (result,) = [event["result"] for event in events if event["event"] == "result"]
    assert result["audited"]["trained"] == 2 * 2 * 3 + 2  # A and B of three layers of two blocks; the final norm
    losses = run.history["val_loss"]
    assert losses[-1] < losses[0]
    assert "perplexity before training" in (run.path / "report.html").read_text()


@pytest.mark.slow
def test_predictions_stream_and_have_options(run: tlzoo.runs.Run, capsys: pytest.CaptureFixture[str]) -> None:
    first, _ = run.predict(["good 1", "bad 2"])
    assert first["input"] == "good 1"
    assert first["tokens"] <= 6
    assert "".join(run.stream("good 1")) == first["completion"]
    hot = run.predict(["good 1"], options={"temperature": 3.0, "max_tokens": 3})
    assert hot[0]["tokens"] <= 3
    assert main(["predict", str(run.path), "good 1", "bad 2", "--quiet"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("> good 1\n")
    assert "> bad 2\n" in shown
    assert main(["predict", str(run.path), "good 1", "-P", "temprature=2"]) == 2
    assert "no option 'temprature'; did you mean 'temperature'?" in capsys.readouterr().err
    assert main(["predict", str(run.path), "good 1", "--coverage", "90%"]) != 0
    assert "coverage" in capsys.readouterr().err
    pieces = run.stream("good 1", trust=True)
    next(pieces)
    assert not settings().trusted
    with pytest.raises(UsageError, match="a row has 16"):
        run.predict(["x" * 20])


@pytest.mark.slow
def test_an_adapter_gives_the_same_logits_in_another_process(run: tlzoo.runs.Run, zoo: Path, tmp_path: Path) -> None:
    folder = tmp_path / "adapter"
    card = save_adapter(run, folder)
    assert (card.rank, card.alpha) == (2, 4)
    assert (folder / "adapter.safetensors").read_bytes() == (run.path / "adapter" / "adapter.safetensors").read_bytes()
    assert sum(each.stat().st_size for each in folder.iterdir()) < 10_000
    script = (
        "import sys, numpy\n"
        "from tlzoo_text.generation import load_generator\n"
        "numpy.save(sys.argv[2], load_generator('local/gpt2.tiny', sys.argv[1]).logits('good 1'))\n"
    )
    command = [sys.executable, "-c", script, str(folder), str(tmp_path / "logits.npy")]
    subprocess.run(command, check=True, capture_output=True)
    expected = load_generator("local/gpt2.tiny", folder).logits("good 1")
    np.testing.assert_allclose(np.load(tmp_path / "logits.npy"), expected, atol=1e-7)  # sums depend on alignment
    base = load_generator("local/gpt2.tiny").logits("good 1")
    assert np.abs(base - expected).max() > 1e-2
    completed = load_generator("local/gpt2.tiny", folder).complete("good 1").text
    assert completed.startswith(run.predict(["good 1"])[0]["completion"])


@pytest.mark.slow
def test_an_adapter_of_another_base_or_with_changed_bytes_is_refused(run: tlzoo.runs.Run, tmp_path: Path) -> None:
    folder = tmp_path / "adapter"
    save_adapter(run, folder)
    backbone = load_backbone("local/gpt2.tiny", LoadRequest(weights="random", seed=5))
    with pytest.raises(BytesRefusedError, match="is for another base"):
        load_adapter(backbone, folder)
    card = json.loads((folder / "adapter.json").read_text())
    for changed, said in (
        ({"rank": 10**7}, "other arrays than the layers"),
        ({"layers": ["*"]}, r"has the layer '\*'"),
    ):
        (folder / "adapter.json").write_text(json.dumps(card | changed))
        with pytest.raises(BytesRefusedError, match=said):
            load_adapter(load_backbone("local/gpt2.tiny"), folder)
    (folder / "adapter.json").write_text(json.dumps(card))
    arrays = folder / "adapter.safetensors"
    arrays.write_bytes(arrays.read_bytes()[:-1] + b"x")
    with pytest.raises(BytesRefusedError, match="has another hash"):
        load_adapter(load_backbone("local/gpt2.tiny"), folder)
    with pytest.raises(UsageError, match=r"has no adapter\.json"):
        load_adapter(backbone, tmp_path)


@pytest.mark.slow
def test_an_export_has_the_adapters_merged_and_loads_without_tlzoo(run: tlzoo.runs.Run, tmp_path: Path) -> None:
    folder = export_preset(run, tmp_path / "preset")
    model = keras_hub.models.GPT2CausalLM.from_preset(str(folder))
    prompt = np.asarray(model.preprocessor.tokenizer("good 1\n"))
    end = model.preprocessor.tokenizer.end_token_id
    tokens = np.concatenate([[end], prompt]).astype(np.int32)[np.newaxis]
    logits = model({"token_ids": tokens, "padding_mask": np.ones_like(tokens)})[0, -1]
    expected = load_generator("local/gpt2.tiny", run.path / "adapter").logits("good 1")
    np.testing.assert_allclose(logits, expected, atol=1e-6)
    with pytest.raises(UsageError, match="exists"):
        export_preset(run, folder)


@pytest.mark.slow
def test_a_published_run_is_a_language_model_with_the_adapters_merged(
    run: tlzoo.runs.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TLZOO_SETTINGS", str(tmp_path))
    published = tlzoo.publish(run, "replies", licence="Apache-2.0")
    forget()
    expected = load_generator("local/gpt2.tiny", run.path / "adapter").logits("good 1")
    np.testing.assert_allclose(load_generator(published.entry.id).logits("good 1"), expected, atol=1e-6)
    PromptData.check(prompt_data("prompts:", ["a"], ["b"], None, {"all": "test"}), published.entry)
    forget()


@pytest.mark.slow
def test_other_commands_on_a_run(run: tlzoo.runs.Run) -> None:
    assert run.evaluate()["perplexity"] == run.test["perplexity"]
    other = prompts_in_memory([("good 1", " was good"), ("bad", " was bad!")])
    assert run.evaluate(f"{other}?all=test")["pairs"] == 2
    with pytest.raises(DataError, match="has no test examples"):
        run.evaluate(f"{other}?all=train")
    for refused in (lambda: run.export("litert"), run.serve):
        with pytest.raises(TlzooError) as error:
            refused()
        assert "\n" not in str(error.value)


@pytest.mark.slow
def test_a_continued_run_is_compared_with_the_entry(
    run: tlzoo.runs.Run, pairs: list[tuple[str, str]], tmp_path: Path
) -> None:
    continued = tlzoo.train(from_run=run, data=prompts_in_memory(pairs), epochs=2, out=tmp_path)
    assert continued.test["untuned_perplexity"] == pytest.approx(run.test["untuned_perplexity"])
    save_adapter(continued, tmp_path / "saved")
    for name in ("adapter.json", "adapter.safetensors"):
        assert (tmp_path / "saved" / name).read_bytes() == (continued.path / "adapter" / name).read_bytes()
    load_adapter(load_backbone("local/gpt2.tiny"), continued.path / "adapter")


def setup(checkpoints: Path, entry: Entry, pairs: list[tuple[str, str]]) -> Setup:
    data = prompt_data("prompts:test.csv", [a for a, _ in pairs], [b for _, b in pairs], None, {})
    return Setup(
        load_backbone(entry), CausalLM(max_tokens=4), data, seed=0, checkpoints=checkpoints, budget=3, batch_size=4
    )


@pytest.mark.slow
def test_the_trainer_conforms(tiny: Callable[[str], Entry], pairs: list[tuple[str, str]]) -> None:
    """With a phase of the final normalization, on cached outputs of the blocks."""
    entry = tiny("GPT2Backbone")
    subject = TrainerSubject(GenerationTrainer, lambda folder: setup(folder, entry, pairs), ("good 1", "bad"))
    report = Session(subject).report(TRAINER_CHECKS)
    assert not report.failed, [f"{each.name}: {each.reason}" for each in report.results if each.outcome == "failed"]
    assert {each.name for each in report.results if each.outcome == "skipped"} == {
        "gives-its-model",
        "writes-videos",
        "gives-report-images",
    }


class StoppedError(Exception):
    pass


class Lines:
    """A record that raises after a number of lines."""

    def __init__(self, most: int = 99) -> None:
        self.most, self.count = most, 0

    def append(self, **_figures: float) -> None:
        self.count += 1
        if self.count == self.most:
            raise StoppedError


@pytest.mark.slow
def test_an_interrupted_phase_of_everything_ends_in_the_same_bytes(
    tiny: Callable[[str], Entry], pairs: list[tuple[str, str]], tmp_path: Path
) -> None:
    """Dropout included; the loss falls, and the frozen prefix is cached exactly if it does not train."""
    phase = Phase(name="all", train=everything(), rates=1e-2)
    trainer, files = GenerationTrainer(), []
    for name, most in (("whole", 99), ("resumed", 2)):
        state = trainer.prepare(setup(tmp_path / name, tiny("GPT2Backbone"), pairs))
        plan = trainer.plan(state, phase)
        assert plan.mode == "live"
        if most < plan.units:
            with pytest.raises(StoppedError):
                trainer.run(state, phase, 1, plan, Lines(most))
            state = trainer.prepare(setup(tmp_path / name, tiny("GPT2Backbone"), pairs))
        trainer.run(state, phase, 1, plan, Lines())
        files.append((tmp_path / name / "phase-01.npz").read_bytes())
    assert files[0] == files[1]
    top = replace_train(phase)
    assert trainer.plan(state, top).mode == "cached prefix"
    live = replace(trainer.plan(state, top), mode="live")
    scores = [
        trainer.run(state, top, 2 + n, plan, Lines()).score for n, plan in enumerate((trainer.plan(state, top), live))
    ]
    assert scores[0] == pytest.approx(scores[1], rel=1e-2)


def replace_train(phase: Phase) -> Phase:
    from tlzoo.strategies import top

    return phase.model_copy(update={"name": "top", "train": head() | top(1)})
