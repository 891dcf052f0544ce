"""Files, versions and licences of installed Debian packages."""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

# Phrases in copyright files that are not in Debian's machine-readable form, and the licences that they stand for.
PHRASES = {
    "SIL Open Font": "OFL",
    "Arphic Public License": "Arphic-PL",
    "minimal license": "minimal license of its own",
    "LaTeX Project Public": "LPPL",
    "GUST Font": "GUST-Font-License",
    "Apache License": "Apache-2.0",
    "MIT License": "Expat",
    "public domain": "public-domain",
    "General Public License|GPL": "GPL",
}


def files(package: str) -> list[Path]:
    """Return all paths of a package, sorted; an empty list if the package or dpkg is not installed."""
    try:
        listing = _printed("dpkg", "-L", package)
    except FileNotFoundError:
        return []
    return sorted(Path(line) for line in listing.splitlines())


def version(package: str) -> str:
    """Return the version of an installed package."""
    return _printed("dpkg-query", "-W", "-f=${Version}", package)


def digest(paths: Iterable[Path]) -> str:
    """Return the sha256 of the files' concatenated contents."""
    contents = hashlib.sha256()
    for path in paths:
        contents.update(path.read_bytes())
    return contents.hexdigest()


def licences(package: str) -> str:
    """Return the licences in the package's `copyright` file, except the licence of the packaging."""
    text = Path(f"/usr/share/doc/{package}/copyright").read_text(errors="replace")
    named = [name for name in re.findall(r"^License: *(\S.*)$", text, flags=re.MULTILINE) if "packaging" not in name]
    if not named:
        named = [name for phrase, name in PHRASES.items() if re.search(rf"\b{phrase}\b", text, flags=re.IGNORECASE)]
    return ", ".join(dict.fromkeys(name.strip().replace("|", "/") for name in named)) or "see its copyright file"


def _printed(*command: str) -> str:
    """Return the standard output of a command; it may be empty if the command fails."""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603 - ours, no shell
