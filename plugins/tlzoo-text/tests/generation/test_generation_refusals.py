"""Data, backbones and options that generation refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tlzoo
from tlzoo.backbones import LoadRequest
from tlzoo.errors import BytesRefusedError, DataError, EntryError, UsageError
from tlzoo.registry import Entry
from tlzoo_text.generation import load_generator, prompts_in_memory


@pytest.mark.slow
def test_data_without_test_pairs_are_refused(zoo: Path, pairs: list[tuple[str, str]], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no test pairs; leave out all="):
        tlzoo.train(data=f"{prompts_in_memory(pairs)}?all=train", backbone="local/gpt2.tiny", out=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("option", [{"calibrate": True}, {"augment": "light"}])
def test_options_of_other_data_are_refused(
    zoo: Path, pairs: list[tuple[str, str]], tmp_path: Path, option: dict[str, Any]
) -> None:
    with pytest.raises(UsageError, match=f"so {next(iter(option))} has no effect"):
        tlzoo.train(data=prompts_in_memory(pairs), backbone="local/gpt2.tiny", out=tmp_path, **option)


@pytest.mark.parametrize(
    ("rows", "header", "query", "error", "said"),
    [
        ([("a", "")] * 4, ("prompt", "completion"), "", DataError, "row 1: the completion is empty; add it"),
        (None, ("question", "answer"), "", UsageError, "has no column 'prompt'; name the column of prompts"),
        (None, ("prompt", "answer"), "?completion=anser", UsageError, "no column 'anser'; did you mean 'answer'?"),
        (None, ("prompt", "completion"), "?promt=a", UsageError, "'prompts:' has no option 'promt'"),
        ([("a", "b")] * 9, ("prompt", "completion"), "", DataError, "has 1 different prompts, too few"),
    ],
)
def test_bad_tables(
    table: Callable[..., str],
    zoo: Path,
    tmp_path: Path,
    rows: list[tuple[str, str]] | None,
    header: tuple[str, str],
    query: str,
    error: type[Exception],
    said: str,
) -> None:
    with pytest.raises(error) as raised:
        tlzoo.train(data=table(rows, header) + query, backbone="local/gpt2.tiny", out=tmp_path)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)
    assert not list(tmp_path.iterdir())


def test_a_backbone_that_is_not_causal_is_refused(table: Callable[..., str], zoo: Path, tmp_path: Path) -> None:
    with pytest.raises(EntryError, match=r"local/bert\.tiny is not a causal language model.*; use an entry of GPT2"):
        tlzoo.train(data=table(), backbone="local/bert.tiny", out=tmp_path)
    with pytest.raises(EntryError, match=r"text/static\.minilm is not a causal language model"):
        load_generator("text/static.minilm")


def test_a_tokenizer_without_an_end_token_is_refused(tiny: Callable[[str], Entry], tmp_path: Path) -> None:
    from tlzoo.artifacts import resolve

    entry = tiny("GPT2Backbone")
    files = dict(resolve(entry))
    vocabulary = json.loads(files["vocabulary"].read_text())
    vocabulary["<|end|>"] = vocabulary.pop("<|endoftext|>")
    files["vocabulary"] = tmp_path / "vocab.json"
    files["vocabulary"].write_text(json.dumps(vocabulary))
    from tlzoo_text.transformers import load_transformer

    with pytest.raises(BytesRefusedError, match=r"is not a vocabulary of bpe: it lacks '<\|endoftext\|>'"):
        load_transformer(entry, files, LoadRequest())
