"""Repositories of the Hugging Face Hub."""

from __future__ import annotations

from .config import HubConfig
from .model_card import licence_of
from .repository import HubFile, HubRepository, Importer, is_hub_repository, open_hub_repository

__all__ = [
    "HubConfig",
    "HubFile",
    "HubRepository",
    "Importer",
    "is_hub_repository",
    "licence_of",
    "open_hub_repository",
]
