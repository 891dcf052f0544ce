"""Files of entries: location, download, verification and inspection."""

from .entries import FileReport, fetch_entry, mirror_entry, verify_entry
from .hashing import digest, digests_in, tree_digest, verify, verify_tree
from .hugging_face import HubConfig, HubFile, HubRepository, Importer, open_hub_repository
from .kaggle.model import KaggleModel, open_kaggle_model
from .modules import is_module, module_file, module_folder
from .paths import known_hash
from .pins import lock_path
from .resolution import check_content, locate, resolve, resolve_file
from .savedmodel import (
    ModuleDescription,
    TensorKind,
    check_saved_model,
    describe,
    draws_at_random,
    load_inspected,
    overrides,
    text_operations,
)
from .settings import Limits, Settings, settings, using

__all__ = [
    "FileReport",
    "HubConfig",
    "HubFile",
    "HubRepository",
    "Importer",
    "KaggleModel",
    "Limits",
    "ModuleDescription",
    "Settings",
    "TensorKind",
    "check_content",
    "check_saved_model",
    "describe",
    "digest",
    "digests_in",
    "draws_at_random",
    "fetch_entry",
    "is_module",
    "known_hash",
    "load_inspected",
    "locate",
    "lock_path",
    "mirror_entry",
    "module_file",
    "module_folder",
    "open_hub_repository",
    "open_kaggle_model",
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
