"""Statistics of sounds for closeness and for inspections."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tlzoo.data import InputFacts, Lengths, Size, lengths_of

SILENT = -60.0
"""Decibels of full scale; below, a sound counts as silent."""


def loudness(waveform: np.ndarray) -> float:
    """Return the root mean square in decibels of full scale, at least -120."""
    return 20 * float(np.log10(max(np.sqrt(np.mean(np.square(waveform, dtype=np.float64))), 1e-6)))


def brightness(waveform: np.ndarray) -> float:
    """Return the mean frequency, weighted by amplitude, as a fraction of the highest: 0 to 1."""
    amplitudes = np.abs(np.fft.rfft(waveform))
    return float(np.linspace(0, 1, len(amplitudes)) @ amplitudes / max(amplitudes.sum(), 1e-12))


def statistics(waveforms) -> dict[str, list[float]]:
    """Return mean and standard deviation of loudness and brightness."""
    rows = np.array([(loudness(each), brightness(each)) for each in waveforms])
    means, spreads = rows.mean(axis=0), rows.std(axis=0)
    return {
        name: [float(means[column]), float(spreads[column])] for column, name in enumerate(("loudness", "brightness"))
    }


@dataclass(frozen=True, slots=True)
class SoundFacts(InputFacts):
    """Sample rate, lengths in milliseconds, and number of silent sounds."""

    key: ClassVar[str] = "sounds"

    sample_rate: int
    milliseconds: Lengths
    silent: int

    def lines(self) -> Iterator[str]:
        """Yield the rate and the lengths."""
        yield f"sample rate: {self.sample_rate:,} Hz"
        yield f"milliseconds: {self.milliseconds.words()}" + (f"; {self.silent} silent" if self.silent else "")

    def sizes(self) -> Iterator[Size]:
        """Yield the lengths."""
        yield self.milliseconds.size("Milliseconds")


def sound_facts(examples, advance) -> SoundFacts:
    """Return the facts of sounds, each decoded once."""
    silent = 0
    for waveform in examples.stream(np.arange(len(examples))):
        silent += loudness(waveform.numpy()) < SILENT
        advance(1)
    milliseconds = np.rint(1000 * examples.lengths / examples.sample_rate).astype(int)
    return SoundFacts(examples.sample_rate, lengths_of(milliseconds), int(silent))
