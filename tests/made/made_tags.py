"""A made corpus: sentences with names and places, in columns and as spans."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

NAMES = ["ana", "bob lee", "carla", "dieter", "eve smith", "frank"]
PLACES = ["rome", "new york", "oslo", "lima", "paris"]
FRAMES = ["{} lives in {} .", "in {1} , {0} met a friend .", "{} left {} today", "nobody went to {1} .", "{0} , {0} !"]


def sentences(count: int, seed: int = 0) -> list[tuple[list[str], list[str]]]:
    """Return words and BIO tags."""
    draw = np.random.default_rng(seed)
    found = []
    for number in range(count):
        name, place = draw.choice(NAMES), draw.choice(PLACES)
        words: list[str] = []
        tags: list[str] = []
        for part in FRAMES[number % len(FRAMES)].replace("{}", "{0}", 1).replace("{}", "{1}", 1).split():
            kind = {"{0}": ("PER", name), "{1}": ("LOC", place)}.get(part)
            own = [part] if kind is None else kind[1].split()
            words += own
            tags += ["O"] if kind is None else [f"B-{kind[0]}", *[f"I-{kind[0]}"] * (len(own) - 1)]
        found.append((words, tags))
    return found


def write_columns(path: Path, rows: list[tuple[list[str], list[str]]]) -> Path:
    """Write sentences in columns: word, a number, and tag."""
    blocks = ["\n".join(f"{word} {at} {tag}" for at, (word, tag) in enumerate(zip(*row, strict=True))) for row in rows]
    path.write_text("-DOCSTART- -X- O\n\n" + "\n\n".join(blocks) + "\n", encoding="utf-8")
    return path


def write_folder(folder: Path) -> Path:
    """Write the files of three splits."""
    folder.mkdir(exist_ok=True)
    for seed, (name, count) in enumerate({"train": 60, "valid": 20, "test": 20}.items()):
        write_columns(folder / f"{name}.txt", sentences(count, seed))
    return folder


def as_spans(words: list[str], tags: list[str]) -> tuple[str, list[list[int | str]]]:
    """Return the text of words, and its spans."""
    spans: list[list[int | str]] = []
    at = 0
    for word, tag in zip(words, tags, strict=True):
        if tag[0] == "B":
            spans.append([at, at + len(word), tag[2:]])
        elif tag[0] == "I":
            spans[-1][1] = at + len(word)
        at += len(word) + 1
    return " ".join(words), spans


def write_spans(path: Path, rows: list[tuple[list[str], list[str]]]) -> Path:
    """Write sentences as JSON Lines."""
    found = (dict(zip(("text", "spans"), as_spans(*row), strict=True)) for row in rows)
    path.write_text("".join(json.dumps(each) + "\n" for each in found), encoding="utf-8")
    return path
