"""Files of labelled pictures in Debian's packages, by group: stamps, emoji and children's drawings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

_ROOT = Path("/")
STAMPS = Path("/usr/share/tuxpaint/stamps")
STAMP_FOLDERS: dict[str, tuple[str, ...]] = {
    "animals": ("animals",),
    "buildings": ("town/cartoon", "town/houses", "town/monuments"),
    "clothes": ("clothes",),
    "food": ("food",),
    "household": ("household",),
    "plants": ("plants",),
    "seasonal": ("seasonal",),
    "vehicles": ("vehicles",),
}
EMOJI_FONT = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
EMOJI_GROUPS = Path("/usr/share/unicode/emoji/emoji-test.txt")
_NOT_EMOJI_CLASSES = {"Component", "Flags"}
_EMOJI_POINTS = 109  # the only size in the font
_SKIN_TONES = range(0x1F3FB, 0x1F400)
DRAWINGS = Path("/usr/share/games/pysiogame/res/images/art4apps")
DRAWN_CLASSES = ("actions", "animals", "body", "clothes_n_accessories", "construction", "food", "fruit_n_veg", "jobs")


@dataclass(frozen=True, slots=True)
class Pictures:
    """A labelled set.

    Attributes:
        images: uint8 (N, height, width, 3).
        labels: int64 (N,), place in `classes`.
        classes: Names.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]


def stamp_files(root: Path = _ROOT) -> dict[str, list[Path]]:
    """Return the files of the stamps by group; packages may be unpacked under another root."""
    return {
        name: [
            path
            for folder in folders
            for path in sorted((_under(root, STAMPS) / folder).rglob("*"))
            if path.suffix in {".png", ".svg"} and "_mirror" not in path.stem and "_flip" not in path.stem
        ]
        for name, folders in STAMP_FOLDERS.items()
    }


def emoji_by_group(root: Path = _ROOT) -> dict[str, list[Image.Image]]:
    """Draw the emoji by group, RGBA of 160 pixels a side; packages may be unpacked under another root."""
    font = ImageFont.truetype(str(_under(root, EMOJI_FONT)), _EMOJI_POINTS)
    groups: dict[str, list[Image.Image]] = {}
    seen: set[str] = set()
    group = ""
    for line in _under(root, EMOJI_GROUPS).read_text(encoding="utf-8").splitlines():
        if line.startswith("# group: "):
            group = line.removeprefix("# group: ")
        if "; fully-qualified" not in line or group in _NOT_EMOJI_CLASSES:
            continue
        codes = [code for code in line.split(";")[0].split() if code != "FE0F"]
        character = chr(int(codes[0], 16))
        if len(codes) > 1 or character in seen or int(codes[0], 16) in _SKIN_TONES:
            continue
        seen.add(character)
        canvas = Image.new("RGBA", (160, 160))
        ImageDraw.Draw(canvas).text((10, 10), character, font=font, embedded_color=True)
        groups.setdefault(group, []).append(canvas)
    return groups


def drawing_files(root: Path = _ROOT) -> dict[str, list[Path]]:
    """Return the files of the drawings by group; packages may be unpacked under another root."""
    return {name: sorted((_under(root, DRAWINGS) / name).glob("*.jpg")) for name in DRAWN_CLASSES}


def _under(root: Path, path: Path) -> Path:
    return root / path.relative_to("/")
