"""Tokens of pairs, and texts of tokens."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.errors import EntryError, UsageError
from tlzoo.progress import Progress, Silent

if TYPE_CHECKING:
    from tlzoo.backbones import Backbone

    from .data import PromptData

__all__ = ["Codec", "Pairs"]

_MOST_WORDS = 8192
"""Limit of the words that are read of a text; no supported backbone has so many positions."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """The tokens of pairs, int32 (tokens,) each; ``begins`` are the positions of their first completion tokens.

    ``cut`` is the number of pairs whose completion was truncated to fit a row.
    """

    tokens: tuple[np.ndarray, ...]
    begins: tuple[int, ...]
    cut: int = 0

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.tokens)


class Codec:
    """Converts pairs to tokens, and tokens to text.

    A pair is ``start prompt separator completion end``. The end token is also the start token, as between the documents
    of GPT-2's pretraining.

    Args:
        backbone: A causal transformer with byte-pair encoding.
        separator: The text between prompt and completion.

    Raises:
        EntryError: If its tokenizer cannot turn tokens into text, or has no end token.
    """

    def __init__(self, backbone: Backbone, separator: str) -> None:
        prepare: Any = backbone.preprocessing.prepare
        bytes_of = getattr(getattr(prepare, "tokenize", None), "bytes_of", None)
        if bytes_of is None:
            raise EntryError("the tokenizer of this backbone cannot turn tokens into text", "use a GPT-2 entry")
        if not prepare.end:
            raise EntryError("the tokenizer of this backbone has no end token", "use a vocabulary with one")
        self.length: int = prepare.length
        self.end: int = prepare.end[0]
        self.identity: str = prepare.identity
        self.separator = separator
        self._prepare, self._bytes_of = prepare, bytes_of

    def prompt(self, text: str) -> np.ndarray:
        """Return the tokens of a prompt with start token and separator, int32 (tokens,).

        Raises:
            UsageError: If it fills a row, which leaves no room for a completion.
        """
        tokens = self.tokens(text + self.separator)
        whole = np.concatenate([[self.end], tokens]).astype(np.int32)
        if len(whole) >= self.length:
            raise UsageError(
                f"the prompt {text!r:.40} has {len(whole)} tokens, but a row has {self.length}",
                "shorten it, or train with a larger --sequence-length",
            )
        return whole

    def pairs(self, data: PromptData, positions: Sequence[int] | np.ndarray, progress: Progress | None = None) -> Pairs:
        """Return the tokens of pairs at these positions; long completions are truncated.

        Raises:
            UsageError: For a prompt that fills a row.
        """
        texts = [text for at in positions for text in (data.prompts[at] + self.separator, data.completions[at])]
        found = self._all_tokens(texts, progress or Silent())
        tokens, begins, cut = [], [], 0
        for at, prompt, answer in zip(positions, found[::2], found[1::2], strict=True):
            begin = len(prompt) + 1
            if begin >= self.length:
                raise UsageError(
                    f"{data.row(int(at))}: the prompt has {begin} tokens, but a row has {self.length}",
                    "shorten it, or use a larger --sequence-length, up to that of the backbone",
                )
            whole = np.concatenate([[self.end], prompt, answer, [self.end]]).astype(np.int32)
            cut += len(whole) > self.length
            tokens.append(whole[: self.length])
            begins.append(begin)
        return Pairs(tuple(tokens), tuple(begins), cut)

    def text(self, tokens: Iterable[int]) -> str:
        """Return the text of tokens."""
        return "".join(self.texts(tokens))

    def texts(self, tokens: Iterable[int]) -> Iterator[str]:
        """Yield the text of tokens as soon as its characters are complete; some tokens end within a character."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        for token in tokens:
            if text := decoder.decode(self._bytes_of(int(token))):
                yield text
        if text := decoder.decode(b"", final=True):
            yield text

    def tokens(self, text: str) -> np.ndarray:
        """Return the tokens of a text, without start and end token, int32 (tokens,)."""
        import tensorflow as tf

        found: np.ndarray = self._tokenize(tf.constant(text.encode("utf-8", "replace"))).numpy()
        return found

    def _all_tokens(self, texts: Sequence[str], progress: Progress) -> list[np.ndarray]:
        """Return the tokens of texts, computed on all cores."""
        import tensorflow as tf

        encoded = tf.constant([text.encode("utf-8", "replace") for text in texts], tf.string, (len(texts),))
        stream = tf.data.Dataset.from_tensor_slices(encoded).map(
            self._tokenize, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True
        )
        found = []
        with progress.track("tokenizing", len(texts), "texts") as advance:
            for tokens in stream.as_numpy_iterator():
                found.append(tokens)
                advance(1)
        return found

    @cached_property
    def _tokenize(self) -> Any:
        import tensorflow as tf

        signature = [tf.TensorSpec((), tf.string)]
        return tf.function(
            lambda text: self._prepare.tokens(text, _MOST_WORDS), input_signature=signature, autograph=False
        )
