"""Updates of deep Q-learning: several batches in one compiled call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.training import Regularization, apply_gradients, make_optimizer

if TYPE_CHECKING:
    import tensorflow as tf

    from tlzoo.strategies import Phase
    from tlzoo_rl.training.dqn.replay_memory import Memory
    from tlzoo_rl.training.encoder import Encoder
    from tlzoo_rl.training.state import ControlState

__all__ = ["ValueUpdate", "value_update_for"]

_CLIP_NORM = 10.0


def value_update_for(state: ControlState, phase: Phase, encoder: Encoder) -> tuple[ValueUpdate, np.ndarray]:
    """Return the update for the phase with a new optimizer, and the learning rates (groups,) float32."""
    groups = state.groups(phase)
    key = repr(("values", [paths for paths, _ in groups], phase.weight_decay, phase.clip_norm))
    if key not in state.compiled:
        state.compiled[key] = ValueUpdate(state, phase, groups, encoder)
    update: ValueUpdate = state.compiled[key]
    update.reset()
    return update, np.array([rate for _, rate in groups], np.float32)


class ValueUpdate:
    """Gradient steps towards the values of a target network (Mnih et al. 2015, doi:10.1038/nature14236).

    The online network chooses the action of the target (van Hasselt et al. 2016, arXiv 1509.06461, eq. 4).
    """

    def __init__(
        self, state: ControlState, phase: Phase, groups: list[tuple[list[str], float]], encoder: Encoder
    ) -> None:
        import keras
        import tensorflow as tf

        head, variables = state.head, state.network.variables
        chosen = [([variables[path] for path in paths], rate) for paths, rate in groups]
        regularization = Regularization(phase.weight_decay, phase.clip_norm or _CLIP_NORM)
        self.optimizer = optimizer = make_optimizer(state.setup.optimizer, chosen, regularization)
        self._fresh = [variable.numpy() for variable in optimizer.variables]
        inner = getattr(optimizer, "optimizers", [optimizer])
        trained = [variable for some, _ in chosen for variable in some]
        self._newer = encoder.layers
        self.older = [keras.models.clone_model(each) for each in self._newer]
        self.follow()

        def losses(rows: tuple[tf.Tensor, ...]) -> tf.Tensor:
            observations, actions, rewards, following, terminated = rows
            best = tf.argmax(encoder.outputs(following), axis=1)
            after = tf.gather(encoder.outputs(following, self.older), best, axis=1, batch_dims=1)
            targets = tf.stop_gradient(rewards + head.discount * (1 - terminated) * after)
            apart = tf.gather(encoder.outputs(observations), actions, axis=1, batch_dims=1) - targets
            size = tf.abs(apart)
            return tf.reduce_mean(tf.where(size < 1, 0.5 * tf.square(apart), size - 0.5))

        def learn(columns: tuple[tf.Tensor, ...], rates: tf.Tensor) -> tf.Tensor:
            for position, each in enumerate(inner):
                each.learning_rate.assign(rates[position])

            def step(number: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
                rows = tuple(column[number] for column in columns)
                with tf.GradientTape(watch_accessed_variables=False) as tape:
                    tape.watch([variable.value for variable in trained])
                    loss = losses(rows)
                gradients = tape.gradient(loss, [variable.value for variable in trained], unconnected_gradients="zero")
                apply_gradients(optimizer, gradients, trained)
                return number + 1, total + loss

            count = tf.shape(columns[1])[0]
            _, total = tf.while_loop(
                lambda number, _: number < count, step, (tf.constant(0), tf.constant(0.0)), parallel_iterations=1
            )
            return total / tf.cast(count, tf.float32)

        self._learn = tf.function(learn, autograph=False)

    def __call__(self, memory: Memory, chosen: np.ndarray, rates: np.ndarray) -> float:
        """Learn from the steps at ``chosen`` (batches, size); return the mean loss."""
        names = ("observations", "actions", "rewards", "following", "terminated")
        return float(self._learn(tuple(memory.columns[name][chosen] for name in names), rates))

    def follow(self) -> None:
        """Copy the online network to the target network."""
        for old, new in zip(self.older, self._newer, strict=True):
            old.set_weights(new.get_weights())

    def weights(self) -> list[Any]:
        """Return the target network's variables."""
        return [variable for each in self.older for variable in each.weights]

    def reset(self) -> None:
        """Reset the optimizer's moments and step count."""
        for variable, value in zip(self.optimizer.variables, self._fresh, strict=True):
            variable.assign(value)
