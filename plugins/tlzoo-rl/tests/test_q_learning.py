"""What deep Q-learning computes, against its definition."""

import numpy as np
import pytest

from tlzoo.backbones import LoadRequest, load_backbone
from tlzoo.errors import UsageError
from tlzoo.strategies import Phase, head
from tlzoo.training import Setup
from tlzoo_rl.environments import gym
from tlzoo_rl.heads import QValues
from tlzoo_rl.training import DQN
from tlzoo_rl.training.dqn.replay_memory import Memory
from tlzoo_rl.training.dqn.update import value_update_for

SMALL = {"environments": 2, "rollout": 8, "updates": 2, "memory": 100, "warmup": 20, "target": 2, "episodes": 3}
PHASE = Phase(name="head", train=head(), rates=1e-2)


@pytest.fixture
def prepared(tmp_path):
    def prepare(**options):
        pole = gym("CartPole-v1", {})
        trunk = load_backbone("rl/mlp.blank", LoadRequest(weights="random", input_shape=(4,)))
        return DQN().prepare(
            Setup(trunk, QValues(**SMALL | options), pole, seed=0, checkpoints=tmp_path, budget=512, batch_size=16)
        )

    return prepare


def rows(count=64):
    random = np.random.default_rng(0)
    return {
        "observations": random.normal(size=(count, 4)).astype(np.float32),
        "actions": random.integers(2, size=count),
        "rewards": random.normal(size=count).astype(np.float32),
        "following": random.normal(size=(count, 4)).astype(np.float32),
        "terminated": (random.random(count) < 0.5).astype(np.float32),
    }


def test_targets_are_those_of_double_q_learning(prepared):
    state, seen = prepared(discount=0.9), rows()
    update, rates = value_update_for(state, PHASE, DQN().encoder(state, PHASE))
    older = update.older[1]
    older.set_weights([np.random.default_rng(1).normal(size=each.shape) for each in older.get_weights()])
    memory = Memory(64, (4,), "float32")
    memory.add(**seen)
    every = np.arange(64)
    best = np.asarray(state.outputs(seen["following"])).argmax(axis=1)
    after = np.asarray(older(state.features(seen["following"])))
    assert (best != after.argmax(axis=1)).any()
    targets = seen["rewards"] + 0.9 * (1 - seen["terminated"]) * after[every, best]
    apart = np.abs(np.asarray(state.outputs(seen["observations"]))[every, seen["actions"]] - targets)
    assert apart.min() < 1 < apart.max()
    expected = np.where(apart < 1, 0.5 * apart**2, apart - 0.5).mean()
    assert update(memory, every[np.newaxis], rates) == pytest.approx(expected, rel=1e-5)


def test_the_older_network_follows_after_so_many_updates_and_not_between(prepared):
    trainer, state = DQN(), prepared(target=2)
    learner = trainer.learner(state, PHASE, 1, trainer.plan(state, PHASE))
    learner.memory.add(**rows())
    random = np.random.default_rng(0)

    def kernels():
        learner._learn(random, 0.5)
        return [model.get_layer("values").kernel.numpy() for model in (state.network.head, learner.update.older[1])]

    first = state.network.head.get_layer("values").kernel.numpy()
    once, twice, thrice = kernels(), kernels(), kernels()
    assert [np.array_equal(newer, older) for newer, older in (once, twice, thrice)] == [False, True, False]
    np.testing.assert_array_equal(once[1], first)
    np.testing.assert_array_equal(thrice[1], twice[0])


@pytest.mark.parametrize(("done", "odds"), [(0.0, 1.0), (0.25, 0.55), (0.5, 0.1), (1.0, 0.1)])
def test_actions_by_chance_go_down_on_a_line(prepared, done, odds):
    trainer, state = DQN(), prepared(exploring=0.5, chance=0.1)
    state.network.head.get_layer("values").set_weights([np.zeros((64, 2)), np.array([0.0, 1.0])])
    learner = trainer.learner(state, PHASE, 1, trainer.plan(state, PHASE))
    state.refresh()
    acted = learner._act(np.zeros((20_000, 4), np.float32), done, np.random.default_rng(0))
    assert (acted == 0).mean() == pytest.approx(odds / 2, abs=0.01)


def test_a_phase_that_ends_before_anything_is_learned_is_refused(prepared):
    DQN().plan(prepared(warmup=512), PHASE)
    with pytest.raises(UsageError, match=r"'head': a budget of 512 steps is below the 513 of warmup.*lower -H warmup"):
        DQN().plan(prepared(warmup=513), PHASE)
