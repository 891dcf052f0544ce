"""Folders of synthesized sounds: sirens, drums and bells, as WAV and FLAC files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

KINDS = ("bell", "drum", "siren")


def a_sound(kind: str, seed: int, rate: int = 16_000, seconds: float = 1.0) -> np.ndarray:
    """Return one sound with a little noise: float64 (samples,), -1 to 1."""
    draw = np.random.default_rng([KINDS.index(kind), seed])
    time = np.arange(int(rate * seconds)) / rate
    if kind == "bell":  # partials that are not multiples of one frequency, and fade
        base = draw.uniform(300, 700)
        sound = sum(np.exp(-4 * n * time) * np.sin(2 * np.pi * base * n * time) for n in (1, 2.76, 5.4))
    elif kind == "drum":
        sound = draw.normal(size=len(time)) * np.exp(-draw.uniform(8, 20) * time)
    else:  # a tone that rises and falls
        swing = 1 + 0.4 * np.sin(2 * np.pi * draw.uniform(1, 3) * time)
        sound = np.sin(2 * np.pi * np.cumsum(draw.uniform(400, 1_200) * swing) / rate)
    sound = sound / np.abs(sound).max() * draw.uniform(0.3, 0.9)
    return np.clip(sound + draw.normal(0, 0.003, len(time)), -1, 1)


def folder_of_sounds(folder: Path, per_class: int = 12) -> Path:
    """Write a folder for each kind; every second file is FLAC, every fifth has 22.05 kHz or two channels."""
    import soundfile

    for kind in KINDS:
        (folder / kind).mkdir(parents=True)
        for number in range(per_class):
            rate = 22_050 if number % 5 == 3 else 16_000
            sound = a_sound(kind, number, rate, seconds=0.8 + 0.1 * (number % 5))
            channels = np.stack([sound, sound], axis=1) if number % 5 == 4 else sound
            soundfile.write(folder / kind / f"{number}.{'flac' if number % 2 else 'wav'}", channels, rate)
    return folder
