"""Preparation of waveforms: samples of one length."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, weakref_slot=True)
class PrepareWaveform:
    """Cut a waveform after ``length`` samples, or add silence: float32 (samples,) to (length,)."""

    length: int

    def __call__(self, waveform):
        """Return the sample."""
        import tensorflow as tf

        cut = waveform[: self.length]
        return tf.ensure_shape(tf.pad(cut, [[0, self.length - tf.shape(cut)[0]]]), (self.length,))
