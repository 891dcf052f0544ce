"""Checks that outputs do not depend on how the model runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlzoo.testing.checks.backbone.loading import deterministic
from tlzoo.testing.session import check
from tlzoo.testing.tensors import ROUNDING, as_arrays, expect_equal

if TYPE_CHECKING:
    from tlzoo.testing.subject import BackboneSubject

__all__ = ["batch_of_one_equals_row", "eager_equals_compiled"]


@check(deterministic)
def eager_equals_compiled(subject: BackboneSubject) -> None:
    """Check that eager and ``tf.function`` calls give the same output, within 1e-5 relative."""
    import tensorflow as tf

    model = subject.backbone.model
    compiled = tf.function(lambda ready: model(ready, training=False))
    expect_equal(subject.expected, compiled(subject.ready(subject.backbone)), "compiled", ROUNDING)


@check(deterministic)
def batch_of_one_equals_row(subject: BackboneSubject) -> None:
    """Check that a single sample gives the same output as a row of a batch, within 1e-5 relative."""
    import tensorflow as tf

    backbone = subject.backbone
    samples = subject.samples(backbone)
    for row in range(len(samples)):
        alone = backbone.model(backbone.preprocessing.normalize(tf.constant(samples[row : row + 1])), training=False)
        expected = [output[row : row + 1] for output in subject.expected]
        expect_equal(expected, as_arrays(alone), f"row {row} alone", ROUNDING)
