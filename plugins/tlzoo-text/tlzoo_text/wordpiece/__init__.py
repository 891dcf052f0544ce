"""BERT's uncased WordPiece tokenizer as a Keras layer of plain TensorFlow operations."""

from tlzoo_text.wordpiece.layer import WordPiece
from tlzoo_text.wordpiece.vocabulary import read_vocabulary

__all__ = ["WordPiece", "read_vocabulary"]
