"""One update of PPO: all epochs over a rollout in one compiled call, since a call costs more than a small batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.training import Regularization, apply_gradients, make_optimizer
from tlzoo_rl.training.policies import likelihood

if TYPE_CHECKING:
    import tensorflow as tf

    from tlzoo.strategies import Phase
    from tlzoo_rl.training.encoder import Encoder
    from tlzoo_rl.training.state import ControlState

__all__ = ["Rollout", "Update", "update_for"]

_CLIP_NORM = 0.5
"""Default limit of the gradients' norm (arXiv 2006.05990, appendix B.6)."""
_TINY = 1e-8


@dataclass(frozen=True, slots=True)
class Rollout:
    """Stored rows of observations and actions of a rollout, (T x N, …), with advantages and returns."""

    observations: np.ndarray
    actions: np.ndarray
    log_odds: np.ndarray
    advantages: np.ndarray
    returns: np.ndarray

    @classmethod
    def of(cls, *parts: np.ndarray) -> Rollout:
        """Reshape arrays (T, N, …) to one row per step."""
        rows = [each.reshape(-1, *each.shape[2:]) for each in parts]
        return cls(rows[0], rows[1], *(each.astype(np.float32) for each in rows[2:]))


def update_for(state: ControlState, phase: Phase, encoder: Encoder) -> tuple[Update, np.ndarray]:
    """Return the update for the phase with a new optimizer, and the learning rates (groups,) float32."""
    groups = state.groups(phase)
    key = repr(([paths for paths, _ in groups], phase.weight_decay, phase.clip_norm))
    if key not in state.compiled:
        state.compiled[key] = Update(state, phase, groups, encoder)
    update: Update = state.compiled[key]
    update.reset()
    return update, np.array([rate for _, rate in groups], np.float32)


class Update:
    """Gradient steps on a rollout, for one set of trainable variables."""

    def __init__(
        self, state: ControlState, phase: Phase, groups: list[tuple[list[str], float]], encoder: Encoder
    ) -> None:
        import tensorflow as tf

        self._state, head, task = state, state.head, state.environment.task
        variables = state.network.variables
        regularization = Regularization(phase.weight_decay, phase.clip_norm or _CLIP_NORM)
        chosen = [([variables[path] for path in paths], rate) for paths, rate in groups]
        self.optimizer = optimizer = make_optimizer(state.setup.optimizer, chosen, regularization)
        self._fresh = [variable.numpy() for variable in optimizer.variables]
        inner = getattr(optimizer, "optimizers", [optimizer])
        trained = [variable for some, _ in chosen for variable in some]
        self._values = any(path in state.network.parts.head for paths, _ in groups for path in paths)

        def losses(rows: tuple[tf.Tensor, ...]) -> tuple[tf.Tensor, tf.Tensor]:
            """Return the loss (eq. 9), and (4,): policy loss, value loss, entropy, clipped share."""
            inputs, actions, log_odds, advantage, returns = rows
            outputs = encoder.outputs(inputs)
            now, entropy = likelihood(outputs, actions, task.actions, continuous=task.continuous)
            standard = (advantage - tf.reduce_mean(advantage)) / (tf.math.reduce_std(advantage) + _TINY)
            ratio = tf.exp(now - log_odds)
            bounded = tf.clip_by_value(ratio, 1 - head.clip, 1 + head.clip)
            policy = -tf.reduce_mean(tf.minimum(ratio * standard, bounded * standard))  # eq. 7
            value = tf.reduce_mean(tf.square(returns - outputs[:, -1]))
            spread = tf.reduce_mean(entropy)
            clipped = tf.reduce_mean(tf.cast(tf.abs(ratio - 1) > head.clip, tf.float32))
            whole = policy + head.value * value - head.entropy * spread
            return whole, tf.stack([policy, value, spread, clipped])

        def learn(
            inputs: tf.Tensor,
            actions: tf.Tensor,
            log_odds: tf.Tensor,
            advantage: tf.Tensor,
            returns: tf.Tensor,
            order: tf.Tensor,
            rates: tf.Tensor,
        ) -> tf.Tensor:
            for position, each in enumerate(inner):
                each.learning_rate.assign(rates[position])
            columns = (inputs, actions, log_odds, advantage, returns)

            def step(number: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
                rows = tuple(tf.gather(column, order[number]) for column in columns)
                with tf.GradientTape(watch_accessed_variables=False) as tape:
                    tape.watch([variable.value for variable in trained])
                    whole, figures = losses(rows)
                gradients = tape.gradient(whole, [variable.value for variable in trained], unconnected_gradients="zero")
                apply_gradients(optimizer, gradients, trained)
                return number + 1, total + figures

            batches = tf.shape(order)[0]
            _, total = tf.while_loop(
                lambda number, _: number < batches, step, (tf.constant(0), tf.zeros(4)), parallel_iterations=1
            )
            return total / tf.cast(batches, tf.float32)

        self._learn = tf.function(learn, autograph=False)

    def __call__(self, seen: Rollout, random: np.random.Generator, rates: np.ndarray) -> dict[str, float]:
        """Train the head's number of epochs on a rollout, shuffled by ``random``; return mean figures.

        Observations of the rollout are rows of the encoder.
        """
        count = len(seen.observations)
        size = min(self._state.setup.batch_size, count)
        passes = [
            random.permutation(count)[: count // size * size].reshape(-1, size) for _ in range(self._state.head.passes)
        ]
        state = self._state
        if self._values:
            state.scale.see(seen.returns, state.network.head.get_layer("value"))
        order = np.concatenate(passes).astype(np.int32)
        actions = seen.actions.astype(np.float32 if self._state.environment.task.continuous else np.int32)
        figures = self._learn(
            seen.observations, actions, seen.log_odds, seen.advantages, state.scale.standard(seen.returns), order, rates
        ).numpy()
        return dict(zip(("policy_loss", "value_loss", "entropy", "clipped"), map(float, figures), strict=True))

    def reset(self) -> None:
        """Reset the optimizer's moments and step count."""
        for variable, value in zip(self.optimizer.variables, self._fresh, strict=True):
            variable.assign(value)
