"""Samples on an HTML page: pictures or texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.modalities import require_modality

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tlzoo.data import Samples

__all__ = ["Example", "examples_of"]

_EXCERPT = 280


@dataclass(frozen=True, slots=True)
class Example:
    """A sample on a page: ``image`` is uint8 (height, width, channels) or None, ``texts`` are excerpts."""

    name: str
    label: str
    image: NDArray[np.generic] | None
    texts: tuple[str, ...]
    remark: str = ""


def examples_of(
    samples: Samples, positions: Sequence[int], labels: Sequence[str], remarks: Sequence[str]
) -> list[Example]:
    """Return the samples at these positions. ``labels`` and ``remarks`` are shown; ``remarks`` may be empty."""
    if not positions:
        return []
    examples = samples.examples
    seen = map(require_modality(examples.modality).glimpse, examples.stream(np.array(positions, np.int64)))
    return [
        Example(
            name=examples.name(position),
            label=labels[at],
            image=glimpse.image,
            texts=tuple(map(_excerpt, glimpse.texts or ((glimpse.facts,) if glimpse.facts else ()))),
            remark=remarks[at] if remarks else "",
        )
        for at, (position, glimpse) in enumerate(zip(positions, seen, strict=True))
    ]


def _excerpt(text: str) -> str:
    return text if len(text) <= _EXCERPT else text[:_EXCERPT].rstrip() + " …"
