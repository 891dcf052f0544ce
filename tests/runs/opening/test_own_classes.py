"""Strategies given as classes and objects: by what name a recipe has them, and what a later session can do."""

import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

import tlzoo
from tlzoo.errors import BytesRefusedError, TrainingError, UsageError
from tlzoo.heads import MLP
from tlzoo.runs import Named
from tlzoo.runs.consent.user_code import name_code
from tlzoo.runs.opening.components import choice_of, find_class, make_strategy, parse_options
from tlzoo.strategies import FeatureExtraction, Phase, Phases, Strategy, head


class Mine(Strategy):
    """The head, at a rate."""

    rate: float = 1e-2

    def phases(self, job: object) -> Phases:
        """Yield the head's phase."""
        yield Phase(name="mine", train=head(), rates=self.rate)
        return None


@pytest.fixture
def in_notebook(monkeypatch: pytest.MonkeyPatch) -> type[Mine]:
    """The class as if a notebook had defined it."""
    monkeypatch.setattr(Mine, "__module__", "__main__")
    monkeypatch.setattr(sys.modules["__main__"], "Mine", Mine, raising=False)
    return Mine


@pytest.fixture
def data(tmp_path: Path) -> str:
    digits = load_digits(n_class=2)
    np.savez(tmp_path / "two.npz", x=(digits.images[:40] * 15).astype(np.uint8), y=digits.target[:40])
    return f"arrays:{tmp_path / 'two.npz'}"


def test_a_class_of_a_notebook_trains_resumes_and_evaluates_where_it_is_defined(
    in_notebook: type[Mine], data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    how = {"strategy": in_notebook(rate=0.02), "epochs": 1, "export": []}
    run = tlzoo.train(data=data, backbone="glyphnet", **how, out=tmp_path / "runs")
    assert run.result["strategy"] == "__main__:Mine"
    assert "rate = 0.02" in (Path(run.path) / "recipe.toml").read_text()
    accuracy = run.test["accuracy"]
    (Path(run.path) / "result.json").unlink()
    assert tlzoo.resume(run.path).test["accuracy"] == accuracy
    assert run.evaluate()["accuracy"] == accuracy
    (Path(run.path) / "result.json").rename(tmp_path / "kept.json")
    monkeypatch.delattr(sys.modules["__main__"], "Mine")
    with pytest.raises(
        UsageError, match="'Mine' was defined in a notebook or script and is not available here; resume there"
    ):
        tlzoo.resume(run.path)
    (tmp_path / "kept.json").rename(Path(run.path) / "result.json")
    with pytest.raises(UsageError, match="defined in a notebook"):
        run.evaluate()


def test_a_class_of_a_module_is_named_by_it() -> None:
    assert choice_of(FeatureExtraction(rate=0.5))["name"] == "tlzoo.strategies.feature_extraction:FeatureExtraction"
    assert choice_of(FeatureExtraction(rate=0.5))["options"]["rate"] == 0.5
    assert choice_of(MLP)["name"] == "tlzoo.heads.mlp:MLP"
    assert choice_of(MLP)["options"] == {}


def test_a_class_of_a_file_is_named_by_the_file(tmp_path: Path) -> None:
    text = """
        from tlzoo.strategies import Phase, Strategy, head

        class Other(Strategy):
            def phases(self, job):
                yield Phase(name="other", train=head())
        """
    (tmp_path / "other.py").write_text(textwrap.dedent(text))
    found = find_class(f"{tmp_path / 'other.py'}:Other", (Strategy,))
    assert choice_of(found)["name"] == f"{tmp_path / 'other.py'}:Other"


def test_a_class_within_a_function_is_refused() -> None:
    class Inside(Mine):
        pass

    with pytest.raises(
        UsageError, match="Inside is defined inside a function or class, so a resumed run could not find it"
    ):
        tlzoo.train(data="digits:", backbone="glyphnet", strategy=Inside())


def test_an_object_of_a_redefined_class_is_refused(in_notebook: type[Mine], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["__main__"], "Mine", FeatureExtraction)
    with pytest.raises(UsageError, match="Mine is no longer the class of this name in its module"):
        choice_of(in_notebook())


FAULTY = """
import tensorflow as tf

from tlzoo.objectives import Objective
from tlzoo.strategies import Phase, Strategy, head


class Wrong(Objective):
    def value(self, step):
        return {body}


class Faulty(Strategy):
    def phases(self, job):
        yield Phase(name="wrong", train=head(), objective=Wrong())
"""


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("step.los", r"objective 'Wrong': AttributeError: .*los.*line 10: `return step.los`"),
        ('step.loss + tf.constant("a")', r"objective 'Wrong': .*line 10: `return step\.loss \+ tf"),
        (
            "step.weights",
            r"objective 'Wrong': value\(\) returned a number for each sample, not one number; use tf\.reduce_mean",
        ),
        ("None", r"objective 'Wrong': ValueError.*"),
    ],
)
def test_an_error_in_an_objective_is_reported_with_its_line(data: str, tmp_path: Path, body: str, said: str) -> None:
    (tmp_path / "faulty.py").write_text(FAULTY.format(body=body))
    strategy = f"{tmp_path / 'faulty.py'}:Faulty"
    with pytest.raises(TrainingError, match=said):
        tlzoo.train(data=data, backbone="glyphnet", strategy=strategy, epochs=1, out=tmp_path / "runs")


def test_an_error_in_a_cell_is_reported_with_its_line() -> None:
    import linecache

    text = "class Cell(Mine):\n    def phases(self, job):\n        yield job.backbon\n"
    linecache.cache["<cell 3>"] = (len(text), None, text.splitlines(keepends=True), "<cell 3>")
    names = {"Mine": Mine, "__name__": "__main__"}
    exec(compile(text, "<cell 3>", "exec"), names)
    from tlzoo.runs.executing.strategy_errors import report_strategy_errors

    with pytest.raises(TrainingError, match=r"AttributeError.*<cell 3>, line 3: `yield job\.backbon`"):
        next(report_strategy_errors(names["Cell"]()).phases(object()))


def test_names_of_classes_are_resolved_with_their_options(in_notebook: type[Mine]) -> None:
    assert make_strategy(Named(name="__main__:Mine", options={"rate": 0.3})) == in_notebook(rate=0.3)


@pytest.mark.parametrize("where", ["file", "module"])
def test_options_go_to_a_strategy_wherever_its_class_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    text = """
        from pydantic import PositiveFloat
        from tlzoo.strategies import Phase, Strategy, head

        class Other(Strategy):
            rate: PositiveFloat = 1.0

            def phases(self, job):
                yield Phase(name="other", train=head(), rates=self.rate)
        """
    (tmp_path / "own_strategies.py").write_text(textwrap.dedent(text))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("tlzoo.runs.consent.user_code._named", set())  # both cases have the same bytes
    name = {"file": f"{tmp_path / 'own_strategies.py'}:Other", "module": "own_strategies:Other"}[where]
    with pytest.raises(BytesRefusedError, match=r"own_strategies.py that you have not allowed to run"):
        make_strategy(Named(name=name))
    name_code(name)
    assert make_strategy(Named(name=name, options=parse_options(["rate=3e-4"]))).model_dump() == {"rate": 3e-4}
    with pytest.raises(UsageError, match=r"option 'rate': Input should be greater than 0 \(got -1\)"):
        make_strategy(Named(name=name, options=parse_options(["rate=-1"])))
    with pytest.raises(UsageError, match="has no option 'rat'; did you mean 'rate'"):
        make_strategy(Named(name=name, options=parse_options(["rat=1"])))
