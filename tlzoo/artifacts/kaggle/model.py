"""Versions of models on Kaggle: their files, configuration and licence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from tlzoo.artifacts.hugging_face.config import HubConfig, parsed_object
from tlzoo.artifacts.hugging_face.repository import HubFile, HubRepository, small_file
from tlzoo.artifacts.settings import settings
from tlzoo.errors import BytesRefusedError, EntryError
from tlzoo.registry.kaggle_source import SCHEME, KaggleSource
from tlzoo.registry.wheel_source import is_plain_path

from .handle import parsed_kaggle_handle
from .server import kaggle_endpoint

__all__ = ["KaggleModel", "open_kaggle_model", "open_kaggle_module"]

_CONFIG = "config.json"
_MOST_LISTING, _MOST_PAGES, _MOST_VERSION, _MOST_DIGITS = 10 * 10**6, 50, 10**9, 20
_LICENCES: Mapping[str, str] = {
    "apache20": "Apache-2.0",
    "attribution40internationalccby40": "CC-BY-4.0",
    "attributionnoncommercial40internationalccbync40": "CC-BY-NC-4.0",
    "bsd3clause": "BSD-3-Clause",
    "cc0publicdomain": "CC0-1.0",
    "ccbync40": "CC-BY-NC-4.0",
    "ccbyncsa40": "CC-BY-NC-SA-4.0",
    "ccbysa40": "CC-BY-SA-4.0",
    "ccby40": "CC-BY-4.0",
    "gpl2": "GPL-2.0",
    "gpl3": "GPL-3.0",
    "mit": "MIT",
}
"""SPDX names by Kaggle's names of licences, in letters and digits."""


@dataclass(frozen=True, slots=True)
class KaggleModel(HubRepository):
    """A version of a model on Kaggle. Its listing has the sizes of files; their hashes come with the files."""

    licence_name: str = ""
    """The licence in Kaggle's words."""

    @property
    def handle(self) -> str:
        """``kaggle://owner/model/framework/variation``, for messages."""
        return f"{SCHEME}{self.name}"

    def source(self, path: str) -> str:
        """Return the source of a file in an entry."""
        return f"{self.handle}/{self.revision}/{path}"

    def licence(self) -> str:
        """Return the licence as an SPDX expression, ``NOASSERTION`` if Kaggle names none."""
        letters = re.sub(r"[^a-z0-9]", "", self.licence_name.lower())
        if letters in _LICENCES:
            return _LICENCES[letters]
        named = re.sub(r"[^A-Za-z0-9.]+", "-", self.licence_name).strip("-.")[:60]
        return f"LicenseRef-{named}" if named and letters not in {"unknown", "other"} else "NOASSERTION"


def open_kaggle_model(text: str) -> KaggleModel:
    """Return a version of a model on Kaggle, or on the server in ``KAGGLE_API_ENDPOINT``.

    Args:
        text: Handle, or address of a page; without a version: the newest one.

    Returns:
        The model at that version.

    Raises:
        UsageError: If the handle has another form or framework.
        EntryError: If there is no such model or version, it has no ``config.json``, or the download fails.
        BytesRefusedError: If the server's answer or ``config.json`` is invalid.
    """
    found = parsed_kaggle_handle(text)
    said = f"{SCHEME}{found.name}"
    version, licence = _instance(found)
    files = _files(said, f"{_address(found.name)}/{version}/files")
    if _CONFIG not in files:
        raise EntryError(f"{said} has no {_CONFIG}", "use a preset of KerasHub, or a model of transformers")
    model = KaggleModel(found.name, str(version), files, HubConfig({}, ""), {}, licence)
    return replace(model, config=model.json(_CONFIG))


def open_kaggle_module(text: str) -> tuple[str, str]:
    """Return the source of a SavedModel on Kaggle, with its version, and its licence as an SPDX expression.

    Offline, a handle with a version has its source, and no known licence.

    Raises:
        UsageError: If the handle has another form or framework.
        EntryError: If there is no such model, or the download fails.
        BytesRefusedError: If the server's answer is invalid.
    """
    found = parsed_kaggle_handle(text)
    if settings().offline and found.version is not None:
        return f"{SCHEME}{found.name}/{found.version}", "NOASSERTION"
    version, licence = _instance(found)
    model = KaggleModel(found.name, str(version), {}, HubConfig({}, ""), {}, licence)
    return f"{model.handle}/{version}", model.licence()


def _instance(handle: KaggleSource) -> tuple[int, str]:
    """Return the version of a handle, or the newest one, and the name of the licence."""
    said = f"{SCHEME}{handle.name}"
    if settings().offline:
        raise EntryError(f"{said} cannot be read offline", "run it again without --offline and TLZOO_OFFLINE")
    answer = small_file(said, "its description", f"{_address(handle.name)}/get", None, _MOST_LISTING)
    described = HubConfig(parsed_object(answer, f"{said}: its description"), f"{said}: its description")
    newest = described.integer("versionNumber", most=_MOST_VERSION)
    if handle.version is not None and handle.version > newest:
        raise EntryError(f"{said} has no version {handle.version}", f"the newest one is {newest}")
    return handle.version or newest, described.text("licenseName", "") or ""


def _files(said: str, address: str) -> dict[str, HubFile]:
    """Return the files of a version by path, from all pages of its listing."""
    files: dict[str, HubFile] = {}
    token = ""
    for _ in range(_MOST_PAGES):
        query = "?page_size=100" + (f"&page_token={quote(token, safe='')}" if token else "")
        answer = small_file(said, "its listing", f"{address}{query}", None, _MOST_LISTING)
        listing = HubConfig(parsed_object(answer, f"{said}: its listing"), f"{said}: its listing")
        rows = listing.values.get("files")
        if not isinstance(rows, list):
            raise BytesRefusedError(f"{said}: {kaggle_endpoint()} returned no files", "check KAGGLE_API_ENDPOINT")
        files |= dict(filter(None, map(_file, rows)))
        token = listing.text("nextPageToken", "")
        if not token:
            return files
    raise BytesRefusedError(f"{said} has more than {_MOST_PAGES} pages of files", "use another model")


def _file(row: Any) -> tuple[str, HubFile] | None:
    """Return path and size of a row of the listing; None for a row without a plain path."""
    if not isinstance(row, dict) or not isinstance(path := row.get("name"), str) or not is_plain_path(path):
        return None
    size = row.get("size")
    if isinstance(size, str) and size.isdecimal() and len(size) < _MOST_DIGITS:  # 64-bit numbers may be texts in JSON
        size = int(size)
    return path, HubFile(size if type(size) is int and size > 0 else None, None, None)


def _address(name: str) -> str:
    return f"{kaggle_endpoint()}/api/v1/models/{name}"
