"""Files of the checkout: sources, modules of tests, and the folder of tests that mirrors a source file."""

from __future__ import annotations

import hashlib
import subprocess
from functools import cache
from pathlib import Path


@cache
def tracked_files(root: Path) -> list[str]:
    """Return paths of the files of a checkout: those that git tracks, and new ones that it does not ignore."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, capture_output=True, check=True).stdout.decode().split("\0")
    return sorted(each for each in listed if each and (root / each).is_file())


def source_files(root: Path) -> list[str]:
    """Return paths of the modules of the core and the plugins."""
    return [file for file in tracked_files(root) if file.endswith(".py") and package_of(file)]


def test_folders(root: Path) -> list[str]:
    """Return the folders of tests that are measured one by one: those in ``tests``, and the plugins' own."""
    depths = {"tests": 2, "plugins": 3}
    parts = [Path(module).parts for module in test_modules(root)]
    return sorted({"/".join(each[: depths[each[0]]]) for each in parts} - {"tests/benchmarks"})


def test_modules(root: Path) -> list[str]:
    paths = [Path(file) for file in tracked_files(root)]
    return [
        path.as_posix()
        for path in paths
        if path.match("test_*.py") and path.parts[0] in {"tests", "plugins"} and "samples" not in path.parts
    ]


def is_mirror(module: str, file: str) -> bool:
    """Return whether a module of tests lies where those of a source file do."""
    parts = Path(file).parts
    if parts[0] == "plugins":
        return module.startswith(f"plugins/{parts[1]}/tests/")
    return module.startswith(f"tests/{parts[1]}/" if len(parts) > 2 else f"tests/test_{Path(file).stem}")


def digest(root: Path) -> str:
    """Return a hash of all files that decide what tests do, those in ``tests/benchmarks`` left out."""
    deciding = ("tlzoo/", "plugins/", "tests/", "registry.toml", "pyproject.toml")
    files = [each for each in tracked_files(root) if each.startswith(deciding)]
    lines = [f"{each} {hash_of(root / each)}" for each in files if not each.startswith("tests/benchmarks/")]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


def package_of(file: str) -> str:
    """Return the folder of the package that a file belongs to; an empty text if it is not a source file."""
    parts = Path(file).parts
    if parts[0] == "tlzoo":
        return "tlzoo"
    is_plugin = parts[0] == "plugins" and len(parts) > 2 and parts[2].startswith("tlzoo_")
    return "/".join(parts[:3]) if is_plugin else ""


def hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
