"""Spectrograms: the network's input in its graph, and images for reports."""

from __future__ import annotations

import numpy as np

MELS = 40
_WINDOW, _STEP = 0.025, 0.01
"""Length of a frame and step between frames, in seconds."""
_FFT = 512
_FLOOR = 1e-4
_LOWEST, _HIGHEST = 60.0, 0.475
"""Lowest frequency in Hz, and highest frequency as a fraction of the sample rate."""

_PICTURE_WINDOW = 256
_PICTURE_COLUMNS = 160
_PICTURE_DECIBELS = 80.0


def log_mel(length: int, sample_rate: int):
    """Return the Keras model from waveforms (batch, length) to log-mel spectrograms (batch, frames, 40, 1).

    Amplitudes of short-time Fourier transforms (25 ms, Hann) are summed in 40 triangular bands on the mel scale
    (Stevens et al. 1937), and their logarithm is scaled to about -1 to 1. Keras's layer has decibels, too, but it cuts
    them off below the loudest frame of the whole batch: a sample's features would depend on the others.
    """
    import keras
    from keras import layers, ops

    waveforms = keras.Input((length,), dtype="float32", name="waveforms")
    mel = layers.MelSpectrogram(
        fft_length=_FFT,
        sequence_length=round(_WINDOW * sample_rate),
        sequence_stride=round(_STEP * sample_rate),
        sampling_rate=sample_rate,
        num_mel_bins=MELS,
        min_freq=_LOWEST,
        max_freq=_HIGHEST * sample_rate,
        mag_exp=1.0,
        power_to_db=False,
        dtype="float32",
        name="mel",
    )(waveforms)
    frames = ops.expand_dims(ops.transpose(mel, (0, 2, 1)), -1)
    decades = ops.log10(ops.maximum(frames, _FLOOR))  # -4 to about 2
    scaled = layers.Rescaling(1 / 3, 1 / 3, dtype="float32", name="rescaling")(decades)
    return keras.Model(waveforms, scaled, name="log_mel")


def picture(waveform: np.ndarray) -> np.ndarray:
    """Return a spectrogram as a picture, uint8 (129, columns, 1): time to the right, frequency up, 80 dB deep."""
    missing = max(0, _PICTURE_WINDOW - len(waveform))
    step = max(_PICTURE_WINDOW // 4, len(waveform) // _PICTURE_COLUMNS)
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(waveform, (0, missing)), _PICTURE_WINDOW)[::step]
    power = np.square(np.abs(np.fft.rfft(frames * np.hanning(_PICTURE_WINDOW), axis=1)))
    decibels = 10 * np.log10(np.maximum(power, 1e-10))
    shown = np.clip(1 + (decibels - max(decibels.max(), -40.0)) / _PICTURE_DECIBELS, 0, 1)
    return np.rint(255 * shown.T[::-1]).astype(np.uint8)[..., np.newaxis]


def contact_sheet(columns) -> np.ndarray:
    """Return spectrograms of columns of waveforms (rows, samples) side by side, uint8 (height, width, 1)."""
    tiles = [
        [np.pad(picture(each), ((0, 4), (0, 4), (0, 0)), constant_values=255) for each in rows] for rows in columns
    ]
    return np.concatenate([np.concatenate(rows) for rows in tiles], axis=1)
