"""Plain ``tensorflow_hub.load(handle)`` through tlzoo's fetcher, in place of one without checksums and time limits."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import final

__all__ = ["install_hub_resolver"]


def install_hub_resolver(*, trust_on_first_use: bool | None = None, trust: Iterable[str] = ()) -> None:
    """Make TensorFlow Hub load modules from tlzoo's cache, downloaded, verified and inspected like files of entries.

    >>> tlzoo.install_hub_resolver(trust_on_first_use=True)

    Then ``tensorflow_hub.load`` and ``resolve`` may raise FetchError and BytesRefusedError. A handle that an entry of
    the zoo declares must have the entry's hash. Other handles are pinned in ``tlzoo.lock`` on first use with
    ``trust_on_first_use``, and refused without it. TensorFlow Hub itself handles paths of folders and handles that are
    not HTTP URLs. A later call replaces the settings of an earlier one.

    Args:
        trust_on_first_use: If True, handles without a published hash are accepted, and their present hash is pinned.
        trust: Handles or entries with programs that may use operations that are refused by default.
    """
    from tensorflow_hub import registry

    global _installed  # noqa: PLW0603 - TensorFlow Hub has one registry in a process
    if _installed is None:
        _installed = _Resolver()
        registry.resolver.add_implementation(_installed)
    _installed.trust_on_first_use, _installed.trust = trust_on_first_use, frozenset(trust)


@final
class _Resolver:
    """What TensorFlow Hub calls: a handle to the path of a folder."""

    trust_on_first_use: bool | None = None
    trust: frozenset[str] = frozenset()

    def is_supported(self, handle: str) -> bool:
        """Return whether a handle is an address."""
        return isinstance(handle, str) and handle.startswith(("https://", "http://"))

    def __call__(self, handle: str) -> str:
        """Return a folder with the inspected part of a module, every file of it checked just now."""
        return str(_module(handle, self.trust_on_first_use, self.trust))


_installed: _Resolver | None = None


def _module(handle: str, trust_on_first_use: bool | None, trust: frozenset[str]) -> Path:  # noqa: FBT001 - as given
    from tlzoo.artifacts import resolve_file, using
    from tlzoo.artifacts.savedmodel import keep_inspected
    from tlzoo.plugins import catalog
    from tlzoo.registry import File

    source = f"hub:{handle}"
    declared = ((entry, name, file) for entry in catalog().entries() for name, file in entry.files.items())
    what, file = next(
        ((f"{entry.id}: {name}", file) for entry, name, file in declared if file.source == source),
        (f"{handle}: module", File(source)),
    )
    with using(trust_on_first_use=trust_on_first_use, trusted=trust or None):
        folder = resolve_file(what, file)
        return keep_inspected(folder, what=what) if (folder / "saved_model.pb").is_file() else folder
