"""Sources within a wheel of a package index: ``wheel:NAME==VERSION/PATH/IN/WHEEL``."""

from __future__ import annotations

import re
from dataclasses import dataclass

SCHEME = "wheel:"
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?"
_VERSION = r"[0-9][A-Za-z0-9.!+_]{0,98}"
_FORM = re.compile(rf"wheel:(?P<name>{_NAME})==(?P<version>{_VERSION})/(?P<path>.+)")


@dataclass(frozen=True, slots=True)
class WheelSource:
    """A file in the wheel of a distribution, or a folder if the entry lists its files."""

    name: str
    version: str
    path: str

    @property
    def requirement(self) -> str:
        """The requirement for pip or uv: exactly one version."""
        return f"{self.name}=={self.version}"


def parse_wheel_source(text: str) -> WheelSource | None:
    """Return the parts of a ``wheel:`` source; None if a part is not plain.

    Installers receive the name and the version, so no character with a meaning for them is allowed.

    >>> parse_wheel_source("wheel:acme-nets==1.0/acme_nets/net.safetensors")
    WheelSource(name='acme-nets', version='1.0', path='acme_nets/net.safetensors')
    >>> parse_wheel_source("wheel:acme-nets @ file:/==1.0/net"), parse_wheel_source("wheel:acme==1.0/../net")
    (None, None)
    """
    found = _FORM.fullmatch(text)
    if found is None or not text.isprintable() or not is_plain_path(found["path"]):
        return None
    return WheelSource(found["name"], found["version"], found["path"])


def is_plain_path(path: str) -> bool:
    """Return whether a path stays within its folder on every system."""
    return not (path.startswith("/") or "\\" in path or {"", ".", ".."} & set(path.split("/")))
