"""Get the wheel of an origin."""

from __future__ import annotations

import shutil
from pathlib import Path

from tlzoo.errors import BytesRefusedError, InstallError

from .environments import Environment, run_command
from .origins import Origin
from .wheels import Wheel, read_wheel

__all__ = ["obtain"]


def obtain(origin: Origin, environment: Environment, folder: Path, *, quiet: bool) -> Wheel:
    """Return the wheel of an origin, in ``folder`` unless the origin is a wheel.

    From the index, the wheel is downloaded, never built, and must have the hash in the index. A project folder or git
    repository is built, which runs its build backend. Raises InstallError, and BytesRefusedError for another hash.
    """
    if origin.kind == "wheel":
        return read_wheel(Path(origin.source))
    if origin.kind == "index":
        run_command(environment.download(origin.source, folder), quiet=quiet)
    elif origin.kind == "folder":
        run_command(environment.build(Path(origin.source), folder), quiet=quiet)
    else:
        run_command(environment.build(_checked_out(origin.source, folder, quiet=quiet), folder), quiet=quiet)
    found = sorted(folder.glob("*.whl"))
    if len(found) != 1:
        raise InstallError(f"{origin} has {len(found)} wheels instead of one")
    wheel = read_wheel(found[0])
    if origin.sha256 is not None and wheel.sha256 != origin.sha256:
        raise BytesRefusedError(
            f"{found[0].name} has the sha256 {wheel.sha256}, but the index has {origin.sha256}",
            "do not install it; report it to the authors of tlzoo",
        )
    return wheel


def _checked_out(url: str, folder: Path, *, quiet: bool) -> Path:
    """Return a checkout of ``git+URL[@REVISION]``."""
    git = shutil.which("git")
    if git is None:
        raise InstallError("git is not installed", "install git, or give a folder or a wheel")
    address, revision = _address_and_revision(url.removeprefix("git+"))
    checkout = folder / "checkout"
    run_command((git, "clone", "--quiet", address, str(checkout)), quiet=quiet)
    if revision:
        run_command((git, "-C", str(checkout), "checkout", "--quiet", "--detach", revision), quiet=quiet)
    return checkout


def _address_and_revision(url: str) -> tuple[str, str]:
    """Split ``https://host/project@v1``; the ``@`` of ``ssh://git@host/project`` belongs to the URL.

    >>> _address_and_revision("https://host/project@v1"), _address_and_revision("ssh://git@host/project")
    (('https://host/project', 'v1'), ('ssh://git@host/project', ''))
    """
    address, sign, revision = url.rpartition("@")
    if not sign or "/" in revision:
        return url, ""
    if revision.startswith("-"):
        raise InstallError(f"{revision!r} is not a valid revision")
    return address, revision
