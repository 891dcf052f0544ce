"""Compiled computations: hidden states of frozen blocks, training steps, and losses of tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.training import Regularization, apply_gradients, make_optimizer

if TYPE_CHECKING:
    import tensorflow as tf

    from tlzoo.strategies import Phase

    from .network import CausalNetwork
    from .packing import Rows

__all__ = ["Step", "hidden_states", "token_losses"]


def _losses(network: CausalNetwork, hidden: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    """Return the negative log-likelihoods (tokens,) of the targets with a weight, row by row.

    Logits are computed for these tokens only: they are most of the memory of a small model.
    """
    import tensorflow as tf

    there = weights > 0
    logits = network.logits(tf.boolean_mask(hidden, there))
    return tf.nn.sparse_softmax_cross_entropy_with_logits(tf.boolean_mask(targets, there), logits)


class Step:
    """A training step on a batch of rows, for one set of trained variables.

    The loss is the mean over the tokens of completions and the end tokens in the batch. ``frozen`` is the number of
    frozen blocks from the input, which compute in inference mode; None if the embeddings train. With ``cached``, their
    outputs are given instead of tokens.
    """

    def __init__(
        self,
        network: CausalNetwork,
        phase: Phase,
        groups: list[tuple[list[str], float]],
        optimizer: Any,
        frozen: int | None,
        *,
        cached: bool,
    ) -> None:
        import tensorflow as tf

        chosen = [([network.variables[path] for path in paths], rate) for paths, rate in groups]
        regularization = Regularization(phase.weight_decay, phase.clip_norm, accumulate=phase.accumulate)
        scaled = network.compute_dtype == "float16"
        self.optimizer = whole = make_optimizer(optimizer, chosen, regularization, scale_loss=scaled)
        self._fresh = [variable.numpy().copy() for variable in whole.variables]
        unscaled = getattr(whole, "inner_optimizer", whole)
        inner = getattr(unscaled, "optimizers", [unscaled])
        trained = [variable for some, _ in chosen for variable in some]
        low, high = network.blocks[: frozen or 0], network.blocks[frozen or 0 :]

        def lower(tokens: tf.Tensor, positions: tf.Tensor, segments: tf.Tensor) -> tf.Tensor:
            hidden = network.embed(tokens, positions, training=frozen is None)
            return network.through(hidden, segments, low, training=False) if low else hidden

        def step(
            inputs: tf.Tensor,
            positions: tf.Tensor,
            segments: tf.Tensor,
            targets: tf.Tensor,
            weights: tf.Tensor,
            rates: tf.Tensor,
        ) -> tuple[tf.Tensor, tf.Tensor]:
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch([variable.value for variable in trained])
                hidden = tf.cast(inputs, network.compute_dtype) if cached else lower(inputs, positions, segments)
                hidden = network.through(hidden, segments, high, training=True)
                losses = _losses(network, hidden, targets, weights)
                loss = tf.reduce_mean(losses)
                scaled_loss = whole.scale_loss(loss)
            gradients = tape.gradient(
                scaled_loss, [variable.value for variable in trained], unconnected_gradients="zero"
            )
            for position, each in enumerate(inner):
                each.learning_rate.assign(rates[position])
            apply_gradients(whole, [tf.convert_to_tensor(each) for each in gradients], trained)
            return loss, tf.size(losses)

        self._step = tf.function(step, autograph=False)

    def __call__(self, batch: tuple[np.ndarray, ...], rates: np.ndarray) -> tuple[float, int]:
        """Run one step at these rates (groups,); return the loss and its number of tokens."""
        loss, tokens = self._step(*batch, rates)
        return float(loss), int(tokens)

    def reset(self) -> None:
        """Reset the optimizer's moments and step count."""
        for variable, value in zip(self.optimizer.variables, self._fresh, strict=True):
            variable.assign(value)

    def slots(self) -> dict[str, np.ndarray]:
        """Return the optimizer's variables for a checkpoint."""
        return {str(number): each.numpy() for number, each in enumerate(self.optimizer.variables)}

    def take(self, slots: Any) -> None:
        """Restore the optimizer's variables from a checkpoint."""
        for number, variable in enumerate(self.optimizer.variables):
            variable.assign(slots[str(number)])


def hidden_states(network: CausalNetwork, rows: Rows, frozen: int, batch_size: int) -> np.ndarray:
    """Return the outputs (rows, length, size) float32 of the embeddings and the first ``frozen`` blocks."""
    import tensorflow as tf

    def compute(tokens: tf.Tensor, positions: tf.Tensor, segments: tf.Tensor) -> tf.Tensor:
        hidden = network.embed(tokens, positions, training=False)
        return tf.cast(network.through(hidden, segments, network.blocks[:frozen], training=False), tf.float32)

    compiled = tf.function(compute, autograph=False)
    found = np.empty((len(rows), rows.tokens.shape[1], network.size), np.float32)
    for begin in range(0, len(rows), batch_size):
        some = np.arange(begin, min(begin + batch_size, len(rows)))
        found[some] = compiled(*rows.batch(some, batch_size)[:3]).numpy()[: len(some)]
    return found


def token_losses(network: CausalNetwork) -> Any:
    """Return the compiled function from a batch of rows to the losses (tokens,) of the targets with a weight."""
    import tensorflow as tf

    def compute(
        tokens: tf.Tensor, positions: tf.Tensor, segments: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor
    ) -> tf.Tensor:
        hidden = network.embed(tokens, positions, training=False)
        return _losses(network, network.through(hidden, segments, network.blocks, training=False), targets, weights)

    return tf.function(compute, autograph=False)
