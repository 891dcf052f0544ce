"""Sounds in memory as data: lists of files, and waveforms."""

from __future__ import annotations

import hashlib

import numpy as np

from acme_audio.adapter import SoundFiles
from acme_audio.sound_files import decode_and_digest
from tlzoo.data import Inputs, SetAside, in_parallel, stream_of
from tlzoo.errors import DataError


class Waveforms:
    """Waveforms in memory: float32 (samples,), mono, all at ``sample_rate``."""

    modality = "audio"

    def __init__(self, title: str, sounds, sample_rate: int) -> None:
        """Take what a report calls them, the waveforms and their rate."""
        self._title = title
        self._sounds = sounds
        self.sample_rate = sample_rate
        self.lengths = np.array([len(each) for each in sounds], np.int64)

    def __len__(self) -> int:
        """Return the number of sounds."""
        return len(self._sounds)

    def name(self, index: int) -> str:
        """Return such as ``data[12]``."""
        return f"{self._title}[{index}]"

    def stream(self, indices):
        """Return the waveforms at ``indices``, in that order."""
        import tensorflow as tf

        def read(position):
            waveform = tf.numpy_function(lambda at: self._sounds[int(at)], [position], tf.float32)
            return tf.ensure_shape(waveform, (None,))

        return in_parallel(stream_of(np.asarray(indices, np.int64)), read)

    def digests(self) -> np.ndarray:
        """Return the SHA-256 of each waveform: uint8 (N, 32)."""
        rows = b"".join(hashlib.sha256(each.tobytes()).digest() for each in self._sounds)
        return np.frombuffer(rows, np.uint8).reshape(-1, 32)


def waveforms(sounds, sample_rate: int, where: str) -> Inputs:
    """Return waveforms as inputs; raise DataError for other arrays."""
    arrays = [np.ascontiguousarray(each, np.float32) for each in sounds]
    for at, each in enumerate(arrays):
        if each.ndim != 1 or not len(each) or not np.isfinite(each).all() or np.abs(each).max() > 1:
            raise DataError(f"{where}[{at}] is no mono waveform", "give float (samples,) with values -1 to 1")
    examples = Waveforms(where, arrays, sample_rate)
    return Inputs(examples, examples.digests(), np.arange(len(arrays), dtype=np.int64))


def read_sound_files(paths, sample_rate: int, progress) -> Inputs:
    """Return the sounds in files; those that cannot be decoded are set aside."""
    rows, lengths, digests, aside = [], [], [], []
    with progress.track("reading", len(paths), "sounds") as advance:
        for row, path in enumerate(paths):
            try:
                waveform, digest = decode_and_digest(path.read_bytes(), sample_rate)
            except (DataError, OSError) as error:
                aside.append(SetAside(str(path), getattr(error, "what", None) or str(error)))
            else:
                rows.append(row)
                lengths.append(len(waveform))
                digests.append(digest)
            advance(1)
    if not rows:
        raise DataError(f"none of the {len(paths)} sounds can be read: {aside[0].reason}", "give WAV or FLAC files")
    examples = SoundFiles([paths[row] for row in rows], sample_rate, lengths)
    return Inputs(
        examples, np.frombuffer(b"".join(digests), np.uint8).reshape(-1, 32), np.array(rows, np.int64), tuple(aside)
    )
