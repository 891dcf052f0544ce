"""BERT's WordPiece tokenizer in plain TensorFlow operations: a Keras layer, and a function of one text."""

from tlzoo_text.wordpiece.layer import BYTES_A_TOKEN, WordPiece
from tlzoo_text.wordpiece.spelling import Spelling
from tlzoo_text.wordpiece.vocabulary import read_vocabulary

__all__ = ["BYTES_A_TOKEN", "Spelling", "WordPiece", "read_vocabulary"]
