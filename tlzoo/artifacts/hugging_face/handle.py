"""Handles of repositories of the Hugging Face Hub: ``hf://OWNER/NAME`` and ``hf://OWNER/NAME@REVISION``."""

from __future__ import annotations

import re

from tlzoo.errors import UsageError

__all__ = ["hub_handle", "parsed_hub_handle"]

_HANDLE = re.compile(r"hf://(?P<name>[\w][\w.-]*/[\w][\w.-]*)(@(?P<revision>[\w][\w./-]*))?", re.ASCII)
_PAGE = re.compile(
    r"https://huggingface\.co/(?!(?:datasets|spaces|docs|collections|papers)/)(?P<name>[^/?#]+/[^/?#]+)"
    r"(?:/tree/(?P<revision>[^?#]+?))?/?(?:[?#].*)?"
)


def hub_handle(text: str) -> str | None:
    """Return a handle for what the user gave: a handle, or the address of a page; None for anything else.

    >>> hub_handle("https://huggingface.co/facebook/dinov2-small/tree/main")
    'hf://facebook/dinov2-small@main'
    """
    page = _PAGE.fullmatch(text)
    if page is not None:
        return f"hf://{page['name']}" + (f"@{page['revision']}" if page["revision"] else "")
    return text if text.startswith("hf://") else None


def parsed_hub_handle(text: str) -> tuple[str, str]:
    """Return ``owner/name`` and revision of a handle; raise UsageError for other forms."""
    found = _HANDLE.fullmatch(hub_handle(text) or text)
    if found is None:
        raise UsageError(f"{text!r} is not a repository", "use hf://OWNER/NAME or hf://OWNER/NAME@REVISION")
    return found["name"], found["revision"] or "main"
