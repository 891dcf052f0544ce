"""URLs for the source of an entry's file."""

from __future__ import annotations

import os
import re
from pathlib import PurePosixPath
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from tlzoo.errors import BytesRefusedError, EntryError
from tlzoo.registry import File
from tlzoo.registry.kaggle_source import SCHEME as KAGGLE
from tlzoo.registry.kaggle_source import parse_kaggle_source
from tlzoo.registry.wheel_source import SCHEME as WHEEL
from tlzoo.registry.wheel_source import parse_wheel_source

from .kaggle.server import kaggle_authorization, kaggle_url

__all__ = [
    "authorization",
    "check_scheme",
    "file_name",
    "hub_endpoint",
    "is_archive",
    "member",
    "origin",
    "without_credentials",
]

_HUGGING_FACE = re.compile(r"hf://(?P<name>[^/]+/[^/@]+)(@(?P<revision>[^/]+))?(/(?P<path>.+))?")
_HERE = {"localhost", "127.0.0.1", "::1"}


def origin(source: str) -> str:
    """Return the URL of a remote source; a ``wheel:`` source has none, and is returned unchanged.

    >>> origin("hub:https://tfhub.dev/google/nnlm-en-dim50/2")
    'https://tfhub.dev/google/nnlm-en-dim50/2?tf-hub-format=compressed'
    >>> origin("hf://acme/bert@v1/model.weights.h5")
    'https://huggingface.co/acme/bert/resolve/v1/model.weights.h5'
    """
    if source.startswith("hub:"):
        return _compressed(source.removeprefix("hub:"))
    if source.startswith(WHEEL) and parse_wheel_source(source) is None:
        raise EntryError(f"{source!r} is not a file in a wheel", "use wheel:NAME==VERSION/PATH with plain parts")
    if source.startswith(KAGGLE):
        return kaggle_url(source)
    found = _HUGGING_FACE.fullmatch(source)
    if found:
        name, revision, path = found["name"], found["revision"] or "main", found["path"] or ""
        return f"{hub_endpoint()}/{name}/resolve/{quote(revision, safe='')}/{quote(path)}"
    return source


def hub_endpoint() -> str:
    """Return the address of the Hugging Face Hub, or of the server in ``HF_ENDPOINT``."""
    return os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")


def authorization(address: str) -> dict[str, str]:
    """Return the header with the token in ``HF_TOKEN`` for an address of the hub, or credentials for Kaggle."""
    token = os.environ.get("HF_TOKEN", "").strip()
    here, hub = urlsplit(address), urlsplit(hub_endpoint())
    own = (here.scheme, here.netloc) == (hub.scheme, hub.netloc)
    if own and token.isascii() and token.isprintable() and token:
        return {"Authorization": f"Bearer {token}"}
    return kaggle_authorization(address)


def check_scheme(address: str, *, before: str | None = None) -> None:
    """Raise BytesRefusedError unless a URL is https, or http on this machine; ``before`` redirected to it."""
    parts = urlsplit(address)
    here = parts.hostname in _HERE
    was_here = before is None or urlsplit(before).hostname in _HERE
    downgrade = before is not None and urlsplit(before).scheme == "https"
    if parts.scheme == "https" or (parts.scheme == "http" and here and was_here and not downgrade):
        return
    if before is not None:
        raise BytesRefusedError(f"{_without_query(before)} redirects to {_without_query(address)}, which is not https")
    raise BytesRefusedError(f"{_without_query(address)} is not https")


def file_name(source: str) -> str:
    """Return the file name of a source, which loaders rely on.

    >>> file_name("https://example.org/some/net%20a.weights.h5?x=1")
    'net a.weights.h5'
    >>> file_name("hub:https://tfhub.dev/google/imagenet/inception_v3/feature_vector/4")
    'google_imagenet_inception_v3_feature_vector_4.tar.gz'
    """
    if source.startswith("hub:"):
        path = unquote(urlsplit(source.removeprefix("hub:")).path).strip("/")
        return f"{_plain(path.replace('/', '_')) or 'module'}.tar.gz"
    kaggle, found = parse_kaggle_source(source), _HUGGING_FACE.fullmatch(source)
    if kaggle is not None and kaggle.path is None:
        return f"{_plain('_'.join([*kaggle.name.split('/'), str(kaggle.version)]))}.tar.gz"
    if source.startswith((KAGGLE, WHEEL)):
        return _plain(PurePosixPath(source).name) or "file"
    if found and not found["path"]:
        return _plain(found["name"].rpartition("/")[2]) or "folder"
    return _plain(unquote(PurePosixPath(urlsplit(source).path).name)) or "file"


def is_archive(file: File) -> bool:
    """Return whether the loader gets the unpacked content of the file."""
    kaggle = None if file.members else parse_kaggle_source(file.source)
    return file.unpack or file.source.startswith("hub:") or (kaggle is not None and kaggle.path is None)


def member(file: File, path: str) -> File:
    """Return one file of a folder with files declared one by one."""
    first, *others = (_inside(source, path) for source in file.sources)
    return File(first, file.members[path], alternatives=tuple(others))


def _inside(source: str, path: str) -> str:
    base, question, query = source.partition("?")
    inside = path if base.startswith(("hf:", "file:", "package:", KAGGLE, WHEEL)) else quote(path)
    return f"{base.rstrip('/')}/{inside}{question}{query}"


def without_credentials(text: str) -> str:
    """Return a text with its URLs without user names and passwords.

    >>> without_credentials("GET https://me:secret@index.example.org/simple failed")
    'GET https://index.example.org/simple failed'
    """
    return re.sub(r"://[^/\s@]*@", "://", text)


def _compressed(handle: str) -> str:
    parts = urlsplit(handle)
    if not parts.scheme.startswith("http"):
        raise EntryError(f"hub:{handle} is not a URL", "use hub:https://…, or file:/FOLDER for a folder")
    query = f"{parts.query}&tf-hub-format=compressed" if parts.query else "tf-hub-format=compressed"
    return urlunsplit(parts._replace(query=query))


def _without_query(address: str) -> str:
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def _plain(name: str) -> str:
    """Return a name that stays in its folder on every system: no separators, no control characters, not hidden."""
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", name).lstrip(".")[-200:]
