"""Background of transparent pixels: the option ``alpha=`` of all sources of image files."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from tlzoo.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlzoo.data.contract import Digests

Background: TypeAlias = tuple[int, int, int] | None
"""Red, green and blue in 0..255; None to drop the alpha channel and keep the stored colours."""

WHITE: Background = (255, 255, 255)
BLACK: Background = (0, 0, 0)
_NAMED: Mapping[str, Background] = {"white": WHITE, "grey": (128, 128, 128), "black": BLACK, "drop": None}


def background_of(alpha: str | None) -> Background:
    """Return the background of the option ``alpha=``; white without the option.

    Raises:
        UsageError: For anything but ``white``, ``grey``, ``black``, ``drop`` or six hexadecimal digits.
    """
    if alpha is None:
        return WHITE
    if alpha in _NAMED:
        return _NAMED[alpha]
    if re.fullmatch(r"#?[0-9a-fA-F]{6}", alpha) is None:
        fix = f"use {', '.join(_NAMED)}, or a colour as in alpha=ff8800"
        raise UsageError(f"alpha={alpha} is not a background for transparent pixels", fix)
    red, green, blue = bytes.fromhex(alpha.removeprefix("#"))
    return red, green, blue


def describe_transparency(transparent: int, images: int, background: Background) -> tuple[str, ...]:
    """Return a note on the number of images with transparent pixels and their background; empty without any."""
    if not transparent:
        return ()
    name = next((each for each, value in _NAMED.items() if value == background), None)
    done = f"composited over {name or f'the colour {bytes(background or ()).hex()}'}"
    have = "image has" if transparent == 1 else "images have"
    if background is None:
        done = "read without their alpha channel"
    return (f"{transparent:,} of {images:,} {have} transparent pixels, {done}; alpha= chooses another background",)


def digests_over(digests: Digests, background: Background) -> Digests:
    """Return digests of images over a background; over white, the default, those of their files."""
    if background == WHITE:
        return digests
    mark = f"over {background}".encode()
    rows = b"".join(hashlib.sha256(row.tobytes() + mark).digest() for row in digests)
    return np.frombuffer(rows, np.uint8).reshape(-1, 32)
