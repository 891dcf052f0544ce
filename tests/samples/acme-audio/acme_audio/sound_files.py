"""WAV and FLAC files to mono waveforms at one sample rate."""

from __future__ import annotations

import hashlib
import io
import math

import numpy as np
import soundfile
from scipy.signal import resample_poly

from tlzoo.errors import DataError, UsageError

_SAMPLE_RATE = 16_000
_MAX_SAMPLE_RATE = 192_000
SUFFIXES = frozenset({".wav", ".flac"})
MAX_VALUES = 2**26
"""Samples times channels of the longest sound that is decoded: 256 MB, about 12 minutes of CD quality."""


def decode(data: bytes, sample_rate: int) -> np.ndarray:
    """Return the bytes of one file as a waveform: float32 (samples,), mono, -1 to 1, at ``sample_rate``.

    Channels are averaged. A file at another rate is resampled by a polyphase filter, which leaves out what the new
    rate cannot hold. Raises DataError for a file of another format, and for one that is damaged, empty or too long.
    """
    values, rate = _read(data)
    return _resampled(values, rate, sample_rate)


def decode_and_digest(data: bytes, sample_rate: int) -> tuple[np.ndarray, bytes]:
    """Return ``decode(data, sample_rate)`` and the SHA-256 of its result, which does not depend on the file format."""
    values, rate = _read(data)
    digest = hashlib.sha256(f"{rate} to {sample_rate} Hz, {values.shape[1]} channels:".encode())
    digest.update(values.astype("<f4").tobytes())
    return _resampled(values, rate, sample_rate), digest.digest()


def _read(data: bytes) -> tuple[np.ndarray, int]:
    """Return float32 (samples, channels) and the rate.

    The first bytes are checked before libsndfile opens the file, which knows many formats, and the length in the header
    before memory is taken.
    """
    if not (data[:4] == b"fLaC" or (data[:4] == b"RIFF" and data[8:12] == b"WAVE")):
        raise DataError("not a WAV or FLAC file, whatever its name says", "convert it, or delete it")
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            if file.frames * file.channels > MAX_VALUES:
                raise DataError(f"{file.frames:,} samples in {file.channels} channels are too many", "cut it")
            values, rate = file.read(dtype="float32", always_2d=True), file.samplerate
    except soundfile.LibsndfileError as error:
        raise DataError(f"damaged or cut off: {error.error_string}", "restore it from its original") from error
    if not len(values):
        raise DataError("the sound has no samples", "delete it, or restore it from its original")
    if not np.isfinite(values).all():
        raise DataError("the sound has values that are not numbers", "restore it from its original")
    return values, rate


def _resampled(values: np.ndarray, rate: int, wanted: int) -> np.ndarray:
    mono = values.mean(axis=1)
    if rate != wanted:
        shared = math.gcd(rate, wanted)
        mono = resample_poly(mono, wanted // shared, rate // shared)
    return mono.astype(np.float32)


def sample_rate(text: str | None) -> int:
    """Return the value of the option ``rate=HZ``; 16,000 by default. Raises UsageError for another text."""
    if text is None:
        return _SAMPLE_RATE
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= _MAX_SAMPLE_RATE):
        raise UsageError(
            f"rate={text} is not a sample rate", f"write one from 1 to {_MAX_SAMPLE_RATE}, as in rate=16000"
        )
    return int(text)
