"""The bank: every picture rendered once, with its words, in one file; made again only when it is not there."""

from __future__ import annotations

import argparse
import hashlib
import itertools
import multiprocessing
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pretrain.colour import artwork, formulas, pictures
from pretrain.colour.rendering import SIDE, on_white, render

DEFAULT = Path.home() / ".cache" / "tlzoo-pretrain" / "artwork.npz"
LEAST_PICTURES = 5  # of a word
MOST_WORDS = 16  # of a picture: its rarest
CROPS_OF_A_SCENE = 40
ALIKE = 0.95  # correlation of two coarse copies from which a picture counts as one of those that are judged on
_COARSE = 12


@dataclass(frozen=True, slots=True)
class Bank:
    """Pictures and what belongs to them.

    Attributes:
        images: uint8 (N, 72, 72, 4), colour premultiplied; first things, then scenes, then formulas.
        words: int16 (N, 16), places in `vocabulary`, filled up with -1.
        formulas: int16 (N,), the formula's number or -1.
        groups: int32 (N,), a number for package and folder.
        vocabulary: The words, sorted.
        counts: How many things, scenes and pictures by formulas.
        left_out: How many pictures were left out for being like one that is judged on.
    """

    images: NDArray[np.uint8]
    words: NDArray[np.int16]
    formulas: NDArray[np.int16]
    groups: NDArray[np.int32]
    vocabulary: NDArray[np.str_]
    counts: NDArray[np.int64]
    left_out: int

    @property
    def digest(self) -> str:
        """The first 16 digits of the sha256 of everything in the bank."""
        digest = hashlib.sha256("\n".join(self.vocabulary.tolist()).encode())
        for array in (self.images, self.words, self.formulas, self.groups):
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()[:16]


def load(path: Path = DEFAULT) -> Bank:
    """Read the bank at `path`; make it first if there is none."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        build(path)
    with np.load(path) as arrays:
        return Bank(
            **{name: arrays[name] for name in arrays.files if name != "left_out"}, left_out=int(arrays["left_out"])
        )


def build(path: Path, processes: int = 3) -> None:
    """Render everything and save it to `path`."""
    listed = artwork.things()
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        rendered = pool.map(render, [thing.path for thing in listed], chunksize=64)
        cut = pool.map(crops, list(enumerate(artwork.scenes())), chunksize=2)
        made = pool.map(formulas.draw_formula, range(formulas.FORMULAS), chunksize=8)
    shown = [(picture, thing) for picture, thing in zip(rendered, listed, strict=True) if picture is not None]
    shown = list({picture.tobytes(): (picture, thing) for picture, thing in reversed(shown)}.values())[::-1]
    sys.stderr.write(f"{len(shown)} rendered\n")
    judged = np.concatenate([make().images for make in pictures.SETS.values()])
    alike = resembling(on_white(np.stack([picture for picture, _ in shown])), judged)
    shown = [one for one, drop in zip(shown, alike, strict=True) if not drop]
    vocabulary, words = _words([thing.words for _, thing in shown])
    scenes, formulaic = list(itertools.chain(*cut)), list(itertools.chain(*made))
    groups = [thing.group for _, thing in shown] + ["scenes"] * len(scenes) + ["formulas"] * len(formulaic)
    others = len(scenes) + len(formulaic)
    numbers = np.repeat(np.arange(formulas.FORMULAS, dtype=np.int16), formulas.VARIANTS)
    partial = path.with_suffix(".partial.npz")
    np.savez(
        partial,
        images=np.stack([*(picture for picture, _ in shown), *scenes, *formulaic]),
        words=np.concatenate([words, np.full((others, MOST_WORDS), -1, np.int16)]),
        formulas=np.concatenate([np.full(len(shown) + len(scenes), -1, np.int16), numbers]),
        groups=np.unique(groups, return_inverse=True)[1].astype(np.int32),
        vocabulary=np.asarray(vocabulary),
        counts=np.asarray([len(shown), len(scenes), len(formulaic)]),
        left_out=int(alike.sum()),
    )
    partial.replace(path)


def resembling(images: NDArray[np.uint8], judged: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether each of the pictures (N, 72, 72, 3) is a near-duplicate of any in `judged`, or its mirror image.

    Compared are copies of 12x12 pixels in colour, by their correlation.
    """
    ours, theirs = _coarse(images), np.concatenate([_coarse(judged), _coarse(judged[:, :, ::-1])])
    rows = range(0, len(ours), 512)
    return np.concatenate([(ours[start : start + 512] @ theirs.T).max(axis=1) > ALIKE for start in rows])


def crops(numbered: tuple[int, Path]) -> list[NDArray[np.uint8]]:
    """Cut squares of all sizes, from a fifth of the shorter side to all of it, out of a scene."""
    number, path = numbered
    random = np.random.default_rng((5, number))
    opened = Image.open(path)
    opened.draft("RGB", (800, 800))  # a JPEG is decoded at reduced size
    scene = opened.convert("RGB")
    scene.thumbnail((800, 800), Image.Resampling.BOX)
    cut = []
    for _ in range(CROPS_OF_A_SCENE):
        side = int(min(scene.size) * random.uniform(0.2, 1.0))
        left, top = (int(random.integers(0, extent - side + 1)) for extent in scene.size)
        square = scene.crop((left, top, left + side, top + side)).resize((SIDE, SIDE), Image.Resampling.BOX)
        cut.append(np.dstack([np.asarray(square), np.full((SIDE, SIDE), 255, np.uint8)]))
    return cut


def _words(words: list[tuple[str, ...]]) -> tuple[list[str], NDArray[np.int16]]:
    count = Counter(itertools.chain(*words))
    vocabulary = sorted(word for word, pictures_with in count.items() if pictures_with >= LEAST_PICTURES)
    places = {word: place for place, word in enumerate(vocabulary)}
    table = np.full((len(words), MOST_WORDS), -1, np.int16)
    for row, named in zip(table, words, strict=True):
        known = sorted((word for word in named if word in places), key=lambda word: (count[word], word))[:MOST_WORDS]
        row[: len(known)] = [places[word] for word in known]
    return vocabulary, table


def _coarse(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    count, side = images.shape[:2]
    block = side // _COARSE
    means = images.reshape(count, _COARSE, block, _COARSE, block, 3).mean(axis=(2, 4), dtype=np.float32)
    flat = means.reshape(count, -1)
    flat -= flat.mean(axis=1, keepdims=True)
    return np.asarray(flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6), np.float32)


def main() -> None:
    """Make the bank and say what is in it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bank", type=Path, default=DEFAULT, help="where the pictures are kept")
    bank = load(parser.parse_args().bank)
    things, scenes, formulaic = bank.counts.tolist()
    sys.stdout.write(
        f"{bank.digest}: {things} things in {len(np.unique(bank.groups))} groups with {len(bank.vocabulary)} words, "
        f"{scenes} pieces of scenes, {formulaic} pictures by formulas; {bank.left_out} left out as near-duplicates\n"
    )


if __name__ == "__main__":
    main()
