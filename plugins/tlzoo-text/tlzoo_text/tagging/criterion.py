"""Criterion of tagging: cross-entropy of the words' tags, and the F1 of spans."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, final

import numpy as np

from tlzoo.tasks import PLAIN, Decision, SoftmaxCriterion, mean_loss

from .annotations.counts import scores_of, span_counts
from .metrics import TaggingMetrics, standard_error, tagging_metrics

if TYPE_CHECKING:
    import tensorflow as tf

    from tlzoo.tasks import Labels, Loss

    from .annotations.words import WordRule

__all__ = ["TaggingCriterion"]

_AT_ONCE = 256


@final
@dataclass(frozen=True, eq=False, slots=True)
class TaggingCriterion(SoftmaxCriterion):
    """Outputs are logits (N, positions, tags); labels are ``PlacedTags`` (N,); answers are probabilities.

    ``weights``, float32 (tags,), are those of words in the loss, 1 on average over the training words. ``words`` is the
    mean number of words of a training text.
    """

    tags: tuple[str, ...]
    rule: WordRule
    weights: np.ndarray
    words: float = 1.0
    figure: ClassVar[str] = "token_accuracy"

    def targets(self, labels: Labels) -> np.ndarray:
        """Return the tag of each position, float32 (N, positions); -1 for positions that do not count."""
        longest = max((each.positions for each in labels), default=0)
        found = np.full((len(labels), longest), -1, np.float32)
        for row, each in enumerate(labels):
            found[row, : each.positions] = each.targets
        return found

    def loss(self, label_smoothing: float) -> Loss:
        """Return the cross-entropy of a text's words (nats), divided by the mean number of words of a training text.

        So its mean over texts is a mean over words, and each word has the same influence in texts of any length.
        """
        import tensorflow as tf

        weights, count = tf.constant(self.weights, tf.float32), len(self.tags)

        def loss(targets: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
            classes = tf.cast(targets, tf.int32)
            counted = tf.cast(classes >= 0, tf.float32)
            truth = tf.one_hot(classes, count) * (1 - label_smoothing) + label_smoothing / count
            each = -tf.reduce_sum(truth * tf.nn.log_softmax(tf.cast(outputs, tf.float32)), -1)
            each *= counted * tf.gather(weights, tf.maximum(classes, 0))
            return tf.reduce_sum(each, -1) / self.words

        return loss

    def quality(self, targets: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return the share of a text's words with the right tag; 1 for a text without any word."""
        counted = np.asarray(targets) >= 0
        right = (outputs.argmax(axis=-1) == targets) & counted
        words = counted.sum(axis=1)
        shares: np.ndarray = np.where(words > 0, right.sum(axis=1) / np.maximum(words, 1), 1.0)
        return shares

    def figures(self, labels: Labels, outputs: np.ndarray) -> dict[str, float]:
        """Return the mean loss, the F1 of spans, and the share of words with the right tag."""
        counts = span_counts(labels, outputs, self.tags)
        f1 = scores_of(counts.right.sum(), counts.true.sum(), counts.predicted.sum())[2]
        return {
            "loss": mean_loss(self.loss(0.0), self.targets, labels, outputs, _AT_ONCE),
            "entity_f1": float(f1),
            "token_accuracy": float(counts.right_words.sum() / max(1, counts.words.sum())),
        }

    def score(self, labels: Labels, outputs: np.ndarray) -> tuple[float, float]:
        """Return the F1 of spans of all types and its standard error."""
        counts = span_counts(labels, outputs, self.tags)
        f1 = scores_of(counts.right.sum(), counts.true.sum(), counts.predicted.sum())[2]
        return float(f1), standard_error(counts)

    def metrics(self, labels: Labels, answers: np.ndarray, decision: Decision = PLAIN) -> TaggingMetrics:  # noqa: ARG002 - of several labels
        """Return precision, recall and F1 of spans, and token accuracy."""
        return tagging_metrics(labels, answers, self.tags, self.rule)
