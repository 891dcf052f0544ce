"""Handles of models on Kaggle, and addresses of their pages."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tlzoo.errors import UsageError
from tlzoo.registry.kaggle_source import SCHEME, KaggleSource, parse_kaggle_source

__all__ = ["has_config", "kaggle_handle", "parsed_kaggle_handle"]

_FORM = "kaggle://OWNER/MODEL/FRAMEWORK/VARIATION[/VERSION]"
_PAGE = re.compile(r"https://(?:www\.)?kaggle\.com/models/(?P<parts>[^?#]+?)/?(?:[?#].*)?")
_FRAMEWORKS: Mapping[str, str] = {
    name.lower(): name
    for name in (
        *("keras", "transformers", "tensorFlow1", "tensorFlow2", "tfLite", "tfJs", "pyTorch", "jax", "flax"),
        *("scikitLearn", "onnx", "gemmaCpp", "gguf", "other"),
    )
}
"""Frameworks in the spelling of Kaggle's API. Its pages spell some otherwise, such as TensorFlow2."""
_WITH_CONFIG = {"keras", "transformers"}


def kaggle_handle(text: str) -> str | None:
    """Return a handle for what the user gave: a handle, or the address of a page on Kaggle; None for anything else.

    >>> kaggle_handle("https://www.kaggle.com/models/google/nnlm/TensorFlow2/en-dim50/1")
    'kaggle://google/nnlm/tensorFlow2/en-dim50/1'
    """
    page = _PAGE.fullmatch(text)
    handle = f"{SCHEME}{page['parts']}" if page is not None else text
    if not handle.startswith(SCHEME):
        return None
    owner, model, framework, *others = [*handle.removeprefix(SCHEME).split("/"), "", "", ""]
    spelled = _FRAMEWORKS.get(framework.lower(), framework)
    return SCHEME + "/".join([owner, model, spelled, *others]).rstrip("/")


def parsed_kaggle_handle(text: str) -> KaggleSource:
    """Return the parts of a handle; raise UsageError for other forms, and for frameworks that tlzoo does not read."""
    found = parse_kaggle_source(kaggle_handle(text) or text)
    if found is None or found.path is not None:
        raise UsageError(f"{text!r} is not a model on Kaggle", f"use {_FORM}")
    framework = found.name.split("/")[2]
    if framework not in {*_WITH_CONFIG, "tensorFlow2"}:
        raise UsageError(
            f"{text}: no loader for models of the framework {framework!r}",
            "supported: keras, tensorFlow2, transformers",
        )
    return found


def has_config(handle: KaggleSource) -> bool:
    """Return whether models of a framework have a ``config.json`` for importers; others are SavedModels."""
    return handle.name.split("/")[2] in _WITH_CONFIG
