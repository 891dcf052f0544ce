"""The data source ``prompts:FILE``: prompts with completions, as data for the trainer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np

from tlzoo.data import TrainerData, refuse_unknown_options, split_of, table_inputs
from tlzoo.errors import DataError, EntryError, UsageError
from tlzoo.progress import Progress, Silent

from .memory import MEMORY, held
from .task import Generation

if TYPE_CHECKING:
    from tlzoo.registry import Entry

__all__ = ["SPLITS", "PromptData", "base_entry", "prompt_data", "prompts", "require_causal"]

SPLITS = ("train", "validation", "test")
_FORMAT = ("encoding", "delimiter")
_OPTIONS = ("prompt", "completion", "split", "split_seed", "all", *_FORMAT)
_SHARES = {"validation": 0.15, "test": 0.15}
_FEWEST = 3


@dataclass(frozen=True, eq=False, kw_only=True)
class PromptData(TrainerData):
    """Pairs of prompt and completion with splits.

    Args:
        prompts: The prompts.
        completions: The completions, none empty.
        splits: Sorted positions (int64) in ``train``, ``validation`` and ``test``.
    """

    prompts: tuple[str, ...]
    completions: tuple[str, ...]
    splits: Mapping[str, np.ndarray]
    modality: str = "text"
    head: str | None = "causal-lm"

    @property
    def sizes(self) -> Mapping[str, int]:
        """The number of pairs in each split."""
        return {name: len(self.splits[name]) for name in SPLITS}

    def row(self, position: int) -> str:
        """Return the place of a pair for messages, counted from 1."""
        return f"{self.source}, row {position + 1}"

    def describe(self) -> dict[str, Any]:
        """Return the sizes of the splits, for the journal."""
        return {"splits": dict(self.sizes)}

    def score_name(self, balance: str) -> str:  # noqa: ARG002 - there are no classes
        """Return the name of the score that compares phases."""
        return "log likelihood"

    def check(self, entry: Entry) -> None:
        """Raise EntryError for a backbone that is not a causal language model."""
        require_causal(entry)

    @cached_property
    def repeated(self) -> int:
        """The number of test pairs that are also in the training split."""
        pairs = list(zip(self.prompts, self.completions, strict=True))
        trained = {pairs[at] for at in self.splits["train"]}
        return sum(pairs[at] in trained for at in self.splits["test"])


def require_causal(entry: Entry) -> None:
    """Raise EntryError for an entry whose tokens attend to later ones: it cannot continue a text."""
    from tlzoo_text.transformers.families import FAMILIES

    family = FAMILIES.get(str(base_entry(entry).options.get("class")))
    if family is None or not family.causal:
        causal = ", ".join(name for name, each in FAMILIES.items() if each.causal)
        raise EntryError(
            f"{entry.id} is not a causal language model and cannot generate text",
            f"use an entry of {causal}, such as kerashub/gpt2-base.en",
        )


def base_entry(entry: Entry) -> Entry:
    """Return the entry with the architecture of a published run; any other entry is returned unchanged."""
    from tlzoo.plugins import catalog

    while isinstance(base := entry.options.get("base"), str):
        entry = catalog().get(base)
    return entry


class PromptsAdapter:
    """The adapter of ``prompts:``."""

    has_samples = False

    def __call__(self, location: str, options: Mapping[str, str], *, progress: Progress | None = None) -> PromptData:
        """Open pairs of prompt and completion from a table or from memory.

        Options: ``prompt`` and ``completion`` name the columns (default: these words); ``split`` names a column with
        ``train``, ``validation`` or ``test``. Without it, 15 % of the prompts are for validation and 15 % for testing,
        drawn with ``split_seed`` (default 0); equal prompts are in the same split. ``all=test`` puts all pairs into one
        split. ``encoding`` and ``delimiter`` are those of ``table:``.

        Args:
            location: A file in CSV, TSV, JSON Lines or Parquet, or ``memory:HASH`` of ``prompts_in_memory``.
            options: Options of the source string, by name.
            progress: Receives progress.

        Returns:
            The pairs.

        Raises:
            DataError: For a file that cannot be read, and for an empty completion, with its row.
            UsageError: For an unknown option or a missing column.
        """
        refuse_unknown_options("prompts", options, _OPTIONS)
        if not location:
            raise UsageError("'prompts:' has no file", "add one, as in 'prompts:replies.csv'")
        query = "&".join(f"{key}={quote(value, safe='')}" for key, value in options.items())
        source = f"prompts:{location}" + (f"?{query}" if query else "")
        if location.startswith(f"{MEMORY}:"):
            kept = held(location)
            return prompt_data(source, kept.prompts, kept.completions, kept.splits, options)
        with (progress or Silent()).track("reading", 1, "tables") as advance:
            columns = _columns(location, options)
            advance(1)
        return prompt_data(source, columns["prompt"], columns["completion"], columns.get("split"), options)


prompts = PromptsAdapter()


def _columns(location: str, options: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the cells of prompts, completions and splits; an empty cell is an empty string."""
    format_ = {name: options[name] for name in _FORMAT if name in options}
    named = {role: options.get(role, role) for role in ("prompt", "completion")}
    named |= {"split": options["split"]} if "split" in options else {}
    columns = {}
    for role, name in named.items():
        try:
            rows: Sequence[Any] = table_inputs(location, {"text": name, **format_})
        except UsageError as error:
            if role in options or f"has no column {name!r}" not in str(error):
                raise
            raise UsageError(
                f"prompts:{location} has no column {name!r}",
                f"name the column of {role}s: 'prompts:{location}?{role}=COLUMN'",
            ) from error
        columns[role] = [str(row[0]) for row in rows]
    return columns


def prompt_data(
    source: str,
    asked: Sequence[str],
    answers: Sequence[str],
    given: Sequence[str] | None,
    options: Mapping[str, str],
) -> PromptData:
    """Check the pairs, and return them with their splits.

    Args:
        source: The source string.
        asked: The prompts.
        answers: The completions.
        given: The split of each pair, if declared.
        options: The options ``split_seed`` and ``all`` of the source.

    Returns:
        The pairs.

    Raises:
        DataError: For an empty completion, an unknown split, or too few pairs.
        UsageError: For an invalid option.
    """
    for position, each in enumerate(answers):
        if not each:
            raise DataError(f"{source}, row {position + 1}: the completion is empty", "add it, or remove the row")
    splits = _splits(source, asked, given, options)
    digest = hashlib.sha256(repr(sorted((name, each.tolist()) for name, each in splits.items())).encode())
    for pair in zip(asked, answers, strict=True):
        digest.update(repr(pair).encode())
    data = PromptData(
        source=source,
        task=Generation(),
        fingerprint=digest.hexdigest(),
        prompts=tuple(asked),
        completions=tuple(answers),
        splits=splits,
    )
    return replace(data, notes=tuple(_notes(data)))


def _notes(data: PromptData) -> Iterator[str]:
    if data.repeated:
        said = "pair is" if data.repeated == 1 else "pairs are"
        yield f"{data.repeated} test {said} also in the training split; the test perplexity is too optimistic"
    if empty := sum(not each for each in data.prompts):
        yield f"{empty} of {len(data.prompts)} prompts are empty"


def _splits(
    source: str, asked: Sequence[str], given: Sequence[str] | None, options: Mapping[str, str]
) -> dict[str, np.ndarray]:
    only = options.get("all")
    if only is not None:
        if only not in SPLITS or given is not None:
            fix = "leave out split=" if given is not None else f"valid: {', '.join(SPLITS)}"
            raise UsageError(f"{source}: all={only} is not possible", fix)
        positions = np.arange(len(asked), dtype=np.int64)
        return {name: positions if name == only else positions[:0] for name in SPLITS}
    if given is None:
        return _drawn(source, asked, options)
    found = [split_of(each) for each in given]
    if None in found:
        at = found.index(None)
        raise DataError(f"{source}, row {at + 1}: {given[at]!r} is not a split", f"valid: {', '.join(SPLITS)}")
    names = np.array(found)
    splits = {name: np.flatnonzero(names == name) for name in SPLITS}
    for name in ("train", "test"):
        if not len(splits[name]):
            raise DataError(f"{source} has no {name} pairs", "correct its column of splits, or leave out split=")
    return splits


def _drawn(source: str, asked: Sequence[str], options: Mapping[str, str]) -> dict[str, np.ndarray]:
    """Return splits with equal prompts in the same split, drawn from a seed."""
    seed = options.get("split_seed", "0")
    if not seed.isdecimal():
        raise UsageError(f"{source}: split_seed={seed} is not a whole number", "use 0 or more")
    _, group = np.unique(np.array(asked, object), return_inverse=True)
    groups = int(group.max()) + 1 if len(group) else 0
    if groups < _FEWEST:
        raise DataError(
            f"{source} has {groups} different prompts, too few for training, validation and testing",
            f"give {_FEWEST} or more, or a column of splits",
        )
    order = np.random.default_rng(int(seed)).permutation(groups)
    sizes = {name: max(1, round(groups * share)) for name, share in _SHARES.items()}
    ends = np.cumsum(list(sizes.values()))
    parts = dict(zip((*sizes, "train"), np.split(order, ends), strict=True))
    return {name: np.flatnonzero(np.isin(group, parts[name])) for name in SPLITS}
