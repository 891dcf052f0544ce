"""Actions and their log-probabilities from a head's outputs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["greedy", "likelihood", "sample"]

_HALF_LOG_TAU = 0.5 * math.log(2 * math.pi)


def sample(outputs: np.ndarray, actions: int, random: np.random.Generator, *, continuous: bool) -> tuple[Any, Any]:
    """Return an action for each row, int (N,) or float32 (N, actions), and its log-probability float32 (N,).

    Discrete actions are sampled with the Gumbel trick, continuous ones from a normal distribution.
    """
    if continuous:
        mean, log_deviation = outputs[:, :actions], outputs[:, actions : 2 * actions]
        noise = random.standard_normal(mean.shape, np.float32)
        drawn = mean + np.exp(log_deviation) * noise
        return drawn, (-0.5 * noise**2 - log_deviation - _HALF_LOG_TAU).sum(axis=1)
    logits = outputs[:, :actions]
    drawn = (logits + random.gumbel(size=logits.shape)).argmax(axis=1)
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_odds = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return drawn, log_odds[np.arange(len(drawn)), drawn]


def greedy(outputs: np.ndarray, actions: int, *, continuous: bool) -> np.ndarray:
    """Return the most probable action for each row."""
    return outputs[:, :actions] if continuous else outputs[:, :actions].argmax(axis=1)


def likelihood(outputs: tf.Tensor, taken: tf.Tensor, actions: int, *, continuous: bool) -> tuple[tf.Tensor, tf.Tensor]:
    """Return log-probabilities of actions (N,) and the policy's entropies (N,), in nats; traceable."""
    import tensorflow as tf

    if continuous:
        mean, log_deviation = outputs[:, :actions], outputs[:, actions : 2 * actions]
        noise = (taken - mean) * tf.exp(-log_deviation)
        log_odds = tf.reduce_sum(-0.5 * tf.square(noise) - log_deviation - _HALF_LOG_TAU, axis=1)
        return log_odds, tf.reduce_sum(log_deviation + 0.5 + _HALF_LOG_TAU, axis=1)
    every = tf.nn.log_softmax(outputs[:, :actions])
    entropy = -tf.reduce_sum(tf.exp(every) * every, axis=1)
    return tf.gather(every, taken, axis=1, batch_dims=1), entropy
