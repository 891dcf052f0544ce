"""What types cannot say about entries and providers. Each rule gives one line for each thing that is wrong."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .entry import ID, Entry, File
from .merging import RESERVED, Provider
from .plain import plain

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
    """Yield what is wrong with a registry's head."""
    if not _is_version_range(provider.api):
        yield f"api: write a range such as '>=0.2,<0.3' (received {provider.api!r:.80})"
    if provider.hash is not None and not SHA256.fullmatch(provider.hash):
        yield f"hash: write 'sha256:' and 64 hexadecimal digits (received {provider.hash!r})"
    for namespace in provider.namespaces:
        if not NAMESPACE.fullmatch(namespace):
            yield f"namespaces: {namespace!r} is not made of lower-case letters, digits and hyphens"
        elif RESERVED.get(namespace, provider.plugin) != provider.plugin:
            yield f"namespaces: {namespace!r} is reserved"


def _is_version_range(text: str) -> bool:
    from packaging.specifiers import SpecifierSet

    try:
        ranges = SpecifierSet(text)
        ranges.contains("0")  # versions are only parsed when they are compared
    except ValueError:
        return False
    return len(ranges) > 0 and len(text) <= _LONGEST_RANGE


def entry_problems(entry: Entry) -> Iterator[str]:
    """Yield what is wrong with an entry."""
    yield from _name_problems(entry)
    if entry.modality != entry.input.modality:
        wanted = f"an input of the kind {entry.input.kind!r} is of the modality {entry.input.modality!r}"
        yield f"modality: {wanted} (received {entry.modality!r:.80})"
    yield from entry.input.problems()
    if not entry.files:
        yield "files: name at least one file"
    for name, file in entry.files.items():
        yield from _file_problems(f"files.{name}", file)
    yield from _feature_problems(entry)
    yield from _source_problems(entry)
    yield from (f"{where}: {number!r:.40} is not a figure" for where, number in _odd_numbers(plain(entry), ""))


def _odd_numbers(value: Any, where: str) -> Iterator[tuple[str, float]]:
    """Yield the numbers that nothing has: not finite, or beyond 64 bits, which cannot be shown or compared."""
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
    for name in (entry.id, *entry.aliases):
        if not ID.fullmatch(name):
            yield f"{name!r} does not read namespace/architecture.weights in lower case"
        elif name.partition("/")[0] != entry.namespace:
            yield f"aliases: {name!r} is of another namespace"


def _source_problems(entry: Entry) -> Iterator[str]:
    """Yield what is wrong with what others say of it, and with what is copied as it stands."""
    if not entry.licence.strip():
        yield "licence: name it, as an SPDX expression"
    for index, row in enumerate(entry.reported):
        if not row.source.startswith(("https://", "doi:", "arXiv:")):
            yield f"reported.{index}.source: give an address that can be checked (received {row.source!r})"
    try:
        json.dumps([entry.options, entry.training and entry.training.statistics], allow_nan=False)
    except (TypeError, ValueError):
        yield "options and training.statistics: only text, numbers, flags, lists and tables of these"


def _file_problems(where: str, file: File) -> Iterator[str]:
    if not SOURCE.fullmatch(file.source) or not file.source.isprintable():
        yield (
            f"{where}.source: valid are package:PACKAGE/PATH, file:/PATH, https://…, hf://OWNER/NAME/PATH, hub:… "
            f"(received {file.source!r})"
        )
    elif file.source.startswith("package:") and ".." in file.source.split("/"):
        yield f"{where}.source: a path inside the package may not hold '..' (received {file.source!r})"
    if file.hash is not None and not HASH.fullmatch(file.hash):
        yield f"{where}.hash: valid are sha256: and 64, or md5: and 32 hexadecimal digits (received {file.hash!r})"
    yield from _folder_problems(where, file)
    if file.bytes is not None and file.bytes < 0:
        yield f"{where}.bytes is negative (received {file.bytes})"


def _folder_problems(where: str, file: File) -> Iterator[str]:
    """Yield what is wrong with what is said of a folder: its files, or the archive that it comes from."""
    for path, hashed in file.members.items():
        parts = path.split("/")
        if path.startswith("/") or "\\" in path or {"", ".", ".."} & set(parts):
            yield f"{where}.members: {path!r} is no plain path within the folder"
        if not SHA256.fullmatch(hashed):
            yield f"{where}.members.{path}: valid is sha256: and 64 hexadecimal digits (received {hashed!r})"
    if re.fullmatch(r"hf://[^/]+/[^/]+/?", file.source) and not file.members:
        yield f"{where}.members: name the files of {file.source}, or one in the source"
    whole = file.hash is not None and file.hash.startswith("tree-")
    if whole and not file.members and not file.source.startswith(("package:", "file:")):
        yield f"{where}.members: name the files, as no server can be asked for them"
    if file.members and file.hash is not None and not whole:
        yield f"{where}.hash: a folder's is tree-sha256: and 64 digits, or none (received {file.hash!r})"
    if (file.members or whole) and (file.unpack or file.source.startswith("hub:")):
        yield f"{where}: either an archive or a folder of files, not both"


def _feature_problems(entry: Entry) -> Iterator[str]:
    rank, measured = _RANKS[entry.features.kind], entry.measured
    for where, shape in (
        ("features.shape", entry.features.shape),
        ("measured.feature_shape", measured.feature_shape if measured else None),
    ):
        if shape is not None and (len(shape) != rank or min(shape) < 1):
            yield f"{where}: a {entry.features.kind} has {rank} sizes, each at least 1 (received {shape})"
    if measured and measured.feature_shape and entry.features.shape not in (None, measured.feature_shape):
        yield f"features.shape is not what was measured, {measured.feature_shape} (received {entry.features.shape})"
