"""Preprocessing of an entry, defined completely by its input contract."""

from tlzoo.backbones import contract_preprocessing as preprocessing_of

__all__ = ["preprocessing_of"]
