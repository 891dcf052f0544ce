"""Choice of the initial policy: measured returns, and the race in the first phase."""

import json

import numpy as np
import pytest

from tlzoo.backbones import load_backbone
from tlzoo.cli import main
from tlzoo.errors import RunError
from tlzoo.runs import RunFolder, find_runs
from tlzoo.strategies import Phase, everything, head, stages
from tlzoo.training import Setup
from tlzoo_rl.environments import gym
from tlzoo_rl.heads import Policy
from tlzoo_rl.training import PPO
from tlzoo_rl.training.initial_policy.choice import InitialPolicy, choose, read, write
from tlzoo_rl.training.initial_policy.race import Runner, winner
from tlzoo_rl.training.initial_policy.race_result import Race, Return, Round

SMALL = {"environments": 2, "rollout": 16, "passes": 2, "episodes": 10}
FLOOR = Return(-500.0, 0.0)
LONG_ENOUGH = 2048
"""A budget in steps; a race fits into a quarter of it."""


def cart_pole(folder, budget=1024, length="1.5", longest="64", **options):
    return Setup(
        load_backbone("rl/mlp.cartpole"),
        Policy(**SMALL | options),
        gym("CartPole-v1", {"pole_length": length, "max_steps": longest}),
        seed=0,
        checkpoints=folder,
        budget=budget,
        batch_size=16,
    )


class Lines(list):
    """Lines of metrics; raises an interrupt after a number of lines."""

    def __init__(self, breaks_after=None):
        super().__init__()
        self.breaks_after = breaks_after

    def append(self, **figures):
        super().append(figures)
        if len(self) == self.breaks_after:
            raise KeyboardInterrupt


def test_the_new_policy_is_chosen_if_the_pretrained_one_is_not_better():
    assert choose(Return(35, 4), Return(37, 5), solved=475) == "new"
    assert choose(Return(20, 1), Return(37, 2), solved=None) == "new"


def test_the_pretrained_policy_is_chosen_if_it_solves_the_environment():
    assert choose(Return(464, 36), Return(31, 4), solved=475) == "source"
    assert choose(Return(500, 0), Return(500, 0), solved=475) == "source"


@pytest.mark.parametrize(
    ("source", "new"), [(Return(70, 9), Return(31, 4)), (FLOOR, FLOOR), (Return(0.1, 0.1), Return(0, 0))]
)
def test_only_training_can_tell_if_the_pretrained_policy_may_be_a_local_optimum_or_both_have_no_signal(source, new):
    assert choose(source, new, solved=None) is None
    assert choose(source, new, solved=475) is None


def test_a_new_policy_without_progress_loses_after_one_round():
    source, new = Runner(Return(-160, 11)), Runner(FLOOR).after(FLOOR)
    assert winner(source, new, horizon=10) == "source"


def test_a_new_policy_that_improves_faster_wins_after_a_round_of_each():
    source, new = Runner(Return(70, 9)), Runner(Return(31, 4)).after(Return(49, 5))
    assert winner(source, new, horizon=10) is None
    assert winner(source.after(Return(72, 9)), new, horizon=10) == "new"
    assert winner(source.after(Return(72, 9)), new, horizon=1) == "source"
    assert winner(source.after(Return(150, 9)), new, horizon=10) == "source"


def test_progress_of_more_than_a_standard_error_counts():
    source, new = Runner(Return(84, 14)), Runner(Return(29, 4))
    assert winner(source, new.after(Return(45, 10)), horizon=10) is None
    assert winner(source, new.after(Return(38, 10)), horizon=10) == "source"


def test_a_race_goes_on_while_both_return_the_same():
    same = Runner(FLOOR).after(FLOOR)
    assert winner(Runner(FLOOR), same, horizon=10) is None
    assert winner(same, same, horizon=10) is None
    assert winner(same, same.after(Return(-400, 20)), horizon=10) == "new"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A trainer, a setup in which the race decides, and the state before the first phase."""
    trainer, asked = PPO(), cart_pole(tmp_path_factory.mktemp("checkpoints"))
    return trainer, asked, trainer.prepare(asked)


def test_measured_steps_count_in_the_budget(prepared):
    trainer, _, state = prepared
    initial = state.initial_policy
    assert initial.undecided
    assert initial.source == (64, 0)
    assert initial.steps > 2 * 64
    assert trainer.job(state).budget == 1024 - initial.steps


def test_a_reopened_run_has_the_same_choice(prepared):
    trainer, asked, state = prepared
    again = trainer.prepare(asked)
    assert again.initial_policy == state.initial_policy
    assert again.budget == state.budget
    before = state.checkpoints.initial
    assert all(np.array_equal(each, again.checkpoints.initial[path]) for path, each in before.items())


@pytest.mark.parametrize(("asked", "chosen"), [("source", "source"), ("new", "new")])
def test_a_policy_that_was_asked_for_is_not_raced(tmp_path, asked, chosen):
    state = PPO().prepare(cart_pole(tmp_path, begin=asked))
    assert state.initial_policy.chosen == chosen
    assert not state.initial_policy.undecided
    assert state.budget == 1024


def test_a_pole_of_three_times_the_length_starts_with_a_new_policy(tmp_path):
    """It falls under the pretrained policy sooner than under a new one."""
    asked = cart_pole(tmp_path, length="3", budget=20_000)
    state = PPO().prepare(asked)
    assert (state.initial_policy.chosen, state.initial_policy.undecided) == ("new", False)
    kernel = state.network.head.get_layer("policy").kernel.numpy()
    assert not np.array_equal(kernel, asked.backbone.source_head.layers[-1].kernel.numpy())


def test_unhelpful_transfer_is_reported(tmp_path):
    trainer = PPO()
    state = trainer.prepare(cart_pole(tmp_path / "checkpoints", length="3", longest="200", budget=64, begin="source"))
    began = trainer.initial_weights(state)
    assert began["note"].startswith("starting from the pretrained policy: its return here is ")
    phase = Phase(name="head", train=head(), rates=1e-5)
    result = trainer.run(state, phase, 1, trainer.plan(state, phase), Lines())
    (verdict,) = result.notes
    assert verdict.startswith("transfer did not help: the return is ")


def test_a_phase_that_is_too_short_says_so(tmp_path):
    trainer = PPO()
    state = trainer.prepare(cart_pole(tmp_path / "checkpoints", budget=256))
    phase = Phase(name="head", train=head(), rates=1e-3)
    result = trainer.run(state, phase, 1, trainer.plan(state, phase), Lines())
    assert result.notes[0] == ("phase 'head' is too short to try both policies: it started from the pretrained one")


def trained(folder, *interrupts):
    """Return the result, the lines and the weights of a phase after interrupts at these lines."""
    trainer, phase = PPO(), Phase(name="fine-tune", train=everything(), rates=1e-3)
    for breaks_after in interrupts:
        state = trainer.prepare(cart_pole(folder, budget=LONG_ENOUGH))
        with pytest.raises(KeyboardInterrupt):
            trainer.run(state, phase, 1, trainer.plan(state, phase), Lines(breaks_after))
    state, lines = trainer.prepare(cart_pole(folder, budget=LONG_ENOUGH)), Lines()
    plan = trainer.plan(state, phase)
    result = trainer.run(state, phase, 1, plan, lines)
    assert result.units == plan.units
    return trainer, state, result, lines


@pytest.mark.slow
def test_an_interrupted_race_ends_with_the_same_weights(tmp_path):
    trainer, state, result, lines = trained(tmp_path / "whole")
    (race,) = state.initial_policy.races.values()
    assert [line["epoch"] for line in lines] == list(range(1, len(lines) + 1))
    assert lines[0]["steps"] == race.rounds[0].rollouts * 32
    assert result.notes[0] == race.note
    assert trainer.initial_weights(state)["races"]["fine-tune"]["chosen"] == race.chosen
    _, again, other, rest = trained(tmp_path / "interrupted", 1, len(race.rounds) + 1)
    assert (other.score, other.units, other.notes) == (result.score, result.units, result.notes)
    assert rest[-1] == lines[-1]
    for path, variable in state.variables.items():
        np.testing.assert_array_equal(variable.numpy(), again.variables[path].numpy(), path)


@pytest.mark.slow
def test_a_phase_that_does_not_train_the_head_has_no_race(tmp_path):
    trainer = PPO()
    state = trainer.prepare(cart_pole(tmp_path / "checkpoints", budget=LONG_ENOUGH))
    phase = Phase(name="trunk", train=stages("dense2"), rates=1e-3)
    result = trainer.run(state, phase, 1, trainer.plan(state, phase), Lines())
    assert state.initial_policy.races == {}
    assert result.audited["trained"] > 0


@pytest.mark.parametrize(
    ("chosen", "source", "new", "reason"),
    [
        ("source", Return(70, 1), Return(30, 1), "because it returns more"),
        ("new", Return(70, 1), Return(30, 1), "because it improves faster"),
        ("new", Return(30, 1), Return(70, 1), "because it returns more"),
        ("new", FLOOR, FLOOR, "because the returns are equal within noise"),
    ],
)
def test_the_note_of_a_race_has_its_reason(chosen, source, new, reason):
    race = Race(chosen, (Round("new", source, new, 2),))
    assert reason in race.note
    assert Race.from_json(json.loads(json.dumps(race.to_json()))) == race


@pytest.mark.slow
def test_the_choice_is_in_the_plan_the_journal_and_the_result(tmp_path, capsys):
    asked = ["--data", "gym:CartPole-v1?pole_length=3&max_steps=64", "--backbone", "rl/mlp.cartpole"]
    asked += [
        "--strategy",
        "feature-extraction",
        "--steps",
        "512",
        *(f"-H{key}={value}" for key, value in SMALL.items()),
    ]
    assert main(["train", *asked, "--explain", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert main(["train", *asked, "--export", "keras", "--out", str(tmp_path)]) == 0
    said = plan["initial_weights"]["note"]
    assert plan["told"][0] == said
    assert capsys.readouterr().err.count(said) == 1
    (run,) = find_runs(tmp_path)
    assert run.result["initial_weights"] == plan["initial_weights"]
    journal = [json.loads(line) for line in (run.path / "journal.jsonl").read_text().splitlines()]
    (event,) = [each for each in journal if each["event"] == "initial weights"]
    assert event["steps"] == plan["initial_weights"]["steps"] > 0
    assert said.partition(":")[0] in RunFolder.open(run.path).report.read_text("utf-8")
    assert main(["evaluate", str(run.path)]) == 0
    assert "starting" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "changes",
    [
        {"chosen": "other"},
        {"chosen": ["new"]},
        {"asked": "never"},
        {"new": ["a lot", 0]},
        {"new": [10**400, 0]},
        {"source": [1, 2, 3]},
        {"races": {"head": {"chosen": "other", "rounds": []}}},
    ],
)
def test_a_stored_choice_that_was_changed_is_refused(tmp_path, changes):
    stored = InitialPolicy(
        "new",
        "measured",
        Return(1, 0),
        Return(2, 0),
        races={"head": Race("new", (Round("new", Return(1, 0), Return(2, 0), 3),))},
    )
    write(tmp_path, stored)
    assert read(tmp_path) == stored
    file = tmp_path / "beginning.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))
    with pytest.raises(RunError, match=r"beginning\.json cannot be read: .*; train again"):
        read(tmp_path)
