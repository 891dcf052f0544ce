"""The modality of waveforms."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np

from acme_audio.augmentation import POLICIES, AudioAugmentation, WaveformAugmenter
from acme_audio.in_memory import read_sound_files, waveforms
from acme_audio.preparation import PrepareWaveform
from acme_audio.raw_inputs import SoundInputs
from acme_audio.sound_files import SUFFIXES, sample_rate
from acme_audio.spectrogram import contact_sheet, picture
from acme_audio.statistics import SILENT, loudness, sound_facts, statistics
from tlzoo.errors import UsageError
from tlzoo.modalities import Glimpse, Modality, RawReader

_LOOKED_AT = 16
_PREVIEWED = 16_000
"""Samples that a preview without a backbone shows."""


class Audio(Modality):
    """Waveforms: float32 (samples,), mono, -1 to 1, of any length, all of a data set at one sample rate."""

    name: ClassVar[str] = "audio"
    argument: ClassVar[str] = "waveforms"
    memory_options: ClassVar[tuple[str, ...]] = ("rate",)

    def raw_reader(self, preprocessing, examples=None) -> RawReader:
        """Take waveforms at the entry's sample rate."""
        return RawReader(self.argument, _as_it_is, "float32", (None,))

    def raw_inputs(self, shape, contract=None) -> SoundInputs:
        """Take sound files, which are resampled to the entry's sample rate."""
        return SoundInputs(self.argument, shape, None if contract is None else contract.sample_rate)

    def read_in_memory(self, parts, where, options, progress):
        """Take paths of sound files; and arrays (N, samples) if the user names the modality, at the rate ``rate=``."""
        rate = sample_rate(options.get("rate"))
        inputs = [each for part in parts for each in part]
        if all(isinstance(each, str | Path) and Path(each).suffix.lower() in SUFFIXES for each in inputs):
            return read_sound_files(list(map(Path, inputs)), rate, progress)
        return waveforms(inputs, rate, where) if "modality" in options else None

    def check_examples(self, entry, examples) -> None:
        """Refuse another sample rate."""
        wanted, found = entry.input.sample_rate, examples.sample_rate
        if found != wanted:
            what = f"{entry.id} takes {wanted:,} Hz, and the sounds have {found:,} Hz"
            raise UsageError(what, f"write rate={wanted} after the source: they are resampled on reading")

    def data_problems(self, entry, backbone, examples) -> tuple[str, ...]:
        """Return warnings about cut and silent sounds."""
        length = backbone.preprocessing.shape[0]
        problems = []
        cut = int((examples.lengths > length).sum())
        if cut:
            problems.append(f"{cut} of {len(examples)} sounds are longer than {entry.input.seconds:g} s and are cut")
        looked_at = np.linspace(0, len(examples) - 1, min(_LOOKED_AT, len(examples))).astype(np.int64)
        silent = sum(loudness(each.numpy()) < SILENT for each in examples.stream(looked_at))
        if silent:
            problems.append(f"{silent} of {len(looked_at)} sounds that were looked at are silent")
        return tuple(problems)

    def statistics(self, examples, indices):
        """Return loudness and brightness."""
        return statistics(each.numpy() for each in examples.stream(indices))

    def facts(self, examples, advance=lambda _done: None):
        """Return lengths and the number of silent sounds."""
        return sound_facts(examples, advance)

    def baseline_features(self, examples, indices):
        """Return the mean spectrum of each sound, in decibels: float (N, 129)."""
        rows = [picture(each.numpy()).mean(axis=(1, 2)) for each in examples.stream(indices)]
        return "mean spectrum", np.stack(rows)

    def augmentation(self) -> type[AudioAugmentation]:
        """Return shift, gain and noise."""
        return AudioAugmentation

    def policies(self):
        """Return the options of each policy."""
        return POLICIES

    def augmenter(self, options, shape) -> WaveformAugmenter:
        """Return the augmenter for waveforms of one length."""
        return WaveformAugmenter(options)

    def glimpse(self, raw) -> Glimpse:
        """Show a spectrogram, the number of samples and the peak."""
        waveform = raw.numpy()
        peak = 20 * np.log10(max(float(np.abs(waveform).max()), 1e-6))
        return Glimpse(image=picture(waveform), facts=f"{len(waveform):,} samples, peak {peak:.0f} dB")

    def preview_preparation(self, image_size):
        """Return the preparation for previews: the first second, at the default rate."""
        return PrepareWaveform(_PREVIEWED)

    def preview(self, samples, versions) -> bytes:
        """Return spectrograms as PNG: a row for each sample, its versions to the right."""
        import tensorflow as tf

        return tf.io.encode_png(contact_sheet([samples, *versions])).numpy()

    def made_up_inputs(self, contract, generator, count):
        """Return tones in noise, each of its own length."""
        return [self._tone(contract, generator, generator.uniform(0.5, 1.5)) for _ in range(count)]

    def odd_inputs(self, contract, generator):
        """Return one sample, silence, full scale, and a sound of three times the length."""
        full = np.sign(self._tone(contract, generator, 1.0))
        return [np.ones(1, np.float32), np.zeros_like(full), full, self._tone(contract, generator, 3.0)]

    def unknown_shape(self, raw):
        """Return the static shape of raw input: the number of samples varies."""
        return (None,)

    def contract_problems(self, contract, backbone, ready):
        """Compare the length of prepared waveforms."""
        length = round(contract.sample_rate * contract.seconds)
        if backbone.preprocessing.shape != (length,):
            yield f"samples have shape {backbone.preprocessing.shape}, the contract says ({length},)"

    def sample_problem(self, sample):
        """Return a problem if a sample exceeds full scale."""
        peak = float(np.abs(sample).max())
        return f"a sample reaches {peak:.2f}, beyond 1" if peak > 1 + 1e-5 else None

    def _tone(self, contract, generator, length: float) -> np.ndarray:
        time = np.arange(round(length * contract.seconds * contract.sample_rate)) / contract.sample_rate
        tone = np.sin(2 * np.pi * generator.uniform(100, 2_000) * time)
        return np.clip(0.5 * tone + generator.normal(0, 0.05, len(time)), -1, 1).astype(np.float32)


def _as_it_is(waveform):
    return waveform
