"""From an entry's input contract to preprocessing: the contract says all, so that what it declares is what is done."""

from tlzoo.backbones import contract_preprocessing as preprocessing_of

__all__ = ["preprocessing_of"]
