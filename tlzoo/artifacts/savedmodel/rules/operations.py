"""Lists of operations: always allowed, and allowed under conditions."""

from __future__ import annotations

from functools import cache
from pathlib import Path

__all__ = ["RESTORES", "SAVER", "TEXT_FILE_INPUT", "allowed", "allowed_text"]

TEXT_FILE_INPUT = {"InitializeTableFromTextFile": 1, "InitializeTableFromTextFileV2": 1, "ReadFile": 0}
"""Operations that read a file, with the input that is its name."""
RESTORES = {"Restore", "RestoreSlice", "RestoreV2"}
"""Operations of a saver that restore variables; input 1 is the names of the variables."""
SAVER = {*RESTORES, "MergeV2Checkpoints", "Save", "SaveSlices", "SaveV2"}
"""Operations allowed in a saver's subgraph, which is not loaded."""


@cache
def allowed() -> frozenset[str]:
    """Return the operations that are always allowed: they compute, without access to files, network or Python."""
    return _listed("operations.txt") | allowed_text()


@cache
def allowed_text() -> frozenset[str]:
    """Return the allowed operations of the package tensorflow-text, which has to be imported first."""
    return _listed("text_operations.txt")


def _listed(name: str) -> frozenset[str]:
    lines = Path(__file__).with_name(name).read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
