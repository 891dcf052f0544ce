"""Bytes with a hash: where an entry's files are, how they get there, and whether they are what they should be."""

from .entries import FileReport, fetch_entry, mirror_entry, verify_entry
from .hashing import digest, digests_in, tree_digest, verify, verify_tree
from .pins import lock_path
from .places import known_hash
from .resolving import check_content, locate, resolve, resolve_file
from .savedmodel import check_saved_model, draws_at_random, overrides, text_operations
from .settings import Limits, Settings, settings, using

__all__ = [
    "FileReport",
    "Limits",
    "Settings",
    "check_content",
    "check_saved_model",
    "digest",
    "digests_in",
    "draws_at_random",
    "fetch_entry",
    "known_hash",
    "locate",
    "lock_path",
    "mirror_entry",
    "overrides",
    "resolve",
    "resolve_file",
    "settings",
    "text_operations",
    "tree_digest",
    "using",
    "verify",
    "verify_entry",
    "verify_tree",
]
