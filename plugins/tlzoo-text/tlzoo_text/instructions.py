"""Tokenization in words and as a few lines of Python, for users of an exported file without tlzoo."""

from __future__ import annotations

from tlzoo.backbones import Instructions

__all__ = ["token_instructions"]


def token_instructions(
    *,
    name: str,
    kind: str,
    length: int,
    padding: int,
    lowercase: bool = True,
    strip_accents: bool = True,
    start: tuple[int, ...] = (),
    end: tuple[int, ...] = (),
    between: tuple[int, ...] | None = None,
    most_bytes: int,
) -> Instructions:
    """Return the instructions for one text as token ids int32 (1, length).

    Args:
        name: Name of the file's input.
        kind: Kind of the tokenizer: ``wordpiece``, ``bpe`` or ``sentencepiece``.
        length: Number of tokens of a sample.
        padding: The number that fills up a short text.
        lowercase: Whether the tokenizer converts texts to lowercase.
        strip_accents: Whether it removes accents.
        start: Ids before the text.
        end: Ids after it.
        between: Ids between the texts of a pair; None if they are joined by a blank.
        most_bytes: Bytes of a text that the tokenizer reads.

    Returns:
        The instructions. For ``wordpiece`` the code takes a text; for other kinds, the ids of the tokenizer.
    """
    words = (
        f"A sample is a text as {length} token ids, int32, made by the {kind} tokenizer in `tokenizer/`"
        f"{' in lowercase' if lowercase else ''}{' without accents' if strip_accents else ''}, without special tokens. "
        f"{_special(start, end, length)}Shorter texts are filled up with {padding}."
    )
    fill = [
        f"ids = [*{list(start)}, *ids[:{length - len(start) - len(end)}], *{list(end)}]",
        f"return {{{name!r}: np.int32([ids + [{padding}] * ({length} - len(ids))])}}",
    ]
    if kind != "wordpiece":
        return Instructions(words, _function("ids", fill), ("vocabulary", "merges"))
    head = (
        "from tokenizers import BertWordPieceTokenizer  # pip install tokenizers\n\n"
        f'tokenizer = BertWordPieceTokenizer("tokenizer/vocabulary.txt", lowercase={lowercase}, '
        f"strip_accents={strip_accents})\n\n\n"
    )
    ids = "ids = tokenizer.encode(text, add_special_tokens=False).ids"
    settings = {
        "kind": kind,
        "length": length,
        "padding": padding,
        "lowercase": lowercase,
        "strip_accents": strip_accents,
        "start": list(start),
        "between": None if between is None else list(between),
        "end": list(end),
        "most_bytes": most_bytes,
    }
    return Instructions(words, head + _function("text", [ids, *fill]), ("vocabulary",), settings)


def _special(start: tuple[int, ...], end: tuple[int, ...], length: int) -> str:
    if not (start or end):
        return f"Longer texts are cut after {length} tokens. "
    room = length - len(start) - len(end)
    return f"The ids {list(start)} come before, and {list(end)} after the first {room} tokens. "


def _function(argument: str, lines: list[str]) -> str:
    body = "\n".join(f"    {line}" for line in lines)
    return f'def prepare({argument}):\n    """Return one input for the file."""\n{body}'
