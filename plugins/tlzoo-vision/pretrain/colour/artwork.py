"""Which picture files of which Debian packages are trained on, and the words that belong to each."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

CLIP_ART = Path("/usr/share/openclipart/png")
ICONS = Path("/usr/share/icons")
THEMES = {
    "Adwaita": "adwaita-icon-theme",
    "Faba": "faba-icon-theme",
    "Faenza": "faenza-icon-theme",
    "Mint-Y": "mint-y-icons",
    "Moka": "moka-icon-theme",
    "Paper": "paper-icon-theme",
    "Tango": "tango-icon-theme",
    "Yaru": "yaru-theme-icon",
    "elementary-xfce": "elementary-xfce-icon-theme",
    "gnome": "gnome-icon-theme",
    "mate": "mate-icon-theme",
    "nuoveXT2": "lxde-icon-theme",
    "oxygen": "oxygen-icon-theme",
}
GAME = Path("/usr/share/games/wesnoth/1.16/data/core/images")
SCENES = {
    "/usr/share/backgrounds": "gnome-backgrounds, mate-backgrounds, ukui-wallpapers, lomiri-wallpapers",
    "/usr/share/wallpapers": "plasma-workspace-wallpapers",
}
_NOT_ARTWORK = re.compile("emote|emoji|smil|face-|animation|cursor|symbolic|circle_|gradients|patterns|duplicates")
_EMPTY_WORDS = {
    *("the", "and", "with", "for", "png", "svg", "image", "clipart", "unsorted", "unchecked", "from", "misc", "other"),
    *("externalsource", "special", "example", "computer", "icon", "theme", "stock", "generic", "frame", "small"),
}
_FRAMES = re.compile(r"(attack|defend|idle|die|melee|ranged|bob|leading|standing|moving|magic|healing|recruit).*")
_MOST_ALIKE = 2  # of pictures of the game with the same words: frames of one animation
_WANTED_SIZE = 128
_LEAST_SIZE = 32


@dataclass(frozen=True, slots=True)
class Artwork:
    """A file, the group that it is drawn with (package and folder), and its words."""

    path: Path
    group: str
    words: tuple[str, ...]


def things() -> list[Artwork]:
    """All pictures of single things, in a fixed order."""
    return [*_clip_art(), *_icons(), *_game()]


def scenes() -> list[Path]:
    """Wallpapers and backgrounds, each once, in a fixed order."""
    found: dict[str, Path] = {}
    for root in SCENES:
        for path in sorted(Path(root).rglob("*")):
            if path.suffix in {".jpg", ".jpeg", ".png", ".webp"} and path.is_file() and not path.is_symlink():
                package = path.relative_to(root).parts[0] if root.endswith("wallpapers") else str(path)
                found.setdefault(package, path)
    return list(found.values())


def tokens(text: str) -> list[str]:
    """Words of three letters or more, lower case, without a plural s."""
    split = re.sub(r"([a-z])([A-Z])", r"\1 \2", text)
    found = re.findall(r"[a-z]{3,}", split.lower())
    singular = [re.sub(r"(?<=[a-z]{2}[^s])s$", "", word) for word in found]
    return [word for word in singular if word not in _EMPTY_WORDS]


def _clip_art() -> Iterator[Artwork]:
    for path in sorted(CLIP_ART.rglob("*.png")):
        inside = path.relative_to(CLIP_ART)
        if _NOT_ARTWORK.search(str(inside)):
            continue
        words = tokens(" ".join(inside.parts[:-1]).replace("_", " "))
        words += _keywords(Path("/usr/share/openclipart/svg") / inside.with_suffix(".svg"))
        yield Artwork(path, f"openclipart-png {inside.parent}", tuple(dict.fromkeys(words)))


def _keywords(path: Path) -> list[str]:
    """Title and keywords that the artist wrote into the drawing."""
    try:
        tree = ET.parse(path)  # noqa: S314 - a file of a Debian package
    except (OSError, ET.ParseError):
        return []
    texts = [
        element.text or ""
        for work in tree.iter("{http://web.resource.org/cc/}Work")
        for child in work
        if child.tag.endswith(("}title", "}subject"))
        for element in child.iter()
    ]
    return tokens(" ".join(texts))


def _icons() -> Iterator[Artwork]:
    """Of each icon of each theme the size next to 128 pixels; words are its name, the parts of it, its context."""
    for theme, package in THEMES.items():
        best: dict[tuple[str, str], tuple[int, Path]] = {}
        for path in sorted((ICONS / theme).rglob("*.png")):
            inside = path.relative_to(ICONS / theme)
            if path.is_symlink() or _NOT_ARTWORK.search(str(inside)):
                continue
            sizes = [
                int(match) for part in inside.parts[:-1] for match in re.findall(r"^(\d+)(?:x\d+)?(?:@2x)?$", part)
            ]
            size = (sizes or [_LEAST_SIZE])[0] * (2 if "@2x" in str(inside) else 1)
            context = next((part for part in reversed(inside.parts[:-1]) if not part[0].isdigit()), "")
            known = best.get((context, path.stem))
            if size >= _LEAST_SIZE and (known is None or abs(size - _WANTED_SIZE) < abs(known[0] - _WANTED_SIZE)):
                best[context, path.stem] = size, path
        for (context, name), (_, path) in best.items():
            words = [f"={name.lower()}", *tokens(name), *tokens(context)]
            yield Artwork(path, f"{package} {context}", tuple(dict.fromkeys(words)))


def _game() -> Iterator[Artwork]:
    """Figures, objects and landscapes of Battle for Wesnoth; of the frames of one animation a few."""
    count: defaultdict[tuple[str, ...], int] = defaultdict(int)
    for path in sorted(GAME.rglob("*.png")):
        inside = path.relative_to(GAME)
        if path.is_symlink() or inside.parts[0] in {"halo", "projectiles", "editor", "misc"}:
            continue
        name = _FRAMES.sub("", path.stem)
        words = tuple(dict.fromkeys([*tokens(" ".join(inside.parts[:-1])), *tokens(name)]))
        count[words] += 1
        if count[words] <= _MOST_ALIKE:
            yield Artwork(path, f"wesnoth-1.16-data {inside.parent}", words)
