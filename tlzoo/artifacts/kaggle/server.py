"""Addresses of Kaggle's API, and the user's credentials for it."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from urllib.parse import quote, urlsplit

from tlzoo.errors import EntryError, UsageError
from tlzoo.files.folders import expanded
from tlzoo.registry.kaggle_source import parse_kaggle_source

__all__ = ["kaggle_authorization", "kaggle_endpoint", "kaggle_url"]

_MOST_CREDENTIALS = 100_000


def kaggle_endpoint() -> str:
    """Return the address of Kaggle, or of the server in ``KAGGLE_API_ENDPOINT``."""
    return os.environ.get("KAGGLE_API_ENDPOINT", "https://www.kaggle.com").rstrip("/")


def kaggle_url(source: str) -> str:
    """Return the URL of a file, or of the archive of a whole version.

    >>> kaggle_url("kaggle://google/nnlm/tensorFlow2/en-dim50/1")
    'https://www.kaggle.com/api/v1/models/google/nnlm/tensorFlow2/en-dim50/1/download'

    Raises:
        EntryError: If the source has no version, or is not plain.
    """
    found = parse_kaggle_source(source)
    if found is None or found.version is None:
        raise EntryError(
            f"{source!r} is not a version on Kaggle", "use kaggle://OWNER/MODEL/FRAMEWORK/VARIATION/VERSION[/PATH]"
        )
    address = f"{kaggle_endpoint()}/api/v1/models/{found.name}/{found.version}/download"
    return address if found.path is None else f"{address}/{quote(found.path)}"


def kaggle_authorization(address: str) -> dict[str, str]:
    """Return the header with the user's credentials, for an address of Kaggle only; empty without credentials.

    They are ``KAGGLE_API_TOKEN``, else ``KAGGLE_USERNAME`` and ``KAGGLE_KEY``, else those in ``kaggle.json``.

    Raises:
        UsageError: If ``kaggle.json`` has no user name and key.
    """
    here, kaggle = urlsplit(address), urlsplit(kaggle_endpoint())
    if (here.scheme, here.netloc) != (kaggle.scheme, kaggle.netloc):
        return {}
    token = os.environ.get("KAGGLE_API_TOKEN", "").strip()
    if _is_plain(token):
        return {"Authorization": f"Bearer {token}"}
    name, key = os.environ.get("KAGGLE_USERNAME", "").strip(), os.environ.get("KAGGLE_KEY", "").strip()
    if not (name and key):
        name, key = _in_file()
    if not (_is_plain(name) and _is_plain(key)):
        return {}
    return {"Authorization": f"Basic {base64.b64encode(f'{name}:{key}'.encode()).decode()}"}


def _in_file() -> tuple[str, str]:
    """Return user name and key of ``kaggle.json``; empty if there is no such file."""
    path = expanded(os.environ.get("KAGGLE_CONFIG_DIR") or "~/.kaggle") / "kaggle.json"
    try:
        found = json.loads(_read(path))
        name, key = found["username"], found["key"]
    except (FileNotFoundError, NotADirectoryError):
        return "", ""
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        name = key = None
    if not (isinstance(name, str) and isinstance(key, str)):
        raise UsageError(f"{path} has no 'username' and 'key'", "download it again from your account, or remove it")
    return name.strip(), key.strip()


def _read(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(_MOST_CREDENTIALS)


def _is_plain(text: str) -> bool:
    return bool(text) and text.isascii() and text.isprintable()
