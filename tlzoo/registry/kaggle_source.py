"""Sources on Kaggle: ``kaggle://OWNER/MODEL/FRAMEWORK/VARIATION/VERSION``, and files in one with ``/PATH``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .wheel_source import is_plain_path

SCHEME = "kaggle://"
_PART = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?"
_FORM = re.compile(
    rf"kaggle://(?P<name>{_PART}(?:/{_PART}){{3}})(?:/(?P<version>[1-9][0-9]{{0,8}})(?:/(?P<path>.+))?)?"
)


@dataclass(frozen=True, slots=True)
class KaggleSource:
    """A version of a model on Kaggle, or one of its files."""

    name: str
    """``owner/model/framework/variation``."""
    version: int | None
    """None: the newest one. An entry names its version."""
    path: str | None
    """None: all files, as one archive."""


def parse_kaggle_source(text: str) -> KaggleSource | None:
    """Return the parts of a ``kaggle://`` source or handle; None if a part is not plain.

    >>> parse_kaggle_source("kaggle://keras/bert/keras/bert_tiny_en_uncased/3/config.json")
    KaggleSource(name='keras/bert/keras/bert_tiny_en_uncased', version=3, path='config.json')
    >>> parse_kaggle_source("kaggle://keras/bert"), parse_kaggle_source("kaggle://a/b/c/d/1/../e")
    (None, None)
    """
    found = _FORM.fullmatch(text)
    if found is None or not text.isprintable() or not is_plain_path(found["path"] or "file"):
        return None
    return KaggleSource(found["name"], int(found["version"]) if found["version"] else None, found["path"])
