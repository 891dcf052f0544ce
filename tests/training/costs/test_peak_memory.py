"""Memory by plan: frozen passes shrink their batches, training batches that do not fit are refused."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tlzoo.runs.files.journal import MetricsFile
from tlzoo.strategies import Epochs, GradientNorms, Phase, RateRange, everything, head, stages_from
from tlzoo.training import MemoryLimitError, Plan, Setup, SupervisedTrainer, refuse_beyond_limit
from tlzoo.training.costs import peak_memory
from tlzoo.training.costs.peak_memory import forward_batch, inference_bytes, statistics_batch
from tlzoo.training.frozen.frozen_part import in_parts

HEAD = Phase(name="head", train=head(), budget=Epochs(2), rates=1e-2)
TOP = Phase(name="top", train=head() | stages_from("three"), budget=Epochs(2), rates=1e-2)
ALL = Phase(name="all", train=everything(), budget=Epochs(2), rates=1e-2)


def room_for(setup: Setup, samples: int, engine: str = "tensorflow") -> Setup:
    """Return the setup with a limit within which a frozen pass takes so many samples at once."""
    sure = replace(setup, memory=10**12)
    fixed, each = inference_bytes(sure.backbone, engine, sure.memory)
    held = peak_memory.samples_in_memory(sure, len(setup.data.examples))
    return replace(setup, memory=int(fixed + held + samples * each + each / 2))


def plan(setup: Setup, phase: Phase) -> Plan:
    trainer = SupervisedTrainer()
    return trainer.plan(trainer.prepare(setup), phase)


@pytest.mark.parametrize(("samples", "expected"), [(1000, 32), (32, 32), (31, 16), (5, 4), (1, 1), (0, 1)])
def test_a_frozen_pass_halves_its_batches_until_they_fit(
    make_setup: Callable[..., Setup], samples: int, expected: int
) -> None:
    assert forward_batch(room_for(make_setup(), samples), "tensorflow") == expected


def test_a_training_batch_is_refused_with_the_largest_that_fits(make_setup: Callable[..., Setup]) -> None:
    setup = make_setup(batch_size=16)
    fits = plan(setup, ALL)
    assert fits.peak_bytes is not None
    assert fits.largest_batch is not None
    assert fits.largest_batch >= 16
    refuse_beyond_limit(fits, "all", "8 GB")
    two = plan(replace(setup, batch_size=2), ALL).peak_bytes
    limited = plan(replace(setup, memory=(fits.peak_bytes + 2 * two) // 3), ALL)
    assert limited.batch_size == 16  # never changed
    assert limited.largest_batch in range(5, 8)
    with pytest.raises(
        MemoryLimitError, match=r"phase 'all' needs about .* with batches of 16; the limit is tiny; "
    ) as e:
        refuse_beyond_limit(limited, "all", "tiny")
    assert f"use --batch-size {limited.largest_batch} (the largest that fits), or smaller images" in str(e.value)
    nothing = plan(replace(setup, memory=1000), ALL)
    with pytest.raises(MemoryLimitError, match="and even 1 sample does not fit"):
        refuse_beyond_limit(nothing, "all", "tiny")


def test_a_plan_knows_that_less_trains_in_less(make_setup: Callable[..., Setup]) -> None:
    setup = make_setup(batch_size=4096)
    of_head, of_all = (plan(setup, phase).peak_bytes or 0 for phase in (HEAD, ALL))
    assert of_head < of_all
    doubled = plan(replace(setup, batch_size=8192), ALL).peak_bytes or 0
    two = plan(replace(setup, batch_size=2), ALL).peak_bytes or 0
    assert doubled - two == pytest.approx(2 * (of_all - two), rel=0.01)


def test_batches_in_parts_give_the_same_outputs() -> None:
    sizes: list[int] = []

    class Doubling:
        def __call__(self, batch: np.ndarray) -> list[np.ndarray]:
            sizes.append(len(batch))
            return [2 * batch, batch[:, :1]]

        def over(self, batches: Iterable[np.ndarray]) -> Iterator[list[np.ndarray]]:
            return map(self, batches)

    batches = [np.arange(3 * size).reshape(size, 3) for size in (8, 8, 3)]
    found = list(in_parts(Doubling(), iter(batches), 3))
    assert sizes == [3, 3, 2, 3, 3, 2, 3]
    for outputs, batch in zip(found, batches, strict=True):
        np.testing.assert_array_equal(outputs[0], 2 * batch)
        np.testing.assert_array_equal(outputs[1], batch[:, :1])


@pytest.mark.parametrize("budget", ["1e9", "1"])
def test_a_run_of_small_frozen_batches_equals_one_of_large_ones(
    make_setup: Callable[..., Setup], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, budget: str
) -> None:
    """Kept and live: the training batch is as it was, whatever the frozen pass takes at once."""
    monkeypatch.setenv("TLZOO_CACHE_BUDGET", budget)
    found = []
    for name, samples in (("wide", 1000), ("narrow", 3)):
        monkeypatch.setenv("TLZOO_CACHE", str(tmp_path / name))
        setup = room_for(make_setup(checkpoints=tmp_path / name / "checkpoints"), samples)
        trainer = SupervisedTrainer()
        state = trainer.prepare(setup)
        record = MetricsFile(tmp_path / f"{name}.jsonl")
        trainer.run(state, TOP, 1, trainer.plan(state, TOP), record)
        losses = [line["loss"] for line in record.lines]
        found.append((losses, trainer.evaluate(state, "test").answers))
    np.testing.assert_allclose(found[1][0], found[0][0], rtol=1e-4)
    np.testing.assert_allclose(found[1][1], found[0][1], atol=1e-4)


def test_probes_keep_to_the_limit(make_setup: Callable[..., Setup]) -> None:
    """Sums of gradients do not depend on the batch, and are taken in smaller ones; a rate test is training."""
    setup = make_setup(batch_size=64)
    trainer = SupervisedTrainer()
    wide = trainer.probe(trainer.prepare(setup), GradientNorms())
    state = trainer.prepare(replace(setup, memory=1000))
    assert peak_memory.gradient_batch(state.network, state.setup) == 1
    narrow = trainer.probe(state, GradientNorms(examples=512))
    for stage, norm in wide.values.items():
        assert narrow.values[stage] == pytest.approx(norm, rel=1e-3)
    with pytest.raises(MemoryLimitError, match="phase 'rate range' needs"):
        trainer.probe(state, RateRange(train=everything()))


def test_batches_of_statistics_are_the_same_on_every_machine(make_setup: Callable[..., Setup]) -> None:
    backbone = make_setup().backbone
    assert [statistics_batch(backbone, count) for count in (1, 100, 128, 129, 1000)] == [1, 100, 128, 65, 125]


def test_memory_of_a_gpu_is_not_planned(make_setup: Callable[..., Setup], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peak_memory, "on_gpu", lambda: True)
    found = plan(make_setup(memory=1000), ALL)
    assert (found.peak_bytes, found.largest_batch) == (None, None)
    assert forward_batch(make_setup(memory=1000), "tensorflow") == 32
