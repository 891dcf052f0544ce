"""The glyph bank: one drawing of every candidate character in every font that contains it, in one array."""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pretrain.glyphs.characters import is_allowed, script
from pretrain.glyphs.drawing import complexity, draw
from pretrain.glyphs.fonts import Face, faces

DEFAULT = Path.home() / ".cache" / "tlzoo-pretrain" / "glyphs.npz"
LEAST_FAMILIES = 3
# Of scripts with thousands of characters, only those with the fewest strokes and in many fonts are used.
SIMPLEST = {"Hani": (700, 25), "Hang": (250, 15)}
REFERENCE_FACE = "NotoSansCJK-Regular.ttc"
MOST_DRAWINGS = 80
MOST_DRAWINGS_OF = {"Latn": 160, "Grek": 120, "Cyrl": 120, "Kana": 120}


@dataclass(frozen=True, slots=True)
class Bank:
    """Drawings with their characters and fonts.

    Attributes:
        images: uint8 (N, 48, 48), ink bright.
        codes: int32 (N,), the character's code point.
        faces: int32 (N,), the face's index in `pretrain.glyphs.fonts.faces()`.
        held_out: bool (N,), whether the font is held out from training.
    """

    images: NDArray[np.uint8]
    codes: NDArray[np.int32]
    faces: NDArray[np.int32]
    held_out: NDArray[np.bool_]

    @property
    def digest(self) -> str:
        """Return the first 16 digits of the sha256 of all arrays."""
        digest = hashlib.sha256()
        for array in (self.images, self.codes, self.faces, self.held_out):
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()[:16]


def load(path: Path = DEFAULT) -> Bank:
    """Read the bank at `path`; draw it first if there is none."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        build(path)
    with np.load(path) as arrays:
        return Bank(arrays["images"], arrays["codes"], arrays["faces"], arrays["held_out"])


def build(path: Path, processes: int = 2) -> None:
    """Draw all candidates and save them to `path`."""
    work = _drawings_by_face(candidates())
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        drawn = pool.starmap(_draw_all, [(face.path, face.index, codes) for _, face, codes in work], chunksize=8)
    images, codes, owners, held_out = [], [], [], []
    for (number, face, asked), glyphs in zip(work, drawn, strict=True):
        for code, glyph in zip(asked, glyphs, strict=True):
            if glyph is not None:
                images.append(glyph)
                codes.append(code)
                owners.append(number)
                held_out.append(face.held_out)
    partial = path.with_suffix(".partial.npz")
    np.savez(
        partial,
        images=np.stack(images),
        codes=np.asarray(codes, np.int32),
        faces=np.asarray(owners, np.int32),
        held_out=np.asarray(held_out, bool),
    )
    partial.replace(path)


def candidates() -> list[int]:
    """Return the sorted code points that are allowed, in enough families, and not composed of other candidates."""
    families: dict[int, set[str]] = defaultdict(set)
    for face in faces():
        for code in face.characters:
            families[code].add(face.family)
    common = [code for code, named in sorted(families.items()) if len(named) >= LEAST_FAMILIES and _is_basic(code)]
    kept = [code for code in common if script(code) not in SIMPLEST]
    reference = next(face for face in faces() if face.path.name == REFERENCE_FACE)
    for name, (count, least_families) in SIMPLEST.items():
        strokes = []
        for code in common:
            if script(code) == name and len(families[code]) >= least_families and code in reference.characters:
                glyph = draw(reference.path, reference.index, code)
                if glyph is not None:
                    strokes.append((complexity(glyph), code))
        kept += [code for _, code in sorted(strokes)[:count]]
    return sorted(kept)


def _is_basic(code: int) -> bool:
    character = chr(code)
    if not is_allowed(code) or unicodedata.normalize("NFKC", character) != character:
        return False
    if unicodedata.normalize("NFD", character) != character and script(code) not in {"Hang", "Hira", "Kana"}:
        return False  # a letter with an accent: at 8 pixels a side the accent is lost
    return script(code) != "Brai"


def _drawings_by_face(codes: Iterable[int]) -> list[tuple[int, Face, list[int]]]:
    """Return the characters of each face: at most `MOST_DRAWINGS` per character, from as many families as possible."""
    order: list[tuple[int, int]] = []  # faces in rounds: first one of each family, then a second one of each
    seen: Counter[str] = Counter()
    for number, face in enumerate(faces()):
        order.append((seen[face.family], number))
        seen[face.family] += 1
    order.sort()
    wanted = set(codes)
    most = {code: MOST_DRAWINGS_OF.get(script(code), MOST_DRAWINGS) for code in wanted}
    taken: Counter[int] = Counter()
    work: list[tuple[int, Face, list[int]]] = []
    for _, number in order:
        face = faces()[number]
        asked = sorted(code for code in face.characters & wanted if taken[code] < most[code])
        taken.update(asked)
        if asked:
            work.append((number, face, asked))
    return sorted(work, key=lambda item: item[0])


def _draw_all(path: Path, index: int, codes: list[int]) -> list[NDArray[np.uint8] | None]:
    return [draw(path, index, code) for code in codes]


def main() -> None:
    """Draw a new bank and print its contents."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bank", type=Path, default=DEFAULT, help="where the drawings are kept")
    arguments = parser.parse_args()
    arguments.bank.parent.mkdir(parents=True, exist_ok=True)
    build(arguments.bank)
    bank = load(arguments.bank)
    sys.stdout.write(
        f"{len(bank.codes)} drawings of {len(np.unique(bank.codes))} characters in {len(np.unique(bank.faces))} faces, "
        f"{int(bank.held_out.sum())} of them in held-out fonts; digest {bank.digest}\n"
    )


if __name__ == "__main__":
    main()
