"""A trainer of a plugin's own, for something to act in: no samples, no classes, a budget in steps."""

import json
from pathlib import Path

import pytest
from made_progress import Telling

from tlzoo import Run, train
from tlzoo.errors import UsageError
from tlzoo.runs import explain, read_recipe

ENTRY = """
[entries."acting/tiny.random"]
summary = "An entry made for a test"
modality = "rl"
loader = "tiny"
licence = "Apache-2.0"
files.weights.source = "package:acting/weights.h5"
input.kind = "observation"
input.shape = [4]
features.kind = "vector"
"""


def plugin() -> None:  # noqa: C901 - the text of a module
    from dataclasses import dataclass

    import keras

    from tlzoo.backbones import Backbone, Preprocessing, Vector, stages_by_layers
    from tlzoo.evaluation import PlainMetrics
    from tlzoo.plugins import hookimpl
    from tlzoo.strategies import Job, Parts, PhaseResult
    from tlzoo.training import Evaluation, Plan, refuse_fields

    @dataclass
    class Control:
        kind: str = "control"

    @dataclass
    class Pole:
        source: str
        task: Control
        modality: str = "rl"
        fingerprint: str = "0" * 64
        notes: tuple = ("the pole is short",)

    class Acting:
        unit = "steps"

        def prepare(self, setup):
            return setup

        def job(self, state):
            parts = Parts(frozenset({"head/policy"}), {each.name: each.variables for each in state.backbone.stages})
            return Job(state.backbone, parts, self.unit, state.budget or 100, state.seed, {}, 0)

        def plan(self, state, phase):
            refuse_fields(phase, ("label_smoothing",), "there are no labels")
            return Plan(
                "live", None, int(phase.budget.amount * (state.budget or 100)), 1, 0, 1, "an environment answers"
            )

        def estimate(self, state, plan):
            return None

        def run(self, state, phase, position, plan, record):
            record.append(phase=phase.name, mean_return=float(position))
            return PhaseResult(phase.name, 10.0 * position, 1.0, {}, f"phase-{position:02d}", "budget", plan.units, 0.1)

        def restore(self, state, checkpoint):
            pass

        def evaluate(self, state, split):
            return Evaluation(PlainMetrics({"mean_return": 195.0}))

        def serving_model(self, state):
            return None

    def load(entry, files, request):
        inputs = keras.Input((4,), name="observations")
        model = keras.Model(inputs, keras.layers.Dense(3, name="dense")(inputs))
        preprocessing = Preprocessing(lambda each: each, keras.layers.Identity(), (4,), "float32")
        return Backbone(model, preprocessing, stages_by_layers(model, [("trunk", "dense")]), Vector(3), "acting")

    def pole(location, options, *, progress=None):
        return Pole(f"pole:{location}", Control())

    @hookimpl
    def tlzoo_backbones():
        return {"tiny": load}

    @hookimpl
    def tlzoo_trainers():
        return {"control": Acting}

    @hookimpl
    def tlzoo_data_adapters():
        return {"pole": pole}


@pytest.fixture
def acting(distributions) -> None:
    (distributions.add("acting", plugin, more=ENTRY) / "weights.h5").touch()


def test_a_run_without_samples_has_a_result_and_a_report(acting: None, tmp_path: Path) -> None:
    run = train(data="pole:short", backbone="tiny.random", strategy="feature-extraction", steps=50, out=tmp_path)
    assert run.test == {"mean_return": 195.0}
    assert run.result["task"] == "control"
    assert run.result["phases"][0]["steps"] == 50
    assert "<dt>mean return</dt><dd>195</dd>" in (run.path / "report.html").read_text()
    assert Run(run.path).evaluate() == {"mean_return": 195.0}
    assert json.loads((run.path / "journal.jsonl").read_text().splitlines()[0])["fingerprint"] == "0" * 64


def test_its_plan_can_be_seen(acting: None) -> None:
    told = Telling()
    plan = explain(read_recipe(None, {"data": "pole:short", "backbone": "tiny.random", "steps": 50}), progress=told)
    assert "the pole is short" in told.notes
    assert plan["unit"] == "steps"
    assert plan["phases"][0]["mode"] == "live"


def test_what_needs_labels_is_refused(acting: None, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no labels, and so no use for balance"):
        train(data="pole:short", backbone="tiny.random", balance="focal", out=tmp_path / "runs")
    with pytest.raises(UsageError, match="has no epochs"):
        train(data="pole:short", backbone="tiny.random", epochs=3, out=tmp_path / "runs")
    assert not list((tmp_path / "runs").glob("*"))
