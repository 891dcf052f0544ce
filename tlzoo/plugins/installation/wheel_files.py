"""Checks of the files in a wheel: none may leave its folder, replace files of others, or run by itself."""

from __future__ import annotations

import re
import sysconfig
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from tlzoo.errors import InstallError

__all__ = ["refuse_files", "refuse_replacements"]

_DRIVE = re.compile(r"[A-Za-z]:")
_AT_EVERY_START = {"sitecustomize", "usercustomize"}
_CORE = {"keras", "tensorflow", "tlzoo"}
_SHARED = {("scripts",), ("data", "share"), ("data", "etc")}
"""Parts of a wheel's ``.data`` folder that are installed outside the import path."""


def refuse_files(names: Sequence[str], wheel: str, info: str) -> None:
    """Raise InstallError if a file would leave its folder, or run at every start of Python.

    Installers treat ``..``, absolute paths and duplicate names differently. A ``.pth`` file runs even if the plugin is
    disabled.

    Args:
        names: Paths in the wheel, as written there.
        wheel: File name of the wheel, for the message.
        info: Its metadata folder, ``NAME-VERSION.dist-info``.
    """
    for wrong in _wrong(names, info):
        raise InstallError(f"{wheel}: {wrong}", "do not install it; report it to its author")


def refuse_replacements(names: Sequence[str], wheel: str, name: str) -> None:
    """Raise InstallError if a file of the wheel would replace one of another distribution."""
    own: set[Path] = set()
    try:
        installed = distribution(name)
        own = {_real(Path(str(installed.locate_file(each)))) for each in installed.files or ()}
    except PackageNotFoundError:
        pass
    except Exception:  # noqa: BLE001 - installed packages may have any metadata; then each file counts as foreign
        own = set()
    for each in names:
        path = _landing(each)
        if not each.endswith("/") and _real(path) not in own and path.exists():
            raise InstallError(
                f"{wheel} would replace {path} of another distribution", "do not install it; report it to its author"
            )


def _real(path: Path) -> Path:
    """Return a path without ``..``, with links to its folder resolved."""
    return path.parent.resolve() / path.name


def _landing(name: str) -> Path:
    """Return where an installer puts a file of a wheel in this environment."""
    parts = name.split("/")
    if parts[0].endswith(".data") and len(parts) > 1 and parts[1] in sysconfig.get_path_names():
        return Path(sysconfig.get_path(parts[1]), *parts[2:])
    return Path(sysconfig.get_path("purelib"), name)


def _wrong(names: Sequence[str], info: str) -> Iterator[str]:
    data = f"{info.removesuffix('.dist-info')}.data"
    for name in names:
        parts = name.rstrip("/").split("/")
        top = parts[0].partition(".")[0]
        if name.startswith("/") or "\\" in name or _DRIVE.match(name) or {"", ".", ".."} & set(parts):
            yield f"the path {name!r} leads out of its installation folder"
        elif top in _CORE:
            yield f"the file {name!r} belongs to {top}"
        elif top in _AT_EVERY_START or (len(parts) == 1 and name.endswith(".pth")):
            yield f"the file {name!r} would run at every start of Python"
        elif parts[0].endswith((".dist-info", ".egg-info")) and parts[0] != info:
            yield f"the file {name!r} is metadata of another distribution"
        elif parts[0].endswith(".data") and not (parts[0] == data and _is_shared(parts[1:])):
            yield f"the file {name!r} would be installed outside the folder of packages"
    folded = Counter(name.casefold() for name in names)
    yield from (f"the file {name!r} occurs {count} times" for name, count in folded.items() if count > 1)


def _is_shared(parts: Sequence[str]) -> bool:
    return not parts or tuple(parts[:1]) in _SHARED or tuple(parts[:2]) in _SHARED or parts == ["data"]
