"""Raw inputs of predictions: sound files, as paths or bytes, and waveforms."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from acme_audio.adapter import sound_files
from acme_audio.sound_files import decode
from tlzoo.errors import DataError
from tlzoo.modalities import RawInputs


class SoundInputs(RawInputs):
    """Reads inputs into waveforms at the sample rate of the model."""

    dtype = "float32"
    accepted = "paths or bytes of WAV and FLAC files, or waveforms: arrays of one axis"

    def __init__(self, argument, shape, sample_rate: int | None) -> None:
        """Take the sample rate too; if it is None, files cannot be read."""
        super().__init__(argument, shape)
        self.sample_rate = sample_rate

    def expanded(self, inputs):
        """Return the inputs, with each folder replaced by its sound files."""
        found = []
        for each in inputs:
            is_folder = isinstance(each, str | Path) and each != "" and Path(each).is_dir()
            found += map(str, sound_files(Path(each))) if is_folder else [each]
        return found

    def is_input(self, each) -> bool:
        """Return whether a value is a path, bytes or a waveform."""
        return super().is_input(each) or (isinstance(each, np.ndarray) and each.ndim == 1 and each.size > 0)

    def read(self, each):
        """Return a waveform. Arrays must have the model's sample rate."""
        if not isinstance(each, np.ndarray):
            if self.sample_rate is None:
                raise DataError("the model's sample rate is not known here", "install its entry, or give waveforms")
            return decode(super().read(each), self.sample_rate)
        if not (np.issubdtype(each.dtype, np.floating) and np.isfinite(each).all()):
            raise DataError(f"a waveform of {each.dtype} values", "give finite numbers from -1 to 1, such as float32")
        return each.astype(np.float32)

    def blank(self):
        """Return one sample of silence."""
        return np.zeros(1, np.float32)

    def batch(self, read):
        """Return waveforms of one length; shorter ones are padded with silence, as in training."""
        longest = max(map(len, read))
        return np.stack([np.pad(each, (0, longest - len(each))) for each in read])

    def name(self, each):
        """Return the path, the number of bytes, or the number of samples."""
        return f"{len(each)} samples" if isinstance(each, np.ndarray) else super().name(each)
