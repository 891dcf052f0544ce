"""Writes `SOURCES.md`: the packages whose artwork was trained on, with versions, licences and numbers of pictures."""

from __future__ import annotations

import platform
import sys
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path

from pretrain import debian
from pretrain.colour import artwork

HERE = Path(__file__).parent


def packages(name: str = "packages.txt") -> tuple[str, ...]:
    """Names of the Debian packages in a committed list."""
    lines = (HERE / name).read_text().splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


def used() -> dict[str, list[Path]]:
    """Picture files by the package that has them, both in order."""
    pictures = {thing.path for thing in artwork.things()}.union(artwork.scenes())
    by_package: defaultdict[str, list[Path]] = defaultdict(list)
    for package in packages():
        by_package[package] = [path for path in debian.files(package) if path in pictures]
    return {package: paths for package, paths in by_package.items() if paths}


def record() -> list[str]:
    """Lines of `SOURCES.md`."""
    by_package = used()
    lines = [
        "# Artwork that ColourNet was trained on",
        "",
        "Written by `python -m pretrain.colour.sources`. All packages are from Debian's `main`; no picture is part of",
        "tlzoo. Licences as the package's `copyright` file names them. Unreadable pictures, duplicates and",
        "pictures that resemble a test picture were removed afterwards.",
        "",
        f"Python {platform.python_version()}, Pillow {version('pillow')}; {len(by_package)} packages, "
        f"{sum(map(len, by_package.values()))} files.",
        "",
        "| package | version | files | sha256 of the files | licences |",
        "|---|---|---|---|---|",
    ]
    for package, paths in by_package.items():
        digest, licences = debian.digest(paths)[:16], debian.licences(package)
        lines.append(f"| {package} | {debian.version(package)} | {len(paths)} | {digest} | {licences} |")
    return lines


if __name__ == "__main__":
    (HERE / "SOURCES.md").write_text("\n".join(record()) + "\n")
    sys.stdout.write("SOURCES.md\n")
