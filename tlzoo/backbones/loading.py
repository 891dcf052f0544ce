"""Loading of entries as checked backbones."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from tlzoo.backbones.build_context import fresh_names, precision
from tlzoo.backbones.contract import Backbone, Loader, LoadRequest
from tlzoo.backbones.declared_features import check_outputs
from tlzoo.errors import EntryError, PluginError, TlzooError, did_you_mean
from tlzoo.modalities import require_modality
from tlzoo.process.forks import refuse_fork
from tlzoo.registry import Entry

__all__ = ["files_for", "find_loader", "load_backbone", "load_digest"]


def load_backbone(entry: Entry | str, request: LoadRequest | None = None) -> Backbone:
    """Load an entry, by object or name: verify its files, call its plugin's loader, check the result.

    Missing files are downloaded if ``tlzoo.artifacts.using`` and the environment allow it. Raises EntryError
    (unknown, ambiguous, unavailable, or an unsupported request), PluginError (its plugin is missing or broken) and
    BytesRefusedError (a file does not have the declared hash). Raises RunError in a fork of a process that used
    TensorFlow.
    """
    from tlzoo.plugins import catalog

    refuse_fork()
    request = request or LoadRequest()
    if isinstance(entry, str):
        entry = catalog().get(entry)
    catalog().require_installed(entry)
    loader = find_loader(entry)
    files = files_for(entry, request)
    require_modality(entry.modality).check_request(entry, request)
    with fresh_names(), precision(request.dtype):
        backbone = _loaded(loader, entry, files, request)
    _check(entry, backbone)
    check_outputs(entry.id, backbone)
    return backbone


def _loaded(loader: Loader, entry: Entry, files: Mapping[str, Path], request: LoadRequest) -> Backbone:
    """Call a loader; report its errors with the name of its plugin."""
    try:
        loaded: Any = loader(entry, files, request)
    except (TlzooError, MemoryError):
        raise
    except Exception as error:
        said = " ".join(f"{type(error).__name__}: {error}".split())
        raise EntryError(
            f"{entry.id}: the loader {entry.loader!r} failed: {said}",
            f"report this to the authors of {entry.plugin}, with the output of `--traceback`",
        ) from error
    if not isinstance(loaded, Backbone):
        raise EntryError(
            f"{entry.id}: the loader {entry.loader!r} must return a Backbone; got {type(loaded).__name__}",
            f"report this to the authors of {entry.plugin}",
        )
    return loaded


def find_loader(entry: Entry) -> Loader:
    """Return the loader of an entry, from its plugin, or from any plugin for an entry of the user.

    Raises:
        PluginError: If no plugin has it.
    """
    from tlzoo.plugins import registered

    own = entry.namespace == "local"
    loaders = {each.name: each.value for each in registered("tlzoo_backbones", plugin=None if own else entry.plugin)}
    if entry.loader not in loaders:
        if own:
            raise PluginError(
                f"{entry.id}: no plugin has a loader {entry.loader!r}", did_you_mean(entry.loader, loaders)
            )
        raise PluginError(
            f"{entry.id}: its plugin {entry.plugin!r} has no loader {entry.loader!r}",
            "install a version that does",
        )
    loader: Loader = loaders[entry.loader]
    return loader


def files_for(entry: Entry, request: LoadRequest) -> Mapping[str, Path]:
    """Return an entry's verified files by name, for a loader and this request."""
    from tlzoo.artifacts import locate, resolve

    if request.weights == "pretrained":
        return resolve(entry)
    beside = {
        name: file for name, file in entry.files.items() if not name.startswith("weights") and locate(file) is not None
    }
    return resolve(replace(entry, files=beside)) if beside else {}


def load_digest(entry: Entry, files: Mapping[str, Path], request: LoadRequest) -> str:
    """Return the hexadecimal SHA-256 of the entry's id, its file hashes and the request."""
    from tlzoo.artifacts import known_hash

    hashes = {name: known_hash(file) for name, file in entry.files.items() if name in files}
    fields = asdict(request)
    fields["observation_shape"] = fields.pop("input_shape")  # measurements are found by the digest
    if not fields["tokens"]:
        del fields["tokens"]
    text = json.dumps({"id": entry.id, "files": hashes, "request": fields}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _check(entry: Entry, backbone: Backbone) -> None:
    """Refuse a backbone unless every variable is in exactly one stage."""
    paths = [variable.path for variable in backbone.model.weights]
    held = [path for stage in backbone.stages for path in stage.variables]
    if len(set(paths)) != len(paths):
        raise EntryError(f"{entry.id}: two variables have the same path")
    if sorted(held) != sorted(paths):
        wrong = sorted(set(paths) ^ set(held)) or sorted(path for path in held if held.count(path) > 1)
        raise EntryError(f"{entry.id}: not every variable is in exactly one stage: {', '.join(wrong[:3])}")
