"""``sounds:FOLDER``: WAV and FLAC files whose folder is their class."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from acme_audio.sound_files import SUFFIXES, decode, decode_and_digest, sample_rate
from tlzoo.data import Samples, SetAside, in_parallel, refuse_unknown_options, stream_of
from tlzoo.errors import DataError, UsageError
from tlzoo.progress import Silent
from tlzoo.tasks import Classification


class SoundFiles:
    """Waveforms of files, decoded on reading: float32 (samples,), mono, all at ``sample_rate``."""

    modality = "audio"

    def __init__(self, paths, sample_rate: int, lengths) -> None:
        """Take the paths and the number of samples of each file."""
        self._paths = tuple(paths)
        self.sample_rate = sample_rate
        self.lengths = np.asarray(lengths, np.int64)

    def __len__(self) -> int:
        """Return the number of sounds."""
        return len(self._paths)

    def name(self, index: int) -> str:
        """Return the path: ``sounds/bell/1.wav``."""
        return str(self._paths[index])

    def stream(self, indices):
        """Return the waveforms at ``indices``, decoded in parallel, in that order."""
        import tensorflow as tf

        def read(position):
            waveform = tf.numpy_function(self._read, [position], tf.float32)
            return tf.ensure_shape(waveform, (None,))

        return in_parallel(stream_of(np.asarray(indices, np.int64)), read)

    def _read(self, position: np.int64) -> np.ndarray:
        return decode(self._paths[int(position)].read_bytes(), self.sample_rate)


def sounds(location: str, options, *, progress=None) -> Samples:
    """Open a folder of sounds. Its sub-folders are the classes; files in deeper folders belong to their class.

    Every file is read, decoded and hashed; what cannot be decoded is set aside. Files at another sample rate are
    resampled to 16,000 Hz, or to the option ``rate=HZ``.

    Raises DataError if there is no folder, no class, or a class without a readable file; UsageError for a wrong option.
    """
    refuse_unknown_options("sounds", options, ("rate",))
    rate = sample_rate(options.get("rate"))
    if not location:
        raise UsageError("'sounds:' names no folder", "write one after it, as in 'sounds:recordings/'")
    folder = Path(location).expanduser()
    if not folder.is_dir():
        raise DataError(f"no folder {location!r}", "name a folder with a sub-folder for each class")
    by_class = {each.name: sound_files(each) for each in sorted(folder.iterdir()) if _is_visible_folder(each)}
    classes = tuple(name for name, paths in by_class.items() if paths)
    if not classes:
        fix = f"put the sounds of each class into a folder of its name: {folder}/bell/1.wav"
        raise DataError(f"{folder} has no class folders with WAV or FLAC files", fix)
    paths, labels, lengths, digests, aside = [], [], [], [], []
    with (progress or Silent()).track("reading", sum(map(len, by_class.values())), "sounds") as advance:
        for label, name in enumerate(classes):
            for path in by_class[name]:
                try:
                    waveform, digest = decode_and_digest(path.read_bytes(), rate)
                except (DataError, OSError) as error:
                    aside.append(SetAside(str(path), getattr(error, "what", None) or str(error)))
                else:
                    paths.append(path)
                    labels.append(label)
                    lengths.append(len(waveform))
                    digests.append(digest)
                advance(1)
            if label not in labels:
                reason = next(each.reason for each in reversed(aside))
                raise DataError(
                    f"no sound of the class {name!r} in {folder} can be read: {reason}", "restore its files"
                )
    return Samples(
        source=f"sounds:{location}" + (f"?rate={rate}" if "rate" in options else ""),
        task=Classification(classes),
        examples=SoundFiles(paths, rate, lengths),
        labels=np.array(labels, np.int64),
        digests=np.frombuffer(b"".join(digests), np.uint8).reshape(-1, 32),
        set_aside=tuple(aside),
    )


def sound_files(folder: Path) -> list[Path]:
    """Return all WAV and FLAC files in a folder and below, sorted, without hidden ones."""
    found = (each for each in folder.rglob("*") if each.suffix.lower() in SUFFIXES and each.is_file())
    return sorted(each for each in found if not any(part.startswith(".") for part in each.relative_to(folder).parts))


def _is_visible_folder(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith(".")
