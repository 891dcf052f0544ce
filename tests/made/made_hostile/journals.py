"""Run folders from elsewhere: journal, result and recipe with any content, listed and shown."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import strategies as st

from made_hostile.contract import Kind, command
from made_hostile.mutations import mutated
from tlzoo.runs.files.journal import Journal

_JOURNAL = b"".join(
    json.dumps(line).encode() + b"\n"
    for line in (
        {"event": "data", "fingerprint": "ab" * 32, "sizes": {"train": 8}},
        {"event": "phase", "position": 0, "phase": {"name": "head"}},
        {"event": "result", "position": 0, "validation": {"score": 0.5}, "checkpoint": "0-1"},
        {"event": "kept", "phase": "head", "checkpoint": "0-1"},
    )
)
_RESULT = json.dumps(
    {
        "run": "x",
        "backbone": "glyphnet",
        "data": "digits:",
        "strategy": "fine-tune",
        "head": "linear",
        "seed": 0,
        "weights": "pretrained",
        "seconds": 1.5,
        "phases": [],
        "task": "classification",
        "test": {"accuracy": 0.5, "macro_f1": 0.5, "examples": 2, "per_class": {}},
    }
).encode()
_RECIPE = b'data = "digits:"\nbackbone = "glyphnet"\n'
_keys = st.sampled_from(["test", "run", "seconds", "a"])
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["test", "run", "seconds", "a"]), inner, max_size=3)
    ),
)


def feed_journal(content: bytes, folder: Path) -> None:
    (folder / "journal.jsonl").write_bytes(content)
    journal = Journal(folder / "journal.jsonl")
    journal.find("kept")


def feed_run(drawn: tuple[bytes, bytes], folder: Path) -> None:
    result, recipe = drawn
    run = folder / "runs" / "one"
    run.mkdir(parents=True)
    (run / "recipe.toml").write_bytes(recipe)
    (run / "result.json").write_bytes(result)
    command("runs", "--out", str(folder / "runs"))
    command("runs", "--out", str(folder / "runs"), "--json")
    command("runs", "show", str(run))


KINDS = (
    Kind("journals", mutated((_JOURNAL,)) | st.binary(max_size=60), feed_journal),
    Kind(
        "run-folders",
        st.tuples(
            mutated((_RESULT,)) | _json.map(lambda value: json.dumps(value).encode()) | st.just(b"[" * 5000),
            st.just(_RECIPE) | mutated((_RECIPE,)),
        ),
        feed_run,
    ),
)
