"""A mutant: one line of a source file, changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Mutant:
    """A fault that is applied to one line.

    Attributes:
        name: Unique name, the value of ``--only``.
        kind: ``"hand"`` for one of the chosen faults, ``"drawn"`` for one from the mutation library.
        file: Path of the source file from the root of the checkout, with slashes.
        line: Number of the changed line, from 1.
        before: The line without its indentation.
        after: The changed line without its indentation.
        what: What the fault does, or the operator that made it.
        source: The whole changed file.
    """

    name: str
    kind: Literal["hand", "drawn"]
    file: str
    line: int
    before: str
    after: str
    what: str
    source: str


def mutant(name: str, kind: Literal["hand", "drawn"], file: str, texts: tuple[str, str], what: str) -> Mutant:
    """Return the mutant between the two ``texts`` of a file.

    Raises:
        ValueError: The texts do not differ in exactly one line.
    """
    old, new = (text.splitlines() for text in texts)
    differing = [at for at, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]]
    if len(old) != len(new) or len(differing) != 1:
        raise ValueError(f"{name}: the change of {file} is not one line")
    at = differing[0]
    return Mutant(name, kind, file, at + 1, old[at].strip(), new[at].strip(), what, texts[1])
