"""The labelled sets of pictures on which packaged backbones are compared, and the proxy that chooses regularization.

No packaged backbone was trained on any of their packages: GlyphNet's are in `pretrain/glyphs/packages.txt`. Debian's
packages are in `evaluation-packages.txt`; they need not be installed, since `dpkg -x PACKAGE FOLDER` unpacks them and
`root` names the folder.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from pretrain.imagenet.picture_files import Pictures, drawing_files, emoji_by_group, stamp_files
from pretrain.imagenet.rendering import open_picture, visible_part

SIDE = 224
_INSIDE = 200  # pixels of the longer side of what is visible
_PATCH = 64
_PATCHES = 60  # of each photograph
PHOTOGRAPHS = (
    "astronaut",
    "chelsea",
    "coffee",
    "motorcycle",
    "rocket",
    "immunohistochemistry",
    "retina",
    "hubble_deep_field",
)
TEXTURES = Path("usr/share/games/openarena/baseoa/pak4-textures.pk3")
TEXTURE_FOLDERS: dict[str, tuple[str, ...]] = {
    "block": ("base_block", "cosmo_block", "gothic_block"),
    "floor": ("base_floor", "cosmo_floor", "evil6_floors", "evil8_floor", "gothic_floor"),
    "light": ("base_light", "cosmo_light", "evil8_lights", "gothic_light", "pulchr_light"),
    "sky": ("skies",),
    "trim": ("base_trim", "cosmo_trim", "evil1_trims", "evil8_trim", "gothic_trim"),
    "wall": ("base_wall", "base_wall2", "cosmo_wall", "gothic_wall"),
}


def stamps(root: Path) -> Pictures:
    """Photographs and drawings of things in eight groups: the stamps of Tux Paint (tuxpaint-stamps-default)."""
    return _collect(stamp_files(root))


def emoji(root: Path) -> Pictures:
    """Emoji in eight groups (fonts-noto-color-emoji, grouped by unicode-data)."""
    return _collect(emoji_by_group(root))


def textures(root: Path) -> Pictures:
    """Textures of a game by their use on walls, floors and so on (openarena-081-textures)."""
    found: dict[str, list[Image.Image]] = {}
    with zipfile.ZipFile(root / TEXTURES) as archive:
        names = sorted(name for name in archive.namelist() if Path(name).suffix.lower() in {".jpg", ".tga"})
        for label, folders in TEXTURE_FOLDERS.items():
            chosen = [
                name for name in names if Path(name).parent.as_posix() in {f"textures/{each}" for each in folders}
            ]
            found[label] = [Image.open(io.BytesIO(archive.read(name))).convert("RGB") for name in chosen]
    return _collect(found)


def patches(_root: Path) -> Pictures:
    """Square patches of eight colour photographs, each to be assigned to its photograph (scikit-image)."""
    from skimage import data

    found: dict[str, list[Image.Image]] = {}
    for name in PHOTOGRAPHS:
        picture = data.stereo_motorcycle()[0] if name == "motorcycle" else getattr(data, name)()
        corners = [
            (top, left)
            for top in range(0, picture.shape[0] - _PATCH + 1, _PATCH)
            for left in range(0, picture.shape[1] - _PATCH + 1, _PATCH)
        ]
        chosen = np.random.default_rng(0).permutation(len(corners))[:_PATCHES]
        found[name] = [
            Image.fromarray(picture[top : top + _PATCH, left : left + _PATCH])
            for top, left in (corners[place] for place in sorted(chosen.tolist()))
        ]
    return _collect(found)


def faces(_root: Path) -> Pictures:
    """Small grey pictures of faces, and of other things (scikit-image: 100 of each from Labeled Faces in the Wild)."""
    from skimage import data

    grey = [Image.fromarray(np.rint(each * 255).astype(np.uint8)) for each in data.lfw_subset()]
    return _collect({"face": grey[:100], "other": grey[100:]})


def drawings(root: Path) -> Pictures:
    """Return the proxy, which no table shows: children's drawings in eight groups (pysiogame)."""
    return _collect(drawing_files(root))


SETS: dict[str, Callable[[Path], Pictures]] = {
    "stamps": stamps,
    "textures": textures,
    "patches": patches,
    "faces": faces,
    "emoji": emoji,
}


def _collect(sources: Mapping[str, Sequence[Path | Image.Image]]) -> Pictures:
    images, labels = [], []
    for label, files in enumerate(sources.values()):
        for source in files:
            shown = _on_white(source)
            if shown is not None:
                images.append(shown)
                labels.append(label)
    stacked = np.stack(images) if images else np.zeros((0, SIDE, SIDE, 3), np.uint8)
    return Pictures(stacked, np.asarray(labels, np.int64), tuple(sources))


def _on_white(source: Path | Image.Image) -> np.ndarray | None:
    """Return what is visible, uint8 (224, 224, 3); on white with a margin if the picture has transparent parts."""
    picture = source if isinstance(source, Image.Image) else open_picture(source)
    if picture is None:
        return None
    if picture.mode != "RGBA" or picture.getchannel("A").getextrema()[0] == 255:  # noqa: PLR2004 - opaque
        return np.asarray(picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BICUBIC))
    visible = visible_part(picture)
    if visible is None:
        return None
    scale = _INSIDE / max(visible.size)
    size = (max(1, round(visible.width * scale)), max(1, round(visible.height * scale)))
    visible = visible.resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC)
    paper = Image.new("RGBA", (SIDE, SIDE), "white")
    paper.alpha_composite(visible.convert("RGBA"), ((SIDE - size[0]) // 2, (SIDE - size[1]) // 2))
    return np.asarray(paper.convert("RGB"))
