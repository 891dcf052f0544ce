"""Bytes with a hash: where an entry's files are, and whether they are what they should be."""

from .hashing import digest, verify
from .resolving import locate, resolve

__all__ = ["digest", "locate", "resolve", "verify"]
