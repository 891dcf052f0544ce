"""What normalization makes of each character, as a table that a TensorFlow graph looks up.

The steps are those of BERT's published tokenizer (Devlin et al. 2019, arXiv 1810.04805, `tokenization.py`): control
characters go, white space becomes a space, ideographs stand alone; then accents are stripped and capitals lowered, each
character by itself; last, punctuation stands alone. No step looks at a neighbour, so that a table says it all.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["Characters"]

_TABLED = 0x2FA20
"""Up to here characters are looked up; of those beyond, what is from here on belongs to no text."""
_NO_TEXT = 0xE0000
_IDEOGRAPHS = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)
_REPLACEMENT, _SPACE = 0xFFFD, 0x20
_CONTROL = {"Cc", "Cf", "Co", "Cs"}
_KEPT, _DROPPED, _BLANK, _ALONE, _REPLACED = range(5)
"""What becomes of a character; from ``_REPLACED`` on, the number of its replacement."""


class Characters:
    """Normalizes one text in a graph: string scalar to string scalar.

    ``split`` is for WordPiece: control characters go, white space is a space, and punctuation and ideographs stand
    between spaces. Without it only accents and capitals are changed.
    """

    def __init__(self, *, lowercase: bool, strip_accents: bool, split: bool) -> None:
        import tensorflow as tf

        fates, replacements = _table(lowercase, strip_accents, split)
        self._split = split
        self._fates, self._replacements = tf.constant(fates), tf.constant(replacements)

    def __call__(self, text: tf.Tensor) -> tf.Tensor:
        """Return the normalized text. Bytes that are no UTF-8 are taken for a control character."""
        import tensorflow as tf

        codes = tf.strings.unicode_decode(text, "UTF-8", errors="replace", replacement_char=_REPLACEMENT)
        beyond = tf.where((codes >= _NO_TEXT) & self._split, _DROPPED, _KEPT)
        fates = tf.where(codes < _TABLED, tf.gather(self._fates, tf.minimum(codes, _TABLED - 1)), beyond)
        spaces = tf.fill(tf.shape(codes), _SPACE)
        nothing = tf.zeros_like(codes)
        before = tf.where((fates == _BLANK) | (fates == _ALONE), spaces, nothing)
        itself = tf.where((fates == _KEPT) | (fates == _ALONE), codes, nothing)
        after = tf.where(fates == _ALONE, spaces, nothing)
        width = self._replacements.shape[1]
        plain = tf.pad(tf.stack([before, itself, after], axis=1), [[0, 0], [0, width - 3]])
        replaced = tf.gather(self._replacements, tf.maximum(fates - _REPLACED, 0))
        made = tf.where((fates >= _REPLACED)[:, tf.newaxis], replaced, plain)
        return tf.strings.unicode_encode(tf.boolean_mask(made, made > 0), "UTF-8")


@cache
def _table(lowercase: bool, strip_accents: bool, split: bool) -> tuple[np.ndarray, np.ndarray]:  # noqa: FBT001
    """Return the fate of each character, int32 (characters,), and the replacements (n, width), zero at the end."""
    fates = np.full(_TABLED, _KEPT, np.int32)
    replacements: dict[str, int] = {}
    for code in range(1, _TABLED):
        character = chr(code)
        fate, made = _fate(character, lowercase=lowercase, strip_accents=strip_accents, split=split)
        fates[code] = replacements.setdefault(made, len(replacements)) + _REPLACED if made else fate
    fates[0] = _DROPPED
    rows = np.zeros((max(len(replacements), 1), max(3, *map(len, replacements or ["   "]))), np.int32)
    for made, row in replacements.items():
        rows[row, : len(made)] = [ord(each) for each in made]
    return fates, rows


def _fate(character: str, *, lowercase: bool, strip_accents: bool, split: bool) -> tuple[int, str]:
    """Return what becomes of a character, and its replacement where it has one."""
    if split:
        if character in "\t\n\r" or unicodedata.category(character) == "Zs":
            return _BLANK, ""
        if ord(character) == _REPLACEMENT or unicodedata.category(character) in _CONTROL:
            return _DROPPED, ""
    made = character
    if strip_accents:
        made = "".join(each for each in unicodedata.normalize("NFD", made) if unicodedata.category(each) != "Mn")
    if lowercase:
        made = "".join(each.lower() for each in made)
    alone = split and any(low <= ord(character) <= high for low, high in _IDEOGRAPHS)
    if not made:
        return _DROPPED, ""
    if made == character:
        return (_ALONE if alone or (split and _is_punctuation(made)) else _KEPT), ""
    parts = [f" {each} " if split and _is_punctuation(each) else each for each in made]
    return _REPLACED, f" {''.join(parts)} " if alone else "".join(parts)


def _is_punctuation(character: str) -> bool:
    """Say whether it stands alone: Unicode's punctuation, and what ASCII has beside letters and digits."""
    code = ord(character)
    ascii_sign = 0x21 <= code <= 0x7E and not character.isalnum()  # noqa: PLR2004
    return ascii_sign or unicodedata.category(character)[0] == "P"
