"""``images:FOLDER``: image files in folders named by class."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.data.adapter_contract import with_label_options, with_reading_options
from tlzoo.data.adapters.class_options import CLASS_OPTIONS, class_task, with_class_options
from tlzoo.data.adapters.folder_layout import ImageFile, read_layout, read_unlabelled
from tlzoo.data.columns import FolderColumns
from tlzoo.data.contract import SPLITS, Array, Samples, SetAside
from tlzoo.data.source import refuse_unknown_options
from tlzoo.data.streams import images_at_once, in_parallel, stream_of
from tlzoo.errors import DataError, UsageError
from tlzoo.files.folders import expanded
from tlzoo.modalities.vision.image_files.background import (
    WHITE,
    Background,
    background_of,
    describe_transparency,
    digests_over,
)
from tlzoo.modalities.vision.image_files.bit_depth import bits_of, describe_depth, digests_in_bits, maximum_of_bits
from tlzoo.modalities.vision.image_files.verification import verify_images
from tlzoo.printable import readable
from tlzoo.progress import Progress, Silent
from tlzoo.tasks import Classification

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import tensorflow as tf

    from tlzoo.modalities.vision.image_files.examination_cache import Verdict


class ImageFiles:
    """Images in files below one folder: uint8 (height, width, 3) in 0..255, in their own sizes, read on demand."""

    modality = "vision"

    def __init__(
        self,
        folder: Path,
        paths: Sequence[str],
        verdicts: Sequence[Verdict],
        reduce_to: int | None = None,
        background: Background = WHITE,
        bits: int = 8,
    ) -> None:
        """Take paths below ``folder``, and the facts of these images from their first decoding.

        ``reduce_to`` and ``background`` are those of ``decoding.decode``, ``bits`` of ``decode_deep``.
        """
        self._folder = folder
        self._paths = tuple(paths)
        self.shapes = np.array([(each.height, each.width, each.channels) for each in verdicts], np.int64).reshape(-1, 3)
        self.formats = dict(Counter(each.format for each in verdicts).most_common())
        self.hashes = np.array([each.look for each in verdicts], np.uint64)
        self.background = background
        self.bits = bits
        self.input_maximum = maximum_of_bits(bits)
        self._reduce_to = reduce_to

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self._paths)

    def name(self, index: int) -> str:
        """Return the path: ``photos/cat/1.jpg``."""
        return readable(str(self._folder / self._paths[index]))

    def stream(self, indices: Array) -> tf.data.Dataset:
        """Return the images at ``indices``, decoded in parallel, in that order: uint8 (height, width, 3)."""
        import tensorflow as tf

        from tlzoo.modalities.vision.image_files.decoding import file_reader

        paths = tf.constant([os.fsencode(self._folder / self._paths[int(index)]) for index in indices], tf.string)
        reader = file_reader(frozenset(self.formats), self._reduce_to, self.background, self.bits)
        return in_parallel(stream_of(paths), reader, images_at_once(self))


@with_label_options("labels", *CLASS_OPTIONS)
@with_reading_options("alpha", "bits")
def images(location: str, options: Mapping[str, str], *, progress: Progress | None = None) -> Samples:
    """Open a folder of images. Classes are its sub-folders, sorted naturally; deeper folders belong to their class.

    If all sub-folders are named like splits (``train``, ``Val``, ``testing``), they are splits with the
    classes inside. Every file is read and hashed, and undecodable files are set aside. Results are cached by
    content: the next opening decodes only new files.

    With ``labels=none`` all images in or below the folder are read, without labels, as the target of domain
    adaptation.

    Transparent pixels are composited over white; ``alpha=black``, ``grey``, a colour as in ``ff8800``, or ``drop`` (the
    colours as stored) are alternatives. A run's predictions and its ``serving/`` do the same.

    ``task=KIND`` selects another task with one class per sample, and ``classes=A,B,C`` gives the class order.

    ``bits=16`` keeps all values of PNG files with 16 bits; the default reads their high byte. With ``bits=12``, their
    values are 0 to 4095. A run's predictions and its ``serving/`` do the same.

    The option ``reduce_to=PIXELS`` decodes large JPEGs at a half, a quarter or an eighth of their size, such that the
    shorter side has at least PIXELS: faster, but with pixels slightly different from those in ``serving/``.

    Raises:
        DataError: If the folder does not exist, has no images, has a class without a readable image, or splits differ
            in classes.
        UsageError: If the location is empty or an option is unknown.
    """
    refuse_unknown_options("images", options, ("reduce_to", "labels", "alpha", "bits", *CLASS_OPTIONS))
    bits = bits_of(options.get("bits"))
    reduce_to, background = _pixels(options.get("reduce_to")), background_of(options.get("alpha"))
    if not location:
        raise UsageError("'images:' has no folder", "add one, as in 'images:photos/'")
    if options.get("labels", "none") != "none":
        raise UsageError(
            f"labels={options['labels']} in 'images:{location}'",
            "leave it out (folders are the classes) or use labels=none",
        )
    if "labels" in options and (given := [name for name in CLASS_OPTIONS if name in options]):
        raise UsageError(f"{given[0]}= and labels=none in 'images:{location}'", "leave one of them out")
    class_task(options, f"images:{location}")  # before the images are read
    folder = expanded(location)
    layout = read_unlabelled(folder) if "labels" in options else read_layout(folder)
    verdicts = verify_images(folder, [file.path for file in layout.files], progress or Silent())
    judged = list(zip(layout.files, verdicts, strict=True))
    readable = [(file, verdict) for file, verdict in judged if verdict.reason is None]
    aside = [SetAside(str(folder / file.path), each.reason) for file, each in judged if each.reason is not None]
    lost = sorted(set(range(len(layout.classes))) - {file.label for file, _ in readable})
    if lost:
        name = layout.classes[lost[0]]
        reason = next(verdict.reason for file, verdict in judged if file.label == lost[0])
        fix = f"repair its files or move the class out; the first error: {reason}"
        raise DataError(f"no image of class {name!r} in {folder} can be read", fix)
    files = [file for file, _ in readable]
    transparent = sum(verdict.transparent for _, verdict in readable)
    digests = [bytes.fromhex(verdict.sha256) for _, verdict in readable]
    if reduce_to is not None:  # other pixels of the same files
        digests = [hashlib.sha256(digest + b"reduced to %d" % reduce_to).digest() for digest in digests]
    samples = Samples(
        source=f"images:{location}"
        + ("?" + "&".join(f"{key}={each}" for key, each in options.items()) if options else ""),
        task=Classification(layout.classes),
        examples=ImageFiles(
            folder, [file.path for file in files], [verdict for _, verdict in readable], reduce_to, background, bits
        ),
        labels=np.array([file.label for file in files], np.int64),
        digests=digests_in_bits(
            digests_over(np.frombuffer(b"".join(digests), np.uint8).reshape(-1, 32), background), bits
        ),
        given=_given(files),
        set_aside=(*layout.set_aside, *aside),
        columns=FolderColumns([file.path for file in files]),
        notes=(
            *layout.notes,
            *describe_transparency(transparent, len(files), background),
            *describe_depth((folder / file.path for file in files), bits),
        ),
    )
    return samples if "labels" in options else with_class_options(samples, options)


def _pixels(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise UsageError(f"reduce_to={text} must be a number of pixels", "as in reduce_to=256")
    return int(text)


def _given(files: Sequence[ImageFile]) -> dict[str, Array]:
    splits = np.array([file.split or "" for file in files])
    return {name: np.flatnonzero(splits == name) for name in SPLITS if (splits == name).any()}
