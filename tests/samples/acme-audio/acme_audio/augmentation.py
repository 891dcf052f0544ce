"""Augmentation of waveforms: shift in time, gain, white noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import Field

from tlzoo.modalities import Augmentation, uniforms

POLICIES = {
    "light": {"shift": 0.05, "gain": 3.0},
    "standard": {"shift": 0.1, "gain": 6.0, "noise": 0.05},
    "strong": {"shift": 0.2, "gain": 12.0, "noise": 0.2},
}


class AudioAugmentation(Augmentation):
    """Operations on waveforms, in this order."""

    modality: ClassVar[str] = "audio"
    usual: ClassVar = {"shift": 0.1, "gain": 6.0, "noise": 0.05}

    shift: float = Field(default=0.0, ge=0, le=1, description="shift in time, up to this part of the length")
    gain: float = Field(default=0.0, ge=0, le=40, description="louder or softer by up to so many decibels")
    noise: float = Field(default=0.0, ge=0, le=1, description="white noise of up to this part of the loudness")


@dataclass(slots=True)
class WaveformAugmenter:
    """Changes waveforms (batch, length), float32. Random numbers of a sample do not depend on its batch."""

    options: AudioAugmentation

    def __call__(self, batch, base, samples):
        """Return the waveforms, augmented."""
        import tensorflow as tf

        waveforms = np.asarray(batch)
        length = waveforms.shape[1]
        draws = uniforms(base, samples, 3 + (length if self.options.noise else 0))
        shift, gain, noise = (2 * draws[:, :3] - 1).T
        changed = _shifted(waveforms, np.rint(shift * self.options.shift * length).astype(int))
        changed = changed * 10 ** (gain * self.options.gain / 20)[:, np.newaxis]
        if self.options.noise:
            loudness = np.sqrt(np.square(changed).mean(axis=1)) * np.abs(noise) * self.options.noise
            changed += (
                np.sqrt(12) * (draws[:, 3:] - 0.5) * loudness[:, np.newaxis]
            )  # a uniform draw has variance 1 / 12
        return tf.constant(changed, tf.float32)

    def pairing(self, draw, batch):
        """Return None: waveforms are not mixed."""

    def mixed(self, batch, pairs):
        """Return the batch."""
        return batch


def _shifted(waveforms: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Return each waveform delayed by a number of steps (earlier if negative), with silence in the gap."""
    positions = np.arange(waveforms.shape[1]) - steps[:, np.newaxis]
    inside = (positions >= 0) & (positions < waveforms.shape[1])
    return np.take_along_axis(waveforms, np.where(inside, positions, 0), axis=1) * inside
