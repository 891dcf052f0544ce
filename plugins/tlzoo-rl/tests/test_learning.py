"""What trainers compute, against definitions; and that they learn."""

import json
import re
from dataclasses import replace
from functools import partial

import keras
import numpy as np
import pytest
import requests
import tensorflow as tf
from PIL import Image

from tlzoo import Run, train
from tlzoo.backbones import LoadRequest, load_backbone, state_of
from tlzoo.cli import main, main_of
from tlzoo.errors import EntryError, RunError, TrainingError, UsageError
from tlzoo.export import export_keras, export_saved_model
from tlzoo.plugins import forget
from tlzoo.progress import Silent
from tlzoo.runs import find_runs, read_recipe, trained_backbone, tune_recipe
from tlzoo.runs.files.journal import MetricsFile
from tlzoo.runs.opening.open_recipe import open_recipe
from tlzoo.strategies import FineTune, Phase, everything, head
from tlzoo.testing import TrainerChecks
from tlzoo.training import Setup
from tlzoo.zoo.publishing.publication import publish
from tlzoo_rl.environments import gym
from tlzoo_rl.heads import Policy, QValues
from tlzoo_rl.training import DQN, PPO
from tlzoo_rl.training.dqn.replay_memory import Memory
from tlzoo_rl.training.initial_policy.pretrained import begin_at_source
from tlzoo_rl.training.policies import likelihood, sample
from tlzoo_rl.training.ppo.advantages import advantages
from tlzoo_rl.training.ppo.update import Update
from tlzoo_rl.training.running_statistics import Moving
from tlzoo_rl.training.serving import serving_model
from tlzoo_rl.training.value_scale import ValueScale
from tlzoo_rl.transfer import command, compare

SMALL = {"environments": 2, "rollout": 16, "passes": 2, "episodes": 3}


def setup(checkpoints, source="CartPole-v1", options=None, **more):
    environment = gym(source, options or {"max_steps": "64"})
    request = LoadRequest(weights="random", input_shape=environment.observation_shape)
    return Setup(
        load_backbone("rl/mlp.blank", request),
        more.pop("head", Policy(**SMALL)),
        environment,
        seed=0,
        checkpoints=checkpoints,
        budget=512,
        batch_size=16,
        **more,
    )


class TestPPO(TrainerChecks):
    trainer = PPO
    setup = staticmethod(setup)
    inputs = (3, [0.0, 0.0, 0.1, 0.5])


class TestPPOWithTwoTrunks(TrainerChecks):
    trainer = PPO

    @staticmethod
    def setup(checkpoints):
        return setup(checkpoints, head=Policy(**SMALL, value_trunk="own"))


def test_a_trunk_of_the_values_own_is_a_part_of_the_head(tmp_path):
    trainer = PPO()
    state = trainer.prepare(setup(tmp_path, head=Policy(**SMALL, value_trunk="own")))
    parts, variables = state.network.parts, state.network.variables
    own = {path for path in parts.head if path.startswith("value_dense")}
    assert own == {f"value_dense{number}/{name}" for number in (1, 2) for name in ("kernel", "bias")}
    assert not own & frozenset().union(*parts.stages.values())
    assert not np.array_equal(variables["value_dense1/kernel"].numpy(), variables["dense1/kernel"].numpy())
    assert trainer.plan(state, Phase(name="head", train=head())).mode == "live"


class TestDQN(TrainerChecks):
    trainer = DQN

    @staticmethod
    def setup(checkpoints):
        small = {"environments": 2, "rollout": 8, "updates": 2, "memory": 100, "warmup": 20, "target": 2, "episodes": 3}
        return setup(checkpoints, head=QValues(**small))


def test_the_replay_memory_is_a_ring_buffer():
    memory = Memory(5, (1,), "float32")
    for begin in (0, 3):
        rows = np.arange(begin, begin + 3)
        memory.add(
            observations=rows[:, None], actions=rows, rewards=rows, following=rows[:, None] + 1, terminated=rows * 0
        )
    assert memory.columns["actions"].tolist() == [5, 1, 2, 3, 4]
    again = Memory(5, (1,), "float32")
    again.take(memory.slots())
    assert again.columns["following"][:, 0].tolist() == [6, 2, 3, 4, 5]
    assert (len(again), again.seen) == (5, 6)


def test_values_are_of_actions_that_can_be_counted():
    with pytest.raises(UsageError, match="but the actions are numbers"):
        QValues().build(4, gym("Pendulum-v1", {}).task, 0)


@pytest.mark.parametrize(("longest", "expected"), [(64, [128, 256, 320]), (128, [256, 320])])
def test_every_segment_leaves_a_line_of_figures_and_is_as_long_as_an_episode(tmp_path, longest, expected):
    run = train(
        data=f"gym:CartPole-v1?max_steps={longest}",
        backbone="rl/mlp.cartpole",
        strategy={"name": "feature-extraction", "rate": 1e-3},
        head={"name": "policy", "begin": "source", **SMALL},
        steps=320,
        export=[],
        out=tmp_path,
    )
    lines = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text().splitlines()]
    assert [line["steps"] for line in lines] == expected


def test_advantages_are_the_sum_of_discounted_errors():
    random = np.random.default_rng(0)
    rewards, values, following = random.normal(size=(3, 6, 1))
    ended = np.array([[0], [0], [1], [0], [0], [0]], bool)
    errors = rewards + 0.9 * following - values
    found = advantages(rewards, values, following, ended, 0.9, 0.8)[:, 0]
    factors = (0.9 * 0.8) ** np.arange(6)
    assert found[0] == pytest.approx((errors[:3, 0] * factors[:3]).sum())
    assert found[3] == pytest.approx((errors[3:, 0] * factors[:3]).sum())


@pytest.mark.parametrize("continuous", [False, True])
def test_sampled_actions_have_the_log_probability_of_the_update(continuous):
    outputs = np.random.default_rng(0).normal(size=(64, 7)).astype(np.float32)
    drawn, log_odds = sample(outputs, 3, np.random.default_rng(1), continuous=continuous)
    taken = drawn.astype(np.float32 if continuous else np.int32)
    again, entropy = likelihood(outputs, taken, 3, continuous=continuous)
    np.testing.assert_allclose(again, log_odds, atol=1e-5)
    assert entropy.shape == (64,)


def test_statistics_of_batches_are_those_of_all_observations():
    backbone = load_backbone("rl/mlp.blank", LoadRequest(weights="random"))
    moving = Moving(backbone.preprocessing.normalize)
    seen = np.random.default_rng(0).normal(3, 5, (300, 4)).astype(np.float32)
    for part in np.split(seen, [10, 120]):
        moving.see(part)
    mean, variance, count = (each.numpy() for each in moving.variables.values())
    np.testing.assert_allclose(mean, seen.mean(axis=0), rtol=1e-3)
    np.testing.assert_allclose(variance, seen.var(axis=0), rtol=1e-3)
    assert count == pytest.approx(300, abs=1)
    ready = np.asarray(backbone.preprocessing.normalize(seen))
    np.testing.assert_allclose(ready.std(axis=0), 1, atol=1e-2)


def test_statistics_are_updated_before_learning(tmp_path, monkeypatch):
    state = PPO().prepare(setup(tmp_path, "CartPole-v1", head=Policy(**SMALL)))
    learned = []

    def learn(update, seen, *given):
        learned.append((seen.observations, np.asarray(state.setup.backbone.preprocessing.normalize(seen.observations))))
        return update_once(update, seen, *given)

    update_once = Update.__call__
    monkeypatch.setattr(Update, "__call__", learn)
    phase = Phase(name="all", train=everything(), rates=1e-3, statistics="trained")
    PPO().run(state, phase, 1, PPO().plan(state, phase), MetricsFile(tmp_path / "metrics.jsonl"))
    (seen, ready), *_ = learned
    assert np.abs(seen.std(axis=0) - 1).max() > 0.1
    np.testing.assert_allclose(ready.std(axis=0), 1, atol=1e-2)


def test_values_do_not_change_with_their_scale():
    head = Policy().build(5, gym("CartPole-v1", {}).task, 0)
    scale, features = ValueScale(), np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)
    for returns in (np.array([10.0, 30.0]), np.array([100.0, 300.0])):
        before = scale.values(np.asarray(head(features)))
        scale.see(returns, head.get_layer("value"))
        np.testing.assert_allclose(scale.values(np.asarray(head(features))), before, atol=1e-4)


@pytest.mark.parametrize("source", ["CartPole-v1", "Pendulum-v1"])
@pytest.mark.parametrize("trunk", ["shared", "own"])
def test_numpy_answers_as_the_network_does(tmp_path, source, trunk):
    state = PPO().prepare(setup(tmp_path, source, head=Policy(**SMALL, value_trunk=trunk)))
    seen = np.random.default_rng(0).normal(size=(5, *state.environment.observation_shape)).astype(np.float32)
    mirrored = state.answer(seen)
    assert state._mirror is not None
    np.testing.assert_allclose(mirrored, np.asarray(state.outputs(seen)), atol=1e-5)


@pytest.fixture
def strong(tmp_path):
    """What asks for a torque of 5, where 0.5 is the most."""

    def prepare(**options):
        state = PPO().prepare(setup(tmp_path, "Pendulum-v1", {"torque": "0.5"}, head=Policy(**SMALL, **options)))
        state.network.head.get_layer("policy").bias.assign([5.0])
        state.refresh()
        return state

    return prepare


@pytest.mark.parametrize("acts", ["greedy", "sampled"])
def test_numbers_are_answered_within_their_bounds(strong, acts):
    observed, episode = PPO().predict(strong(acts=acts), [[1.0, 0.0, 0.0], 3])
    assert observed["action"] == [0.5]
    assert {action for (action,) in episode["actions"]} == {0.5}


@pytest.mark.slow
def test_numbers_are_served_within_their_bounds(strong, tmp_path):
    model = serving_model(strong())
    export_keras(model, tmp_path)
    export_saved_model(model, tmp_path)
    seen = np.array([[1, 0, 0], [0, 1, 5]], np.float32)
    served = tf.saved_model.load(str(tmp_path / "serving")).signatures["serving_default"](observations=seen)
    assert served["predictions"].numpy().tolist() == [[0.5], [0.5]]
    assert np.asarray(keras.models.load_model(tmp_path / "model.keras")(seen)).tolist() == [[0.5], [0.5]]


def test_exported_files_are_compared_on_observations_of_whole_episodes(strong):
    split = PPO().prepared_samples(strong(), "test", 50)
    observed, again = (np.concatenate(list(split.batches())) for _ in range(2))
    assert observed.shape == (50, 3)
    assert (split.labels, split.metrics) == (None, None)
    assert np.ptp(observed[:, 2]) > 1, "the first steps alone have low speeds"
    np.testing.assert_array_equal(observed, again)


def test_a_seed_below_zero_is_refused(strong):
    with pytest.raises(UsageError, match="invalid seed -1; use 0 or more"):
        PPO().predict(strong(), [-1])


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Run:
    return train(
        data="gym:CartPole-v1",
        backbone="rl/mlp.blank",
        strategy={"name": "feature-extraction", "rate": 3e-3},
        weights="random",
        steps=20_480,
        out=tmp_path_factory.mktemp("runs"),
    )


@pytest.mark.slow
def test_a_policy_learns_to_balance(run):
    # About 20 for random actions. Processors round differently, and the returns after so few steps differ by half.
    assert run.test["mean_return"] > 90
    assert run.test["episodes"] == 100
    assert run.result["phases"][0]["steps"] == 20_480
    assert run.result["head"] == "policy"


@pytest.mark.slow
def test_a_run_writes_the_same_files_as_other_runs(run):
    assert "mean return" in (run.path / "report.html").read_text()
    assert (run.path / "model.keras").is_file()
    assert (run.path / "serving" / "saved_model.pb").is_file()


@pytest.mark.slow
def test_it_acts_when_asked(run, tmp_path, capsys):
    episodes = run.predict(["3", 4])
    assert [each["input"] for each in episodes] == [3, 4]
    assert all(each["return"] == each["steps"] == len(each["actions"]) for each in episodes)
    assert run.predict([[0.0, 0.0, 0.1, 0.5]])[0]["action"] in {0, 1}
    (filmed,) = run.predict(3, video=tmp_path / "episode.gif")
    assert filmed == episodes[0]
    with Image.open(tmp_path / "episode.gif") as gif:
        assert gif.n_frames > 1
    assert main(["predict", str(run.path), "[0, 0, 0.1, 0]", "3"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == ["input", "action", "return", "steps"]
    assert lines[2] == ["3", f"{filmed['return']:g}", str(filmed["steps"])]
    with pytest.raises(UsageError, match="invalid seed -1"):
        run.predict(["-1"])
    for wrong in ("left", '[0, 0, "a", 0]', "[0, 0, NaN, 0]", "[[0], [0, 1]]", [0, 0, 1e300, 0]):
        with pytest.raises(UsageError, match="is not an input of a policy"):
            run.predict([wrong])
    with pytest.raises(UsageError, match="neither a GIF nor an MP4; name it"):
        run.predict(3, video=tmp_path / "episode.webm")
    with pytest.raises(UsageError, match="a video needs one episode; use its seed"):
        run.predict(["[0, 0, 0.1, 0]"], video=tmp_path / "episode.gif")
    with pytest.raises(UsageError, match="a video shows one input; got 2"):
        run.predict([3, 4], video=tmp_path / "episode.gif")


@pytest.mark.slow
def test_a_policy_is_served_over_http(run):
    pytest.importorskip("starlette", reason="the extra tlzoo[serve] is not installed")
    observation = [0.0, 0.0, 0.1, 0.5]
    with run.serve(port=0) as server:
        answer = requests.post(f"{server.url}/predict", json={"inputs": [observation, [1, 2]]}, timeout=20).json()
    action, wrong = answer["predictions"]
    assert action["label"] == f"action {run.predict([observation])[0]['action']}"
    assert wrong["error"] == "the observation is int64 of shape (2,); pass the shape (4,)"


@pytest.mark.slow
def test_a_policy_is_evaluated_in_another_environment_with_the_same_actions(run):
    assert run.evaluate() == run.test
    assert run.evaluate("gym:CartPole-v1?pole_length=4")["mean_return"] != run.test["mean_return"]
    with pytest.raises(UsageError, match="needs one of 3, but the run was trained on one of 2"):
        run.evaluate("gym:Acrobot-v1?observations=0,1,2,3")
    shapes = re.escape("has observations of shape (6,), but the run was trained on (4,)")
    with pytest.raises(UsageError, match=shapes):
        run.evaluate("gym:CartPole-v1?pad=6")


@pytest.mark.slow
def test_a_published_trunk_is_where_the_next_run_starts(tmp_path):
    head = {"name": "policy", **SMALL}
    run = train(
        data="gym:CartPole-v1",
        backbone="rl/mlp.blank",
        strategy="from-scratch",
        head=head,
        steps=128,
        export=["keras"],
        out=tmp_path,
    )
    published = publish(run, "pole", "Apache-2.0")
    forget()
    assert published.entry.input.shape == (4,)
    trained, loaded = state_of(trained_backbone(run, Silent()).backbone), state_of(load_backbone("local/pole"))
    assert all(np.array_equal(trained[path].numpy(), loaded[path].numpy()) for path in trained)
    assert loaded["preprocessing/standardize/moving_variance"].numpy().max() != 1
    policy = keras.models.load_model(run.path / "model.keras").get_layer("head").get_layer("policy").get_weights()
    kept = load_backbone("local/pole").source_head.get_weights()
    assert all(np.array_equal(*each) for each in zip(policy, kept, strict=True))
    again = train(
        data="gym:CartPole-v1?pole_length=1.5",
        backbone="local/pole",
        strategy="fine-tune",
        head=head,
        steps=256,
        export=[],
        out=tmp_path,
    )
    assert [(phase["name"], phase["mode"]) for phase in again.result["phases"]] == [("fine-tune", "live")]
    publish(again, "pole", "Apache-2.0", replaces=True)
    forget()
    with pytest.raises(RunError, match="has changed since"):
        again.predict([0])
    assert load_backbone("local/pole")


@pytest.mark.slow
def test_a_strategy_of_several_steps_opens_the_trunk_from_the_top(tmp_path):
    head = {"name": "policy", **SMALL}
    source = "gym:CartPole-v1?pole_length=1.5"
    how = {"strategy": "multi-step", "head": head | {"begin": "source"}, "steps": 256, "export": []}
    run = train(data=source, backbone="rl/mlp.cartpole", **how, out=tmp_path)
    phases = [(phase["name"], phase["steps"], phase["mode"]) for phase in run.result["phases"]]
    assert phases == [("head", 128, "cached features"), ("top", 64, "live"), ("everything", 64, "live")]
    events = [json.loads(line) for line in (run.path / "journal.jsonl").read_text().splitlines()]
    trained = [event["result"]["audited"]["trained"] for event in events if event["event"] == "result"]
    assert trained == [4, 6, 8]


@pytest.mark.slow
def test_transfer_is_compared_with_scratch_and_finished_runs_are_reused(tmp_path):
    asked = partial(
        compare,
        "gym:CartPole-v1?max_steps=60",
        "rl/mlp.cartpole",
        steps=2048,
        seeds=[0],
        out=tmp_path,
        head={"name": "policy", "environments": 2, "rollout": 32, "passes": 2, "episodes": 2},
    )
    report = asked()
    assert report.runs == {"transfer": 1, "scratch": 1}
    assert report.jumpstart.value == report.jumpstart.low
    finished, interrupted = (each.path for each in find_runs(tmp_path))
    before = (finished / "result.json").stat().st_mtime_ns
    (interrupted / "result.json").unlink()
    assert asked(resumes=True) == report
    assert [each.path for each in find_runs(tmp_path)] == [finished, interrupted]
    assert (finished / "result.json").stat().st_mtime_ns == before


def test_an_interrupted_comparison_names_the_option_to_continue(tmp_path, monkeypatch, capsys):
    def interrupted(*_given, **_named):
        raise KeyboardInterrupt

    monkeypatch.setattr("tlzoo_rl.transfer.comparison.train_recipe", interrupted)
    asked = ["--data", "gym:CartPole-v1", "--backbone", "rl/mlp.cartpole", "--steps", "2048", "--out", str(tmp_path)]
    assert main_of("transfer", "compare", command, asked) == 130
    assert f"to continue with the runs in {tmp_path}, add --resume" in capsys.readouterr().err


def test_a_comparison_with_an_unknown_entry_is_refused(tmp_path, capsys):
    asked = ["--data", "gym:CartPole-v1", "--backbone", "rl/mlp.nowhere", "--steps", "2048", "--out", str(tmp_path)]
    assert main_of("transfer", "compare", command, asked) == 3
    assert "rl/mlp.nowhere" in capsys.readouterr().err


@pytest.mark.parametrize(("named", "head_share"), [("policy", 0), ("q-values", 0.5)])
def test_strategies_use_the_defaults_of_the_head_and_the_modality(named, head_share):
    recipe = {"data": "gym:CartPole-v1", "backbone": "rl/mlp.cartpole", "head": {"name": named}}
    strategy = {"name": "fine-tune", "options": {"rate": 7e-4}}
    opened = open_recipe(read_recipe(None, recipe | {"strategy": strategy}), Silent())
    assert opened.strategy == FineTune(head_rate=1e-3, rate=7e-4, head_share=head_share, unfreeze="all")
    assert opened.recipe.strategy.options["head_rate"] == 1e-3
    strategy = {"name": "fine-tune", "options": {"head_share": 0.25, "unfreeze": 1}}
    opened = open_recipe(read_recipe(None, recipe | {"strategy": strategy}), Silent())
    assert opened.strategy == FineTune(head_rate=1e-3, rate=3e-4, head_share=0.25, unfreeze=1)


def test_options_without_a_head_are_of_the_one_that_acts():
    recipe = {"data": "gym:CartPole-v1", "backbone": "rl/mlp.cartpole"}
    opened = open_recipe(read_recipe(None, recipe | {"head": {"options": {"begin": "new"}}}), Silent())
    assert (opened.recipe.head.name, opened.head.begin) == ("policy", "new")
    with pytest.raises(UsageError, match="head 'policy' has no option 'begn'"):
        open_recipe(read_recipe(None, recipe | {"head": {"options": {"begn": "new"}}}), Silent())
    with pytest.raises(UsageError, match="head 'linear' has no option 'begin'"):
        open_recipe(read_recipe(None, recipe | {"head": {"name": "linear", "options": {"begin": "new"}}}), Silent())


def test_a_search_needs_labels(tmp_path):
    recipe = read_recipe(None, {"data": "gym:CartPole-v1", "backbone": "rl/mlp.cartpole"})
    with pytest.raises(UsageError, match="has no labelled samples, which are needed to compare trials"):
        tune_recipe(recipe, out=tmp_path)


def source_policy(actions):
    features = keras.Input((5,))
    return keras.Model(features, keras.layers.Dense(actions, activation="softmax", name="odds")(features))


def test_a_policy_starts_from_the_weights_of_its_source():
    head, source = Policy().build(5, gym("CartPole-v1", {}).task, 0), source_policy(2)
    assert begin_at_source(head, source)
    seen = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)
    outputs = np.asarray(head(seen))
    odds = np.exp(outputs[:, :2]) / np.exp(outputs[:, :2]).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(odds, np.asarray(source(seen)), atol=1e-6)
    assert not outputs[:, 2].any()


def test_a_policy_with_other_actions_is_not_a_starting_point():
    head = Policy().build(5, gym("CartPole-v1", {}).task, 0)
    before = head.get_weights()
    assert not begin_at_source(head, source_policy(3))
    assert not begin_at_source(head, None)
    numbers = Policy().build(5, gym("Pendulum-v1", {}).task, 0)
    assert not begin_at_source(numbers, source_policy(1))
    assert all(np.array_equal(*each) for each in zip(before, head.get_weights(), strict=True))


@pytest.mark.parametrize(("begin", "least", "most"), [("source", 0.6, 1.0), ("new", 0.0, 0.4)])
def test_a_run_starts_from_the_policy_of_its_entry(tmp_path, begin, least, most):
    asked = Setup(
        load_backbone("rl/grid-cnn.doorkey"),
        Policy(begin=begin, episodes=5, acts="sampled"),
        gym("MiniGrid-DoorKey-6x6-v0", {"max_steps": "100"}),
        seed=0,
        checkpoints=tmp_path,
    )
    trainer = PPO()
    assert least <= trainer.evaluate(trainer.prepare(asked), "validation").metrics.mean <= most


def cart_pole(folder, length, **more):
    return Setup(
        load_backbone("rl/mlp.cartpole"),
        Policy(**{**SMALL, "episodes": 10} | more),
        gym("CartPole-v1", {"pole_length": length, "max_steps": "200"}),
        seed=0,
        checkpoints=folder,
        budget=64,
    )


def test_values_no_better_than_untrained_ones_are_reported(tmp_path):
    """They have no pretrained policy to begin with: new weights alone are measured."""
    asked = replace(
        cart_pole(tmp_path / "checkpoints", "1"), head=QValues(environments=2, rollout=8, warmup=16, episodes=10)
    )
    trainer = DQN()
    state = trainer.prepare(asked)
    assert state.initial_policy.source is None
    phase = Phase(name="head", train=head(), rates=1e-9)
    result = trainer.run(state, phase, 1, trainer.plan(state, phase), MetricsFile(tmp_path / "metrics.jsonl"))
    (verdict,) = result.notes
    assert verdict.startswith("training did not help: the return is ")
    assert trainer.prepare(asked).initial_policy == state.initial_policy


def test_a_budget_below_a_rollout_is_refused(tmp_path):
    with pytest.raises(UsageError, match="a budget of 512 steps is below one rollout of 1,024"):
        train(
            data="gym:CartPole-v1",
            backbone="rl/mlp.blank",
            strategy="feature-extraction",
            weights="random",
            steps=512,
            out=tmp_path,
        )


@pytest.mark.parametrize("field", [{"image_size": 32}, {"batch_size": 8}, {"augment": "light"}])
def test_options_for_samples_are_refused(tmp_path, field):
    trainer = PPO()
    state = trainer.prepare(setup(tmp_path))
    with pytest.raises(UsageError, match="but observations of an environment are not changed"):
        trainer.plan(state, Phase(name="other", train=head(), **field))


def test_spaces_that_do_not_fit_are_refused(tmp_path):
    with pytest.raises(EntryError, match="takes vectors, but observations of the environment are 7 x 7 x 3"):
        train(data="gym:MiniGrid-DoorKey-5x5-v0", backbone="rl/mlp.blank", weights="random", out=tmp_path)
    with pytest.raises(EntryError, match="takes numbers from 0 to 10"):
        train(
            data="gym:made_environments:made/Painted-v0?paints=200",
            backbone="rl/grid-cnn.blank",
            weights="random",
            out=tmp_path,
        )
    with pytest.raises(EntryError, match="architecture without weights"):
        train(data="gym:CartPole-v1", backbone="rl/mlp.blank", steps=5000, out=tmp_path)


def test_a_head_that_does_not_act_is_refused(tmp_path):
    with pytest.raises(UsageError, match="the head 'linear' has no trainer for control; try --head policy"):
        train(data="gym:CartPole-v1", backbone="rl/mlp.blank", weights="random", head="linear", out=tmp_path)
    with pytest.raises(UsageError, match="the head 'policy' needs an environment, but digits: has samples"):
        train(data="digits:", backbone="glyphnet", head="policy", out=tmp_path)


def test_an_environment_that_fails_ends_the_run(tmp_path):
    with pytest.raises(TrainingError, match="raised ValueError in step: the motor is gone"):
        train(
            data="gym:made_environments:made/Faulty-v0",
            backbone="rl/mlp.blank",
            weights="random",
            strategy="feature-extraction",
            head={"name": "policy", **SMALL},
            steps=64,
            out=tmp_path,
        )


@pytest.mark.slow
def test_screens_go_through_the_network_for_atari(tmp_path):
    run = train(
        data="gym:made_environments:made/Screens-v0",
        backbone="rl/nature-cnn.blank",
        strategy={"name": "feature-extraction", "rate": 1e-3},
        weights="random",
        head={"name": "policy", "environments": 2, "rollout": 8, "passes": 1, "episodes": 2},
        steps=32,
        export=["saved-model"],
        out=tmp_path,
    )
    assert run.result["phases"][0]["steps"] == 32
    too_bright = np.full((84, 84, 4), 300).tolist()
    with pytest.raises(UsageError, match="an observation is out of range for uint8"):
        run.predict([too_bright])
