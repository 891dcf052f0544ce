"""Repositories of the Hugging Face Hub, at one commit: their files, hashes and configuration."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from tlzoo.artifacts.fetching.download import Download
from tlzoo.artifacts.settings import settings
from tlzoo.artifacts.sources import hub_endpoint, origin
from tlzoo.errors import BytesRefusedError, EntryError, FetchError
from tlzoo.files.atomic import temporary_folder
from tlzoo.files.folders import cache_folder
from tlzoo.registry import Entry, File
from tlzoo.registry.wheel_source import is_plain_path

from .config import HubConfig, parsed_object
from .handle import parsed_hub_handle
from .model_card import licence_of

__all__ = ["HubFile", "HubRepository", "Importer", "open_hub_repository", "small_file"]

_CONFIG, _CARD, _WEIGHTS = "config.json", "README.md", "model.safetensors"
_COMMIT = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MOST_LISTING, _MOST_FILE = 50 * 10**6, 10 * 10**6


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file in the server's listing: size, and SHA-256 of a large file or Git's hash of a small one."""

    bytes: int | None
    sha256: str | None
    blob: str | None


@dataclass(frozen=True, slots=True)
class HubRepository:
    """A repository of the Hugging Face Hub at one commit. Files are downloaded when they are read."""

    name: str
    """``owner/name``; on Kaggle ``owner/model/framework/variation``."""
    revision: str
    """Hash of the commit, or number of the version on Kaggle, to which the sources of files are pinned."""
    files: Mapping[str, HubFile] = field(repr=False)
    """All files, by path."""
    config: HubConfig = field(repr=False)
    """The content of ``config.json``."""
    contents: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)
    """Content of the files that were read."""

    @property
    def handle(self) -> str:
        """``hf://owner/name``, for messages."""
        return f"hf://{self.name}"

    @property
    def kind(self) -> str:
        """The format of the network: its ``model_type``, ``timm/ARCHITECTURE``, or ``keras/CLASS`` for Keras's layout.

        Raises:
            BytesRefusedError: If ``config.json`` has none of these.
        """
        values = self.config.values
        if "registered_name" in values:
            return f"keras/{self.config.text('class_name')}"
        if "model_type" not in values and "architecture" in values:
            return f"timm/{self.config.text('architecture')}"
        return self.config.text("model_type")

    def json(self, path: str) -> HubConfig:
        """Return the object in a JSON file.

        Raises:
            EntryError: If the repository does not have it, or the download fails.
            BytesRefusedError: If it is not an object in JSON.
        """
        what = f"{self.handle}: {path}"
        return HubConfig(parsed_object(self.read(path), what), what)

    def read(self, path: str) -> bytes:
        """Return the content of a file of at most 10 MB.

        Raises:
            EntryError: If the repository does not have it, or the download fails.
            BytesRefusedError: If it is larger, or is not the listed file.
        """
        listed = self._listed(path)
        if path in self.contents:
            return self.contents[path]
        content = small_file(self.handle, path, origin(self.source(path)), listed.bytes, _MOST_FILE)
        found = hashlib.sha256(content).hexdigest()
        blob = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
        wrong = (listed.sha256 or found) != found or (listed.sha256 is None and (listed.blob or blob) != blob)
        if wrong:
            raise BytesRefusedError(
                f"{self.handle}: {path} does not have the hash in the listing of the server", "try again later"
            )
        self.contents[path] = content
        return content

    def file(self, path: str) -> File:
        """Return a file of an entry, pinned to the commit, with hash and size.

        The listing has the SHA-256 of large files. Other files are downloaded, compared with Git's hash in the
        listing, and hashed. A large file without any hash in the listing has none; it is pinned when it is downloaded.

        Raises:
            EntryError: If the repository does not have it, or the download fails.
            BytesRefusedError: If it is not the listed file.
        """
        listed = self._listed(path)
        if listed.sha256 is not None:
            return File(self.source(path), f"sha256:{listed.sha256}", listed.bytes)
        if listed.bytes is not None and listed.bytes > _MOST_FILE:
            return File(self.source(path), None, listed.bytes)
        content = self.read(path)
        return File(self.source(path), f"sha256:{hashlib.sha256(content).hexdigest()}", len(content))

    def weights(self, path: str = _WEIGHTS, *, parameters: int = 0) -> File:
        """Return the file of weights, as ``file`` does. If neither its size nor its hash is listed, it has none.

        Args:
            path: The file.
            parameters: Number of parameters that ``config.json`` describes at least.

        Returns:
            The file.

        Raises:
            BytesRefusedError: If the repository has only pickled weights, only weights in several files, or a file
                that is too small for the parameters.
            EntryError: If it has no weights, or the download fails.
        """
        if path not in self.files:
            raise self._without(path)
        listed = self._listed(path)
        size = listed.bytes
        if size is None and listed.sha256 is None:
            return File(self.source(path))
        if size is not None and parameters > size:
            raise BytesRefusedError(
                f"{self.handle}: {_CONFIG} describes over {parameters:,} parameters, but {path} has {size:,} bytes",
                "use a repository whose files belong together",
            )
        return self.file(path)

    def _without(self, path: str) -> BytesRefusedError | EntryError:
        """Return the error for a repository without this file of weights."""
        stem, _, suffix = path.rpartition(".")
        pickled = sorted(each for each in self.files if each.endswith((".bin", ".pt", ".pth", ".ckpt", ".pkl")))
        if {f"{stem}.{suffix}.index.json", f"{stem}.json"} & self.files.keys():
            return BytesRefusedError(
                f"{self.handle} has weights in several files", f"use a smaller model, with a single {path}"
            )
        if pickled:
            return BytesRefusedError(
                f"{self.handle} has only pickled weights ({pickled[0]}), which can run code when opened",
                f"use a revision or a repository with {path}",
            )
        return EntryError(f"{self.handle} has no {path}", "use a repository that has it")

    def licence(self) -> str:
        """Return the licence in the model card as an SPDX expression, ``NOASSERTION`` if it names none."""
        return licence_of(self.card())

    def card(self) -> str:
        """Return the model card, ``README.md``; empty if there is none, or if it is not a text of at most 10 MB."""
        if _CARD not in self.files or (self.files[_CARD].bytes or 0) > _MOST_FILE:
            return ""
        return self.read(_CARD).decode("utf-8", errors="replace")

    def source(self, path: str) -> str:
        """Return the source of a file in an entry."""
        return f"{self.handle}@{self.revision}/{path}"

    def _listed(self, path: str) -> HubFile:
        if path not in self.files:
            raise EntryError(f"{self.handle} has no file {path!r}", "use a repository that has it")
        return self.files[path]


Importer = Callable[[HubRepository], Entry]
"""Creates an entry for a repository, without id and licence."""


def open_hub_repository(handle: str) -> HubRepository:
    """Return a repository of the Hugging Face Hub, or of the server in ``HF_ENDPOINT``.

    Args:
        handle: ``hf://OWNER/NAME`` or ``hf://OWNER/NAME@REVISION``; a revision is a branch, a tag or a commit.

    Returns:
        The repository at the present commit of the revision.

    Raises:
        UsageError: If the handle has another form.
        EntryError: If there is no such repository or revision, it has no ``config.json``, or the download fails.
        BytesRefusedError: If the server's answer or ``config.json`` is invalid.
    """
    name, revision = parsed_hub_handle(handle)
    said = f"hf://{name}"
    if settings().offline:
        raise EntryError(f"{handle} cannot be read offline", "run it again without --offline and TLZOO_OFFLINE")
    base = hub_endpoint()
    address = f"{base}/api/models/{name}/revision/{quote(revision, safe='')}?blobs=true"
    listing = parsed_object(
        small_file(said, f"revision {revision}", address, None, _MOST_LISTING), f"{said}: its listing"
    )
    commit = listing.get("sha")
    siblings = listing.get("siblings")
    if not isinstance(commit, str) or not _COMMIT.fullmatch(commit) or not isinstance(siblings, list):
        raise BytesRefusedError(f"{said}: {base} returned no commit and files", "check HF_ENDPOINT")
    files = dict(filter(None, map(_sibling, siblings)))
    if _CONFIG not in files:
        raise EntryError(f"{said} has no {_CONFIG}", "use a repository in the layout of transformers, timm or KerasHub")
    repository = HubRepository(name, commit, files, HubConfig({}, ""))
    return replace(repository, config=repository.json(_CONFIG))


def _sibling(row: Any) -> tuple[str, HubFile] | None:
    """Return path and facts of a row of the listing; None for a row without a plain path."""
    if not isinstance(row, dict) or not isinstance(path := row.get("rfilename"), str) or not is_plain_path(path):
        return None
    large = row.get("lfs")
    size, sha256, blob = row.get("size"), large.get("sha256") if isinstance(large, dict) else None, row.get("blobId")
    return path, HubFile(
        size if type(size) is int and size >= 0 else None,
        sha256 if isinstance(sha256, str) and _SHA256.fullmatch(sha256) else None,
        blob if isinstance(blob, str) and _COMMIT.fullmatch(blob) else None,
    )


def small_file(what: str, name: str, address: str, size: int | None, most: int) -> bytes:
    """Return the content of a file of at most ``most`` bytes, downloaded as all other files.

    Raises EntryError if the download fails, and BytesRefusedError for other bytes than the server states.
    """
    now = settings()
    limited = replace(now, limits=replace(now.limits, file=min(most, now.limits.file)))
    folder = cache_folder() / "downloads"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with temporary_folder(folder / "repository") as inside:
            download = Download(inside / "file", what, name, size)
            download.run([address], limited)
            download.check_stated()
            return download.body.read_bytes()
    except OSError as error:
        raise FetchError(
            f"{what}: {name} cannot be written to {folder}: {error.strerror or error}",
            "free some space, or set TLZOO_CACHE to another folder",
        ) from error
