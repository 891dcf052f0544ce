"""Model cards of published runs: ``README.md`` with front matter for the Hugging Face Hub."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tlzoo.artifacts.hugging_face import spdx_name
from tlzoo.registry.licences import licence_chain

if TYPE_CHECKING:
    from tlzoo.registry import Entry
    from tlzoo.runs.comparison.subgroup_figures import Subgroup
    from tlzoo.tasks import Figure, Metrics

__all__ = ["ModelFacts", "licence_text", "model_card", "result_lines"]

_FEW = 30
"""Test samples of a class below which its figures are called uncertain."""
_SHOWN = 50
"""Most rows of the table by class."""
_NORMAL = 1.96
"""Standard errors of half a 95 % confidence interval."""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """Facts about a run for its model card. They have no samples and no features of the data."""

    name: str
    entry: Entry
    task: str
    hub_task: str | None
    """Task on the Hugging Face Hub; None if it has none for this task and modality."""
    data: str
    """Data source without folders and credentials."""
    fingerprint: str | None
    splits: Mapping[str, int]
    classes: Mapping[str, int]
    """Number of samples by class; empty for tasks without classes."""
    exclusive: bool
    """Whether each sample has exactly one class."""
    metrics: Metrics
    strategy: str
    head: str
    seed: int
    version: str
    """Version of tlzoo."""
    files: Mapping[str, str]
    """Purpose of each published file or folder."""
    imports: Sequence[str]
    """Modules to import before Keras can load the model."""
    handle: str
    """``hf://OWNER/NAME``, or FOLDER."""
    by: str | None = None
    """Column of the data that divides the test samples into ``groups``."""
    groups: Sequence[Subgroup] = ()


def model_card(facts: ModelFacts) -> str:
    """Return the text of ``README.md``.

    Args:
        facts: Facts about the run.

    Returns:
        Markdown after front matter in YAML: licence, library, task, tags, and test figures as ``model-index``.
    """
    sections = [
        f"# {facts.name}",
        f"{_capital(facts.task)} by {facts.entry.options['trained_from']}, trained with the strategy "
        f"`{facts.strategy}` and the head `{facts.head}` (seed {facts.seed}) by tlzoo {facts.version}.",
        "## Data\n\n" + "\n".join(_data(facts)),
        "## Licences\n\n" + "\n".join(_licences(facts.entry)),
        "## Test results\n\n" + "\n".join(result_lines(facts.metrics, facts.by, facts.groups)),
        "## Limits\n\n" + "\n".join(f"- {each}" for each in _limits(facts)),
        "## Use\n\n" + "\n".join(_use(facts)),
        "## Files\n\n" + "\n".join(f"- `{name}`: {purpose}" for name, purpose in facts.files.items()),
    ]
    return f"---\n{''.join(f'{line}{chr(10)}' for line in _yaml(_front(facts)))}---\n\n" + "\n\n".join(sections) + "\n"


def licence_text(entry: Entry) -> str:
    """Return the text of ``LICENSE``: the licences of the weights, and of those that they were trained from."""
    (own, licence), *earlier = licence_chain(entry)
    lines = [f"The weights of {own.partition('/')[2]} are licensed under {licence}."]
    lines += [f"They are trained from {name}, licensed under {each}." for name, each in earlier]
    return "\n".join(
        [
            *lines,
            "https://spdx.org/licenses/ has the text of licences by these identifiers.",
            "The data that they were trained on may have terms of their own.",
            "",
        ]
    )


def _front(facts: ModelFacts) -> dict[str, Any]:
    licence = facts.entry.licence
    known = spdx_name(licence)
    front: dict[str, Any] = {"license": known.lower() if known else "other"}
    if known is None:
        front |= {"license_name": licence.lower(), "license_link": "LICENSE"}
    front["library_name"] = "keras"
    if facts.hub_task is not None:
        front["pipeline_tag"] = facts.hub_task
    front["tags"] = ["tlzoo", "transfer-learning", facts.task, facts.entry.modality]
    if facts.hub_task is not None:
        front["model-index"] = [{"name": facts.name, "results": [_index_row(facts)]}]
    return front


def _index_row(facts: ModelFacts) -> dict[str, Any]:
    measured = [each for each in facts.metrics.figures if _is_known(each) and each.unit != "count"]
    return {
        "task": {"type": facts.hub_task, "name": facts.task},
        "dataset": {"type": facts.data.partition(":")[0], "name": facts.data, "split": "test"},
        "metrics": [{"type": each.name, "name": each.title, "value": float(each.value or 0)} for each in measured],
    }


def _data(facts: ModelFacts) -> Iterator[str]:
    yield f"- Source: `{facts.data}`"
    yield f"- Fingerprint: `{facts.fingerprint or 'unknown'}`"
    if facts.splits:
        yield "- Samples: " + ", ".join(f"{count:,} {split}" for split, count in facts.splits.items())
    if facts.classes:
        shown = [f"{_cell(name)} ({count:,})" for name, count in list(facts.classes.items())[:_SHOWN]]
        rest = len(facts.classes) - len(shown)
        yield f"- Classes: {', '.join(shown)}" + (f", and {rest} more" if rest > 0 else "")
    yield ""
    yield "No sample and no feature of the data is in the files."


def _licences(entry: Entry) -> Iterator[str]:
    yield from ("| weights | licence |", "|---|---|")
    for number, (name, licence) in enumerate(licence_chain(entry)):
        yield f"| {'these weights' if number == 0 else f'trained from `{name}`'} | {_cell(licence)} |"
    yield from ("", "The data may have terms of their own, which this table does not cover.")


def result_lines(metrics: Metrics, by: str | None = None, groups: Sequence[Subgroup] = ()) -> Iterator[str]:
    """Yield the lines of the section on test results, with a table of the ``groups`` by a column."""
    figures = [each for each in metrics.figures if _is_known(each)]
    if not figures:
        yield "The run has no test results."
        return
    yield from ("| figure | value | 95 % confidence interval |", "|---|---|---|")
    for each in figures:
        low_high = each.interval or _interval_of_score(each, metrics)
        shown = f"{_number(each, low_high[0])} to {_number(each, low_high[1])}" if low_high else ""
        yield f"| {_cell(each.title)} | {_number(each, each.value)} | {shown} |"
    rows = metrics.rows
    if rows:
        columns = next(iter(rows.values()))
        yield ""
        yield f"| {metrics.row_title} | " + " | ".join(_cell(each.title) for each in columns) + " |"
        yield "|---" * (len(columns) + 1) + "|"
        for name, row in list(rows.items())[:_SHOWN]:
            yield f"| {_cell(name)} | " + " | ".join(map(_with_interval, row)) + " |"
        if len(rows) > _SHOWN:
            yield f"\n{len(rows) - _SHOWN} more rows are not shown."
    yield ""
    if by is None or not groups:
        yield "Subgroups of the data were not measured."
        return
    yield f"By `{_code(by)}`, a column of the data:\n"
    yield f"| {_cell(by)} | samples | " + " | ".join(_cell(each.title) for each in groups[0].figures) + " |"
    yield "|---" * (len(groups[0].figures) + 2) + "|"
    for group in groups:
        yield f"| {_cell(group.value)} | {group.count:,} | " + " | ".join(map(_with_interval, group.figures)) + " |"
    yield "\nEach 95 % interval holds alone: among many subgroups, some differ by chance."


def _limits(facts: ModelFacts) -> Iterator[str]:
    yield "The test samples come from the same source as the training samples. Expect worse results on other data."
    if facts.exclusive:
        yield f"The model predicts one of {len(facts.classes)} classes for every input, also if none of them is right."
    few = [
        name
        for name, row in facts.metrics.rows.items()
        for each in row
        if each.unit == "count" and each.value is not None and each.value < _FEW
    ]
    few += [f"{facts.by} {each.value}" for each in facts.groups if each.count < _FEW]
    if few:
        names = ", ".join(_cell(name) for name in few[:_SHOWN]) + (" and more" if len(few) > _SHOWN else "")
        yield f"Fewer than {_FEW} test samples, so the figures are uncertain: {names}."
    yield "It was not tested for fairness, nor for robustness against damaged or manipulated inputs."


def _use(facts: ModelFacts) -> Iterator[str]:
    name = facts.entry.id
    yield "As a backbone for your own data, with tlzoo:"
    yield f"\n```console\n$ tlzoo registry add {facts.handle} --as {name}"
    yield f"$ tlzoo train --data SOURCE --backbone {name}\n```"
    if "model.keras" in facts.files:
        imports = "".join(f"import {each}\n" for each in facts.imports)
        yield f"\nAs a Keras model, from prepared samples to predictions:\n\n```python\nimport keras\n{imports}"
        yield 'model = keras.models.load_model("model.keras", compile=False)\n```'
    if "serving/" in facts.files:
        yield "\nAs a SavedModel, from raw inputs to predictions, with TensorFlow alone:\n\n```python"
        yield 'import tensorflow as tf\n\nserve = tf.saved_model.load("serving").signatures["serving_default"]\n```'
    yield "\n`sha256sum --check SHA256SUMS` verifies the files."


def _interval_of_score(figure: Figure, metrics: Metrics) -> tuple[float, float] | None:
    """Return the interval of the figure that is the score of the task, from its standard error."""
    score = metrics.score
    if score.name not in {figure.name, figure.title} or figure.value != score.value:
        return None
    if not math.isfinite(score.standard_error):
        return None
    half = _NORMAL * score.standard_error
    low, high = score.value - half, score.value + half
    return (max(low, 0.0), min(high, 1.0)) if figure.unit == "share" else (low, high)


def _is_known(figure: Figure) -> bool:
    return figure.value is not None and math.isfinite(figure.value)


def _number(figure: Figure, value: float | None) -> str:
    if value is None or not math.isfinite(value):
        return ""
    if figure.unit == "share":
        return f"{100 * value:.1f} %"
    return f"{value:,.0f}" if figure.unit == "count" else f"{value:.4g}"


def _with_interval(figure: Figure) -> str:
    shown = _number(figure, figure.value)
    if not shown or figure.interval is None:
        return shown
    low, high = (_number(figure, each) for each in figure.interval)
    return f"{shown} ({low} to {high})"


def _cell(text: str) -> str:
    """Return a text of the data as one cell of a table, without markup."""
    plain = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return "".join(f"\\{each}" if each in "\\`*_[]<>|#" else each for each in plain)


def _code(text: str) -> str:
    """Return a text for a span of code: printable, and without backticks."""
    return "".join(each for each in text if each.isprintable() and each != "`")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _yaml(value: Any, indent: str = "") -> Iterator[str]:
    """Yield lines of YAML in block style; scalars are written as in JSON, which YAML contains."""
    for key, each in value.items():
        if isinstance(each, Mapping):
            yield f"{indent}{key}:"
            yield from _yaml(each, f"{indent}  ")
        elif isinstance(each, list):
            yield f"{indent}{key}:"
            for item in each:
                lines = list(_yaml(item)) if isinstance(item, Mapping) else [_scalar(item)]
                yield f"{indent}- {lines[0]}"
                yield from (f"{indent}  {line}" for line in lines[1:])
        else:
            yield f"{indent}{key}: {_scalar(each)}"


def _scalar(value: Any) -> str:
    plain = isinstance(value, str) and value.replace("-", "").replace(".", "").isalnum() and value[:1].isalpha()
    return value if plain and value.lower() not in _WORDS else json.dumps(value, ensure_ascii=False)


_WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n", "nan", "inf"}
