"""Tokenizers of entries, from verified files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.errors import BytesRefusedError, EntryError, did_you_mean

if TYPE_CHECKING:
    import tensorflow as tf

    from tlzoo.registry import Entry

    from .families import Family

__all__ = ["Tokenizer", "open_tokenizer"]

_UNKNOWN = "[UNK]"
_OPTIONS = {"lowercase", "strip_accents"}


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """A tokenizer with the special tokens of a family.

    ``tokenize`` maps a string scalar and a number of words to pieces, int32 (pieces,). ``start``, ``between``, ``end``
    and ``padding`` are positions in its vocabulary. ``identity`` identifies all settings. ``origins`` maps the same to
    the start and the end of each piece in the string, in characters, int32 (pieces, 2).
    """

    tokenize: Callable[[tf.Tensor, int], tf.Tensor]
    start: tuple[int, ...]
    between: tuple[int, ...]
    end: tuple[int, ...]
    padding: int
    identity: str
    origins: Callable[[tf.Tensor, int], tf.Tensor]


def open_tokenizer(entry: Entry, files: Mapping[str, Path], family: Family, *, needed: bool) -> Tokenizer:
    """Return the tokenizer of the kind in the entry's input.

    ``wordpiece`` needs the file ``vocabulary`` (vocab.txt), ``bpe`` also ``merges`` (vocab.json and merges.txt),
    ``sentencepiece`` a SentencePiece model as ``vocabulary``. The option ``tokenizer`` has ``lowercase`` and
    ``strip_accents``; the default of ``strip_accents`` is ``lowercase``. If a file is not on this machine and not
    ``needed``, as for measuring random weights, the tokenizer raises an error when it is used.

    Raises:
        EntryError: For an unknown kind or option, or a missing file.
        BytesRefusedError: For an invalid vocabulary, or one without a special token of the family.
    """
    kind = getattr(entry.input, "tokenizer", "")
    if kind not in _KINDS:
        raise EntryError(f"{entry.id}: unknown tokenizer {kind!r}", did_you_mean(kind, _KINDS))
    options = dict(entry.options.get("tokenizer", {}))
    if unknown := sorted(options.keys() - _OPTIONS):
        raise EntryError(
            f"{entry.id}: unknown option {unknown[0]!r} of the tokenizer", did_you_mean(unknown[0], _OPTIONS)
        )
    for name in ("vocabulary", "merges") if kind == "bpe" else ("vocabulary",):
        if name not in files:
            absent = _absent(entry, name)
            if needed:
                raise absent
            return Tokenizer(_raising(absent), (0,), (0,), (0,), 0, "absent", _raising(absent))
    lowercase = bool(options.get("lowercase", False))
    strip_accents = bool(options.get("strip_accents", lowercase))
    try:
        tokenize, origins, position = _KINDS[kind](files, lowercase, strip_accents, family)
        start, between, end = (_positions(position, pieces) for pieces in (family.start, family.between, family.end))
        padding = _positions(position, (family.padding,))[0] if family.padding else 0
    except (ValueError, KeyError, OSError, RecursionError) as error:
        said = error.args[0] if isinstance(error, KeyError) else error
        raise BytesRefusedError(
            f"{entry.id}: {files['vocabulary']} is not a vocabulary of {kind}: {said}", "replace the file"
        ) from error
    identity = hashlib.sha256(json.dumps([kind, lowercase, strip_accents]).encode())
    for name in ("vocabulary", "merges"):
        if name in files:
            identity.update(files[name].read_bytes())
    return Tokenizer(tokenize, start, between, end, padding, identity.hexdigest(), origins)


def _absent(entry: Entry, name: str) -> EntryError:
    source = entry.files[name].source if name in entry.files else f"the entry's file {name!r}"
    return EntryError(
        f"{entry.id}: {source} is not on this machine", "download it; the tokenizer needs it even for random weights"
    )


def _raising(error: EntryError) -> Callable[[tf.Tensor, int], tf.Tensor]:
    def tokenize(_text: tf.Tensor, _most_words: int) -> tf.Tensor:
        raise error

    return tokenize


def _positions(position: Callable[[str], int | None], pieces: tuple[str, ...]) -> tuple[int, ...]:
    found = [position(piece) for piece in pieces]
    if None in found:
        raise ValueError(f"it lacks {pieces[found.index(None)]!r}")
    return tuple(each for each in found if each is not None)


def _wordpiece(files: Mapping[str, Path], lowercase: bool, strip_accents: bool, _family: Family) -> Any:  # noqa: FBT001
    from tlzoo_text.wordpiece import Spelling

    pieces = files["vocabulary"].read_text(encoding="utf-8").split("\n")
    if pieces and not pieces[-1]:
        pieces.pop()
    positions = {piece: position for position, piece in enumerate(pieces)}
    if len(positions) != len(pieces) or _UNKNOWN not in positions:
        raise ValueError(f"it must have one piece per line, without duplicates, including {_UNKNOWN!r}")
    spelling = Spelling(pieces, lowercase=lowercase, strip_accents=strip_accents)
    return spelling.of_one, spelling.origins, positions.get


def _byte_pairs(files: Mapping[str, Path], lowercase: bool, strip_accents: bool, _family: Family) -> Any:  # noqa: FBT001
    from .byte_pairs import BytePairs

    if lowercase or strip_accents:
        raise ValueError("byte-pair encoding does not support lowercase and strip_accents")
    vocabulary = json.loads(files["vocabulary"].read_bytes())
    if not isinstance(vocabulary, dict) or not all(isinstance(each, int) for each in vocabulary.values()):
        raise ValueError("it must be an object with a position for each piece")
    lines = files["merges"].read_text(encoding="utf-8").split("\n")
    merges = [tuple(line.split(" ")) for line in lines if line and not line.startswith("#version")]
    if any(len(pair) != 2 for pair in merges):  # noqa: PLR2004
        raise ValueError("merges must have two pieces per line")
    pairs = BytePairs(vocabulary, [(pair[0], pair[1]) for pair in merges])
    return pairs, pairs.origins, vocabulary.get


def _sentence_pieces(files: Mapping[str, Path], lowercase: bool, strip_accents: bool, family: Family) -> Any:  # noqa: FBT001
    from .sentence_pieces import SentencePieces

    pieces = SentencePieces(
        files["vocabulary"].read_bytes(), lowercase=lowercase, strip_accents=strip_accents, shifted=family.shifted
    )
    return pieces, pieces.origins, pieces.position


_KINDS: Mapping[str, Callable[..., Any]] = {
    "bpe": _byte_pairs,
    "sentencepiece": _sentence_pieces,
    "wordpiece": _wordpiece,
}
