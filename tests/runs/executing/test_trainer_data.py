"""A plugin brings data without labelled samples, and the trainer that alone understands them: a bandit."""

import json
from pathlib import Path

import pytest
from made_progress import Telling

from tlzoo import Run, train
from tlzoo.cli import main
from tlzoo.errors import BytesRefusedError, DataError, PluginError, RunError, UsageError
from tlzoo.progress import Silent
from tlzoo.runs import explain, open_source, read_recipe
from tlzoo.runs.opening.data_changes import describe_data, refuse_changed_data
from tlzoo.runs.opening.sources import open_trainer_data

ENTRY = """
[inputs.arms]
modality = "arms"
shown = "{shape}"

[inputs.arms.fields]
shape = { type = "integers", description = "the number of arms" }

[entries."bandits/tiny.random"]
summary = "An entry made for a test"
modality = "arms"
loader = "tiny"
licence = "Apache-2.0"
files.weights.source = "package:bandits/weights.h5"
input.kind = "arms"
input.shape = [4]
features.kind = "vector"
"""


def plugin() -> None:  # noqa: C901 - the text of a module
    import hashlib
    import importlib
    import json
    from dataclasses import dataclass

    import keras

    from tlzoo.backbones import Backbone, Preprocessing, Vector, stages_by_layers
    from tlzoo.data import TrainerData
    from tlzoo.errors import DataError, UsageError
    from tlzoo.evaluation import ReportImage
    from tlzoo.modalities import Modality, RawReader
    from tlzoo.plugins import hookimpl
    from tlzoo.strategies import Job, Parts, PhaseResult
    from tlzoo.tasks import PlainMetrics
    from tlzoo.training import Evaluation, Plan, Trainer, refuse_fields

    @dataclass(frozen=True)
    class Choice:
        arms: int
        kind: str = "bandit"

    @dataclass(frozen=True, eq=False, kw_only=True)
    class Bandit(TrainerData):
        task: Choice
        payoff: float

        @property
        def sizes(self):
            return {"train": 8, "validation": 4, "test": 4}

        def check_other(self, other):
            super().check_other(other)
            if other.task.arms != self.task.arms:
                raise UsageError(f"{other.source} has {other.task.arms} arms, and {self.source} {self.task.arms}")

    class Bandits(Trainer):
        unit = "steps"
        unused_fields = {"balance": "has no labels"}  # noqa: RUF012 - as an author would write it

        def check_data(self, data, head):
            if not isinstance(data, Bandit):
                raise UsageError(f"{data.source} is not a bandit")

        def default_batch_size(self, data):
            return 5

        def prepare(self, setup):
            return setup

        def job(self, state):
            parts = Parts(frozenset({"head/policy"}), {each.name: each.variables for each in state.backbone.stages})
            return Job(state.backbone, parts, self.unit, state.budget or 100, state.seed, {}, 0)

        def plan(self, state, phase):
            refuse_fields(phase, ("label_smoothing",), "there are no labels")
            units = int(phase.budget.amount * (state.budget or 100))
            return Plan("live", None, units, state.batch_size, 0, 1, "arms are pulled")

        def run(self, state, phase, position, plan, record):
            record.append(phase=phase.name, payoff=float(position))
            return PhaseResult(phase.name, 10.0 * position, 1.0, {}, f"phase-{position:02d}", "budget", plan.units, 0.1)

        def restore(self, state, checkpoint):
            pass

        def evaluate(self, state, split):
            return Evaluation(PlainMetrics({"payoff": state.data.payoff}))

        def predict(self, state, inputs):
            pulls = [json.loads(each) if isinstance(each, str) else each for each in inputs]
            return [{"input": n, "payoff": n * state.data.payoff, "pulls": [0] * n} for n in pulls]

        def write_video(self, state, given, path):
            (answer,) = self.predict(state, [given])
            path.write_bytes(b"GIF89a")
            return answer

        def report_images(self, state, folder):
            if state.data.payoff > 1:
                raise DataError("the arms are too fast to draw")
            return [ReportImage("Arms", "The arms of the <bandit>", b"\x89PNG")]

    def load(entry, files, request):
        assert request.input_shape == (4,)
        inputs = keras.Input((4,), name="arms")
        model = keras.Model(inputs, keras.layers.Dense(3, name="dense")(inputs))
        preprocessing = Preprocessing(lambda each: each, keras.layers.Identity(), (4,), "float32")
        return Backbone(model, preprocessing, stages_by_layers(model, [("trunk", "dense")]), Vector(3), "bandits")

    class Adapter:
        has_samples = False

        def __call__(self, location, options, *, progress=None):
            if self.module(location):
                importlib.import_module(self.module(location))
            payoff = float(options.get("payoff", 0.5))
            return Bandit(
                source=f"bandit:{location}",
                task=Choice(int(options.get("arms", 2)), options.get("kind", "bandit")),
                modality="arms",
                fingerprint=hashlib.sha256(str(payoff).encode()).hexdigest(),
                notes=("the arms are cold",),
                input_shape=(4,),
                payoff=payoff,
            )

        def module(self, location):
            return location.partition("@")[2] or None

    class Arms(Modality):
        name = "arms"
        argument = "arms"

        def raw_reader(self, preprocessing, examples=None):
            return RawReader(self.argument, lambda raw: raw, preprocessing.dtype, preprocessing.shape)

        def made_up_inputs(self, contract, generator, count):
            return list(generator.normal(size=(count, *contract.shape)).astype("float32"))

    @hookimpl
    def tlzoo_modalities():
        return {"arms": Arms}

    @hookimpl
    def tlzoo_backbones():
        return {"tiny": load}

    class Unfinished(Trainer):
        pass

    def wrong(location, options, *, progress=None):
        return location

    @hookimpl
    def tlzoo_trainers():
        return {"bandit": Bandits, "unfinished": Unfinished, "function": wrong}

    @hookimpl
    def tlzoo_data_adapters():
        return {"bandit": Adapter(), "wrong": wrong}


@pytest.fixture
def bandits(distributions) -> None:
    (distributions.add("bandits", plugin, more=ENTRY) / "weights.h5").touch()


@pytest.fixture
def run(bandits: None, tmp_path: Path) -> Run:
    asked = {"data": "bandit:two", "backbone": "tiny.random", "strategy": "feature-extraction"}
    return train(**asked, steps=50, out=tmp_path / "runs")


def test_a_run_without_samples_has_a_result_and_a_report(run: Run) -> None:
    assert run.test == {"payoff": 0.5}
    assert run.result["task"] == "bandit"
    assert (run.result["score"], run.result["validation"]) == ("score", {"payoff": 0.5})
    assert run.result["examples"] == {"train": 8, "validation": 4, "test": 4, "set_aside": 0}
    assert run.result["phases"][0]["steps"] == 50
    assert run.recipe.batch_size == 5
    page = (run.path / "report.html").read_text()
    assert "<dt>payoff</dt><dd>0.5</dd>" in page
    assert "<h2>Arms</h2>" in page
    assert 'alt="The arms of the &lt;bandit&gt;" src="data:image/png;base64,' in page
    journal = [json.loads(line) for line in (run.path / "journal.jsonl").read_text().splitlines()]
    assert len(journal[0]["fingerprint"]) == 64


def test_its_trainer_answers_and_evaluates_other_data(run: Run, tmp_path: Path, capsys) -> None:
    assert run.evaluate() == {"payoff": 0.5}
    assert run.evaluate("bandit:other?payoff=0.75") == {"payoff": 0.75}
    with pytest.raises(UsageError, match="bandit:third has 3 arms, and bandit:two 2"):
        run.evaluate("bandit:third?arms=3")
    with pytest.raises(UsageError, match="digits: has labelled samples"):
        run.evaluate("digits:")
    with pytest.raises(UsageError, match="images:nowhere has labelled samples"):  # and is not read
        run.evaluate("images:nowhere")
    assert run.predict(["2", 3]) == [
        {"input": 2, "payoff": 1.0, "pulls": [0, 0]},
        {"input": 3, "payoff": 1.5, "pulls": [0, 0, 0]},
    ]
    assert main(["predict", str(run.path), "3", "--video", str(tmp_path / "three.gif")]) == 0
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [["input", "payoff"], ["3", "1.5"]]
    assert (tmp_path / "three.gif").is_file()
    with pytest.raises(UsageError, match="a video shows one input; got 2"):
        run.predict([1, 2], video=tmp_path / "two.gif")


def test_a_resume_on_other_data_is_refused(bandits: None) -> None:
    known = describe_data(open_trainer_data("bandit:two", Silent()))
    refuse_changed_data(known, open_trainer_data("bandit:same", Silent()))
    with pytest.raises(RunError, match="has changed since the run started: its fingerprint is different"):
        refuse_changed_data(known, open_trainer_data("bandit:two?payoff=2", Silent()))


def test_a_run_finishes_if_its_trainer_makes_no_report_images(bandits: None, tmp_path: Path) -> None:
    told = Telling()
    asked = {"data": "bandit:two?payoff=2", "backbone": "tiny.random", "strategy": "feature-extraction", "steps": 50}
    done = train(**asked, out=tmp_path, progress=told)
    assert "the report has no images: the arms are too fast to draw" in told.notes
    assert "<h2>Arms</h2>" not in (done.path / "report.html").read_text()


def test_its_plan_can_be_seen(bandits: None) -> None:
    told = Telling()
    plan = explain(read_recipe(None, {"data": "bandit:two", "backbone": "tiny.random", "steps": 50}), progress=told)
    assert "the arms are cold" in told.notes
    assert plan["unit"] == "steps"
    assert plan["phases"][0]["mode"] == "live"


def test_options_that_need_labels_are_refused(bandits: None, tmp_path: Path) -> None:
    asked = {"data": "bandit:two", "backbone": "tiny.random", "out": tmp_path / "runs"}
    with pytest.raises(UsageError, match="bandit:two has no labels, so balance has no effect"):
        train(**asked, balance="focal")
    with pytest.raises(UsageError, match="bandit:two has no labels, so per_class has no effect"):
        train(**asked, per_class=3)
    with pytest.raises(UsageError, match="has no epochs"):
        train(**asked, epochs=3)
    assert not list((tmp_path / "runs").glob("*"))


@pytest.mark.parametrize(
    ("data", "error", "said"),
    [
        ("bandit:two?kind=unfinished", PluginError, "the trainer 'unfinished' has no method 'check_data'"),
        ("bandit:two?kind=function", PluginError, "'function' is not a subclass of tlzoo.training.Trainer"),
        ("bandit:two?kind=nobodys", UsageError, "no trainer for nobodys"),
        ("wrong:two", DataError, "the adapter of wrong:two returned str, not Samples or TrainerData"),
    ],
)
def test_wrong_results_of_a_plugin_are_reported(bandits: None, data: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        explain(read_recipe(None, {"data": data, "backbone": "tiny.random", "steps": 50}))


def test_commands_on_samples_refuse_it_unopened(bandits: None) -> None:
    with pytest.raises(UsageError, match="bandit:two@absent has no labelled samples"):
        open_source("bandit:two@absent", Silent())


def test_the_module_that_a_source_imports_needs_consent(bandits: None, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "arms_of_theirs.py").write_text("raise SystemExit('imported')\n")
    recipe = tmp_path / "theirs.toml"
    recipe.write_text('data = "bandit:two@arms_of_theirs"\nbackbone = "tiny.random"\nsteps = 50\n')
    with pytest.raises(BytesRefusedError, match="the data source bandit:two@arms_of_theirs is code in"):
        explain(read_recipe(recipe, {}))
