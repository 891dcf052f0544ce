"""Font files of the Debian packages in `packages.txt`; `FONTS.md` records them with their licences."""

from __future__ import annotations

import hashlib
import logging
import platform
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from fontTools.ttLib import TTCollection, TTFont

from pretrain import debian

logging.getLogger("fontTools").setLevel(logging.ERROR)  # old fonts have odd tables

HERE = Path(__file__).parent
SUFFIXES = {".ttf", ".otf", ".ttc"}
# fonts-noto-extra repeats each family in up to 72 weights and widths; these differ most from fonts-noto-core.
KEPT_OF_NOTO_EXTRA = re.compile(r"-(Thin|Light|Black|ExtraCondensed)(Italic)?\.ttf$")
HELD_OUT_SHARE = 0.08


@dataclass(frozen=True, slots=True)
class Face:
    """One face of one font file; `characters` are the code points that it draws."""

    package: str
    path: Path
    index: int
    family: str
    characters: frozenset[int]

    @property
    def held_out(self) -> bool:
        """Return whether this design is held out from training, to measure accuracy on unseen fonts.

        Packages are held out, because the fonts of a package are often one design. For Noto, families are, because one
        package contains all.
        """
        design = self.family if self.package.startswith("fonts-noto") else self.package
        return int.from_bytes(hashlib.sha256(design.encode()).digest()[:4], "big") / 2**32 < HELD_OUT_SHARE


def packages() -> tuple[str, ...]:
    """Return the names of the Debian packages, in the order of `packages.txt`."""
    return tuple((HERE / "packages.txt").read_text().split())


def missing_packages() -> list[str]:
    """Return the packages of `packages.txt` that are not installed; all of them without dpkg."""
    return [package for package in packages() if not _files(package)]


def unlike_record() -> str | None:
    """Return why glyphs here would differ from those of `FONTS.md`; None if fonts and Pillow are the same."""
    record = (HERE / "FONTS.md").read_text()
    recorded = re.search(r"Pillow ([\d.]+\d)", record)
    if recorded and recorded.group(1) != version("pillow"):
        return f"Pillow {version('pillow')} draws here, {recorded.group(1)} drew the record's glyphs"
    for package, digest in re.findall(r"^\| (\S+) \| \S+ \| \d+ \| (\w{16}) \|", record, re.MULTILINE):
        if debian.digest(sorted(set(_files(package))))[:16] != digest:
            return f"other files of {package} than the record's"
    return None


@cache
def faces() -> tuple[Face, ...]:
    """Return all faces of all installed packages, sorted by package, path and index."""
    return tuple(face for package in packages() for path in _files(package) for face in _faces_of(package, path))


def _files(package: str) -> list[Path]:
    found = [
        path
        for path in debian.files(package)
        if path.suffix.lower() in SUFFIXES and path.is_file() and not path.is_symlink()
    ]
    if package == "fonts-noto-extra":
        found = [path for path in found if KEPT_OF_NOTO_EXTRA.search(path.name)]
    return found


def _faces_of(package: str, path: Path) -> Iterator[Face]:
    fonts = TTCollection(path, lazy=True).fonts if path.suffix.lower() == ".ttc" else [TTFont(path, lazy=True)]
    for index, font in enumerate(fonts):
        family = str(font["name"].getBestFamilyName() or path.stem)
        drawn = frozenset(code for code, glyph in (font.getBestCmap() or {}).items() if glyph != ".notdef")
        yield Face(package, path, index, family, drawn)
    for font in fonts:  # those of a collection share a file
        font.close()


def write_record(target: Path) -> None:
    """Write `FONTS.md`: packages with version, licences and number of faces, and the versions of the libraries."""
    by_package: dict[str, list[Face]] = {}
    for face in faces():
        by_package.setdefault(face.package, []).append(face)
    lines = [
        "# Fonts that the glyphs were drawn from",
        "",
        "Written by `python -m pretrain.glyphs.fonts`. All packages are from Debian's `main`; no font file is part of "
        "tlzoo.",
        "Licences as the package's `copyright` file names them.",
        "",
        f"Python {platform.python_version()}, Pillow {version('pillow')}, fontTools {version('fonttools')}; "
        f"{len(by_package)} packages, {len({face.path for face in faces()})} files, {len(faces())} faces, "
        f"{len({face.family for face in faces()})} families.",
        "",
        "| package | version | files | sha256 of the files | licences |",
        "|---|---|---|---|---|",
    ]
    for package, found in by_package.items():
        paths = sorted({face.path for face in found})
        digest, licences = debian.digest(paths)[:16], debian.licences(package)
        lines.append(f"| {package} | {debian.version(package)} | {len(paths)} | {digest} | {licences} |")
    target.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    write_record(HERE / "FONTS.md")
    sys.stdout.write(f"{HERE.name}/FONTS.md: {len(faces())} faces\n")
