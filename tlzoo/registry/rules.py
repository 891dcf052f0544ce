"""Validation rules for entries and providers beyond their types. Each rule yields one line per error."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .entry import ID, Entry, File
from .kaggle_source import SCHEME as KAGGLE
from .kaggle_source import parse_kaggle_source
from .merging import RESERVED, Provider
from .plain import plain
from .wheel_source import SCHEME, is_plain_path, parse_wheel_source

NAMESPACE = re.compile(r"[a-z][a-z0-9-]*")
HASH = re.compile(r"(tree-)?sha256:[0-9a-f]{64}|md5:[0-9a-f]{32}")
SHA256 = re.compile(r"sha256:[0-9a-f]{64}")
SOURCE = re.compile(
    r"package:[A-Za-z_]\w*/.+|file:(/|~/|[A-Za-z]:).+|https://.+|http://(localhost|127\.0\.0\.1)[:/].+"
    r"|hf://[^/]+/[^/]+(/.+)?|hub:.+"
)
_LONGEST_RANGE = 200
_RANKS = {"vector": 1, "map": 3, "sequence": 2}


def provider_problems(provider: Provider) -> Iterator[str]:
    """Yield errors at the top of a registry."""
    if not _is_version_range(provider.api):
        yield f"api: use a range such as '>=0.2,<0.3' (received {provider.api!r:.80})"
    if provider.hash is not None and not SHA256.fullmatch(provider.hash):
        yield f"hash: must be 'sha256:' and 64 hexadecimal digits (received {provider.hash!r})"
    for namespace in provider.namespaces:
        if not NAMESPACE.fullmatch(namespace):
            yield f"namespaces: {namespace!r} must consist of lowercase letters, digits and hyphens"
        elif RESERVED.get(namespace, provider.plugin) != provider.plugin:
            yield f"namespaces: {namespace!r} is reserved"


def _is_version_range(text: str) -> bool:
    from packaging.specifiers import SpecifierSet

    try:
        ranges = SpecifierSet(text)
        ranges.contains("0")  # versions are parsed only on comparison
    except ValueError:
        return False
    return len(ranges) > 0 and len(text) <= _LONGEST_RANGE


def entry_problems(entry: Entry) -> Iterator[str]:
    """Yield errors of an entry."""
    yield from _name_problems(entry)
    if entry.modality != entry.input.modality:
        wanted = f"inputs of the kind {entry.input.kind!r} have the modality {entry.input.modality!r}"
        yield f"modality: {wanted} (received {entry.modality!r:.80})"
    yield from entry.input.problems()
    if not entry.files:
        yield "files: give at least one file"
    for name, file in entry.files.items():
        yield from _file_problems(f"files.{name}", file)
    yield from _feature_problems(entry)
    yield from _source_problems(entry)
    yield from (f"{where}: {number!r:.40} is not a valid number" for where, number in _odd_numbers(plain(entry), ""))


def _odd_numbers(value: Any, where: str) -> Iterator[tuple[str, float]]:
    """Yield invalid numbers: not finite, or beyond 64 bits, so that they cannot be displayed or compared."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _odd_numbers(each, f"{where}.{key}" if where else str(key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _odd_numbers(each, f"{where}.{index}")
    elif (isinstance(value, int) and abs(value) >= _MOST) or (isinstance(value, float) and not math.isfinite(value)):
        yield where, value


_MOST = 2**63


def _name_problems(entry: Entry) -> Iterator[str]:
    for name in (entry.id, *entry.aliases, *entry.replaces):
        if not ID.fullmatch(name):
            yield f"{name!r} must have the form namespace/architecture.weights in lowercase"
        elif name.partition("/")[0] != entry.namespace:
            yield f"{'replaces' if name in entry.replaces else 'aliases'}: {name!r} is in another namespace"


def _source_problems(entry: Entry) -> Iterator[str]:
    """Yield errors in published metrics, the licence and other copied values."""
    if not entry.licence.strip():
        yield "licence: give an SPDX expression"
    for index, row in enumerate(entry.reported):
        if not row.source.startswith(("https://", "doi:", "arXiv:")):
            yield f"reported.{index}.source: give a URL of the publication (received {row.source!r})"
    try:
        json.dumps([entry.options, entry.training and entry.training.statistics], allow_nan=False)
    except (TypeError, ValueError):
        yield "options and training.statistics: may contain only strings, numbers, booleans, lists and tables"


def _file_problems(where: str, file: File) -> Iterator[str]:
    for source in file.sources:
        yield from _address_problems(f"{where}.source", source)
    hashed = bool(file.members) or (file.hash is not None and file.hash.startswith("sha256:"))
    if file.alternatives and any(each.startswith(("package:", "file:", "hub:")) for each in file.sources):
        yield f"{where}.source: package:, file: and hub: must be the only source (received {list(file.sources)})"
    archives = [each for each in file.sources if each.startswith(KAGGLE) and _is_version(each)]
    if file.alternatives and archives and not file.members:
        yield f"{where}.source: {archives[0]} is an archive and must be the only source"
    if not hashed and (file.alternatives or file.source.startswith(SCHEME)):
        yield f"{where}.hash: a wheel, and each file with several sources, needs a sha256 hash"
    if file.hash is not None and not HASH.fullmatch(file.hash):
        yield f"{where}.hash: must be sha256: and 64, or md5: and 32 hexadecimal digits (received {file.hash!r})"
    yield from _folder_problems(where, file)
    if file.bytes is not None and file.bytes < 0:
        yield f"{where}.bytes is negative (received {file.bytes})"


def _is_version(source: str) -> bool:
    """Return whether a source is a whole version on Kaggle."""
    found = parse_kaggle_source(source)
    return found is not None and found.version is not None and found.path is None


def _address_problems(where: str, source: str) -> Iterator[str]:
    """Yield errors of one source of a file."""
    if source.startswith(SCHEME):
        if parse_wheel_source(source) is None:
            yield f"{where}: must be wheel:NAME==VERSION/PATH with plain parts (received {source!r})"
    elif source.startswith(KAGGLE):
        found = parse_kaggle_source(source)
        if found is None or found.version is None:
            yield (
                f"{where}: must be kaggle://OWNER/MODEL/FRAMEWORK/VARIATION/VERSION[/PATH] with plain parts "
                f"(received {source!r})"
            )
    elif not SOURCE.fullmatch(source) or not source.isprintable():
        yield (
            f"{where}: must be package:PACKAGE/PATH, file:/PATH, https://…, hf://OWNER/NAME/PATH, hub:…, "
            f"kaggle://OWNER/MODEL/FRAMEWORK/VARIATION/VERSION[/PATH], wheel:NAME==VERSION/PATH (received {source!r})"
        )
    elif source.startswith("package:") and ".." in source.split("/"):
        yield f"{where}: a path inside a package must not contain '..' (received {source!r})"


def _folder_problems(where: str, file: File) -> Iterator[str]:
    """Yield errors in a folder: its files, or its archive."""
    for path, hashed in file.members.items():
        if not is_plain_path(path):
            yield f"{where}.members: {path!r} is not a plain path within the folder"
        if not SHA256.fullmatch(hashed):
            yield f"{where}.members.{path}: must be sha256: and 64 hexadecimal digits (received {hashed!r})"
    folders = [each for each in file.sources if re.fullmatch(r"hf://[^/]+/[^/]+/?", each)]
    if folders and not file.members:
        yield f"{where}.members: list the files of {folders[0]}, or give a single file as source"
    whole = file.hash is not None and file.hash.startswith("tree-")
    if whole and not file.members and not file.source.startswith(("package:", "file:")):
        yield f"{where}.members: list the files; they cannot be determined from the server"
    if file.members and file.hash is not None and not whole:
        yield f"{where}.hash: must be tree-sha256: and 64 digits for a folder, or missing (received {file.hash!r})"
    if (file.members or whole) and (file.unpack or file.source.startswith("hub:")):
        yield f"{where}: must be either an archive or a folder of files, not both"


def _feature_problems(entry: Entry) -> Iterator[str]:
    rank, measured = _RANKS[entry.features.kind], entry.measured
    sizes = "1 dimension" if rank == 1 else f"{rank} dimensions"
    for where, shape in (
        ("features.shape", entry.features.shape),
        ("measured.feature_shape", measured.feature_shape if measured else None),
    ):
        if shape is not None and (len(shape) != rank or min(shape) < 1):
            yield f"{where}: a {entry.features.kind} has {sizes}, each at least 1 (received {shape})"
    if measured and measured.feature_shape and entry.features.shape not in (None, measured.feature_shape):
        yield f"features.shape is not the measured shape {measured.feature_shape} (received {entry.features.shape})"
