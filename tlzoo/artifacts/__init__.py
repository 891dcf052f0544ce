"""Bytes with a hash: where an entry's files are, how they get there, and whether they are what they should be."""

from .hashing import digest, digests_in, tree_digest, verify, verify_tree
from .pins import lock_path
from .places import known_hash
from .resolving import check_content, locate, resolve, resolve_file
from .savedmodel import check_saved_model, overrides
from .settings import Limits, Settings, settings, using

__all__ = [
    "Limits",
    "Settings",
    "check_content",
    "check_saved_model",
    "digest",
    "digests_in",
    "known_hash",
    "locate",
    "lock_path",
    "overrides",
    "resolve",
    "resolve_file",
    "settings",
    "tree_digest",
    "using",
    "verify",
    "verify_tree",
]
