"""Repositories of the Hugging Face Hub."""

from __future__ import annotations

from .config import HubConfig
from .handle import hub_handle, parsed_hub_handle
from .model_card import licence_of, spdx_name
from .repository import HubFile, HubRepository, Importer, open_hub_repository

__all__ = [
    "HubConfig",
    "HubFile",
    "HubRepository",
    "Importer",
    "hub_handle",
    "licence_of",
    "open_hub_repository",
    "parsed_hub_handle",
    "spdx_name",
]
