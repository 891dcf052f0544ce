"""The README of an exported file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["card_text"]


def card_text(card: Mapping[str, Any], usage: str, tokenizer: Sequence[str]) -> str:
    """Return the text of ``README.md``.

    Args:
        card: The content of ``card.json``.
        usage: Lines of Python that open the file and predict a batch; may be empty.
        tokenizer: Names of the files in ``tokenizer/``.

    Returns:
        Markdown.
    """
    classes = card["classes"]
    shown = ", ".join(classes[:20]) + (f" and {len(classes) - 20} more" if len(classes) > 20 else "")  # noqa: PLR2004
    inputs = "; ".join(f"`{name}` {_array(each)}" for name, each in card["inputs"].items()) or "prepared samples"
    parts = [
        f"# {card['file']}",
        f"A network for {card['output']['meaning']} in the format `{card['format']}`{_facts(card)}, exported by tlzoo "
        f"from the run `{card['run']}` (backbone {card['backbone']}, licence of its weights: {card['licence']}).",
        f"- **Input:** {inputs}, in batches of any size.",
        f"- **Output:** {_array(card['output'])}, the last axis in the order of `classes.json`: {shown}.",
        f"- **Preprocessing:** {card['preprocessing']} `preprocess.py` does it with NumPy.",
        "## Predict",
        f"```python\nfrom preprocess import prepare\n\ninputs = prepare(...)  # a dict of arrays by name\n{usage}\n```"
        if usage
        else "tlzoo has no runtime for this format.",
        "`python preprocess.py` predicts the inputs in `golden.npz` and compares them with the run's own answers "
        "(`answers`).",
        *_measured(card["measured"]),
        "## Files",
        "\n".join(
            [
                f"- `{card['file']}`: the network",
                "- `classes.json`: names of the output's columns",
                "- `preprocess.py`: preprocessing as Python, and a check of this file",
                "- `golden.npz`: a few test inputs with the run's own answers (`answers`); for a quantized file also "
                "with its own predictions (`predictions`)",
                "- `card.json`: this card for programs",
                "- `LICENCE.txt`: licence of the weights",
                *(f"- `tokenizer/{name}`" for name in tokenizer),
            ]
        ),
    ]
    return "\n\n".join(parts).replace("any size.\n\n-", "any size.\n-").replace(".\n\n- **", ".\n- **") + "\n"


def _array(each: Mapping[str, Any]) -> str:
    return f"{each['dtype']} ({', '.join('batch' if size is None else str(size) for size in each['shape'])})"


def _facts(card: Mapping[str, Any]) -> str:
    return f" (opset {card['opset']})" if "opset" in card else ""


def _measured(measured: Mapping[str, Any] | None) -> list[str]:
    """Return the section of measurements; empty without."""
    if measured is None or measured["milliseconds"] is None:
        return []
    lines = [
        f"- {measured['samples']} test samples; {measured['bytes']:,} bytes; {measured['milliseconds']:.2f} ms for one "
        f"sample, {measured['batch_milliseconds']:.2f} ms each in batches of {measured['batch']}",
        f"- largest difference from the run's own predictions: {measured['difference']:.2g}",
    ]
    if measured["changed"] is not None:
        lines.append(f"- samples with another label than the run's: {measured['changed']:.3g}")
    if measured["accuracy"] is not None:
        low, high = measured["interval"]
        lines.append(
            f"- accuracy {measured['accuracy']:.2%}, of the run {measured['run_accuracy']:.2%}; drop "
            f"{measured['drop']:+.2%}, one-sided 95 % limits {low:+.2%} and {high:+.2%}"
        )
    return ["## Measured by tlzoo", "\n".join(lines)]
