"""What PPO computes, against its definitions."""

import numpy as np
import pytest

from tlzoo.backbones import LoadRequest, load_backbone
from tlzoo.strategies import Phase, everything
from tlzoo.training import Setup
from tlzoo_rl.environments import Environments, gym
from tlzoo_rl.heads import Policy
from tlzoo_rl.training import PPO
from tlzoo_rl.training.ppo.update import Rollout, update_for


def prepared(checkpoints, options, **head):
    environment = gym("CartPole-v1", options)
    request = LoadRequest(weights="random", input_shape=environment.observation_shape)
    setup = Setup(
        load_backbone("rl/mlp.blank", request),
        Policy(environments=2, rollout=6, passes=1, **head),
        environment,
        seed=0,
        checkpoints=checkpoints,
        budget=12,
        batch_size=12,
    )
    return PPO().prepare(setup)


PHASE = Phase(name="all", train=everything(), rates=1e-3)


def test_the_loss_is_the_clipped_objective(tmp_path):
    state, random = prepared(tmp_path, {}, clip=0.1), np.random.default_rng(0)
    seen = random.normal(size=(12, 4)).astype(np.float32)
    actions, advantages, returns = random.integers(2, size=12), random.normal(size=12), random.normal(size=12)
    outputs = np.asarray(state.outputs(seen), np.float64)
    log_odds = outputs[:, :2] - np.log(np.exp(outputs[:, :2]).sum(axis=1, keepdims=True))
    now = log_odds[np.arange(12), actions]
    before = now + random.normal(0, 0.3, 12)
    standard = (advantages - advantages.mean()) / advantages.std()
    ratio = np.exp(now - before)
    update, rates = update_for(state, PHASE, PPO().encoder(state, PHASE))
    rollout = Rollout(seen, actions, *(each.astype(np.float32) for each in (before, advantages, returns)))
    figures = update(rollout, random, rates)
    expected = -np.minimum(ratio * standard, ratio.clip(0.9, 1.1) * standard).mean()
    assert figures["policy_loss"] == pytest.approx(expected, abs=1e-5)
    assert figures["entropy"] == pytest.approx(-(np.exp(log_odds) * log_odds).sum(axis=1).mean(), abs=1e-5)
    assert figures["clipped"] == pytest.approx((np.abs(ratio - 1) > 0.1).mean())
    assert 0 < figures["clipped"] < 1


def test_an_episode_that_is_cut_off_would_have_gone_on(tmp_path):
    state = prepared(tmp_path, {"max_steps": "3"}, discount=0.9, trace=0.5)
    value = state.network.head.get_layer("value")
    value.set_weights([value.kernel.numpy() * 0, value.bias.numpy() * 0 + 5])
    state.refresh()
    trainer = PPO()
    learner = trainer.learner(state, PHASE, 1, trainer.plan(state, PHASE))
    environments = Environments(state.environment, 2)
    learner.totals = np.zeros(2)
    returned = []
    rollout, _ = learner._collect(environments, learner.begin(environments, 0), np.random.default_rng(0), returned)
    error = 1 + 0.9 * 5 - 5
    episode = [error * (1 + 0.45 + 0.45**2), error * (1 + 0.45), error]
    np.testing.assert_allclose(rollout.advantages.reshape(6, 2), np.array([[*episode, *episode]] * 2).T, atol=1e-5)
    np.testing.assert_allclose(rollout.returns, rollout.advantages + 5, atol=1e-5)
    assert returned == [3.0] * 4
