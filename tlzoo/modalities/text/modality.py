"""The modality of texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast, final

import numpy as np

from tlzoo.errors import EntryError
from tlzoo.modalities.contract import Glimpse, Modality, RawReader

if TYPE_CHECKING:
    import tensorflow as tf

    from tlzoo.backbones.contract import Backbone, LoadRequest, Preprocessing
    from tlzoo.data.contract import Examples
    from tlzoo.data.duplicates.clusters import Cluster
    from tlzoo.data.inputs import Inputs
    from tlzoo.modalities.augmentation.augmenter import Augmenter
    from tlzoo.modalities.augmentation.options import Augmentation
    from tlzoo.modalities.portable import PortablePreparation
    from tlzoo.modalities.text.facts import TextFacts
    from tlzoo.modalities.text.raw_inputs import TextInputs
    from tlzoo.progress import Progress
    from tlzoo.registry import Entry, InputContract

__all__ = ["Text"]

_SHORTEST = 8
"""Smallest length in tokens: the special tokens of a pair of texts, and a few tokens of each."""
_MOST_TEXTS = 200_000
"""Largest number of texts for the search of near duplicates: more need too much memory."""
_WORDS = ("a", "small", "grey", "bird", "sang", "over", "the", "old", "harbour", "while", "rain", "fell")
_FEATURES = 1024


@final
class Text(Modality):
    """Texts in UTF-8: string scalars, or string (parts,) for pairs."""

    __slots__ = ()

    name: ClassVar = "text"
    hub_word: ClassVar = "text"
    argument: ClassVar = "texts"
    serving_batch: ClassVar = 256
    most_compared: ClassVar = 20_000

    def raw_reader(self, preprocessing: Preprocessing, examples: Examples | None = None) -> RawReader:  # noqa: ARG002
        """Take texts unchanged, in pairs if the examples are pairs."""
        shape = () if examples is None else tuple(examples.stream(np.arange(1)).element_spec.shape)
        return RawReader(self.argument, _as_it_is, "string", shape)

    def raw_inputs(self, shape: tuple[int | None, ...], contract: InputContract | None = None) -> TextInputs:  # noqa: ARG002
        """Take strings, pairs of strings and text files."""
        from tlzoo.modalities.text.raw_inputs import TextInputs

        return TextInputs(self.argument, shape)

    def portable_preparation(self, settings: Mapping[str, Any], folder: Path) -> PortablePreparation | None:
        """Tokenize in Python for WordPiece."""
        from tlzoo.modalities.text.wordpiece import wordpiece_preparation

        if settings.get("kind") != "wordpiece":
            return None
        return wordpiece_preparation(settings, folder / "tokenizer/vocabulary.txt")

    def read_in_memory(
        self,
        parts: Sequence[Any],
        where: str,
        options: Mapping[str, str],
        progress: Progress,  # noqa: ARG002 - the texts are there
    ) -> Inputs | None:
        """Take strings, or pairs of strings."""
        from tlzoo.modalities.text.in_memory import read_texts

        return read_texts(parts, where, named="modality" in options)

    def check_batch(self, reader: RawReader, shape: tuple[int | None, ...], dtype: str) -> None:
        """Take pairs (batch, 2) too."""
        is_pairs = len(shape) == 2 and shape[1] == 2  # noqa: PLR2004
        super().check_batch(reader, shape[:1] if is_pairs else shape, dtype)

    def check_request(self, entry: Entry, request: LoadRequest) -> None:
        """Refuse lengths that the entry does not take."""
        self.refuse_image_size(entry, request)
        asked = request.sequence_length
        if asked is not None and not _SHORTEST <= asked <= (entry.input.longest or asked):
            longest = f" and at most {entry.input.longest}" if entry.input.longest else ""
            raise EntryError(
                f"{entry.id} takes sequences of at least {_SHORTEST}{longest} tokens, not {asked}",
                f"its default length is {entry.input.sequence_length}",
            )

    def trained_input(
        self,
        contract: InputContract,
        preprocessing: Preprocessing,  # noqa: ARG002 - of other modalities
        *,
        image_size: int | None = None,  # noqa: ARG002
        sequence_length: int | None = None,
    ) -> InputContract:
        """Return the contract with the length of the run."""
        return contract if sequence_length is None else contract.with_fields(sequence_length=sequence_length)

    def published_request(self, contract: InputContract, request: LoadRequest) -> LoadRequest:
        """Request the contract's length unless another is set."""
        return replace(request, sequence_length=request.sequence_length or contract.sequence_length)

    def near_duplicates(self, examples: Examples, advance: Callable[[int], None] = lambda _done: None) -> list[Cluster]:
        """Compare shingles of the first 200,000 texts."""
        from tlzoo.modalities.text.near_duplicates import near_texts
        from tlzoo.modalities.text.texts import Texts

        if not isinstance(examples, Texts):
            return []
        count = min(len(examples), _MOST_TEXTS)
        return near_texts(("\n".join(examples.text(index)) for index in range(count)), advance)

    def facts(self, examples: Examples, advance: Callable[[int], None] = lambda _done: None) -> TextFacts | None:
        """Return lengths in characters and words."""
        from tlzoo.modalities.text.facts import text_facts

        return text_facts(examples, advance)

    def baseline_features(self, examples: Examples, indices: np.ndarray) -> tuple[str, np.ndarray] | None:
        """Return word frequencies."""
        from sklearn.feature_extraction.text import HashingVectorizer

        from tlzoo.modalities.text.texts import Texts

        if not isinstance(examples, Texts):
            return None
        texts = [" ".join(examples.text(int(each))) for each in indices]
        counted = HashingVectorizer(n_features=_FEATURES, alternate_sign=False).transform(texts)
        return "words", np.asarray(counted.toarray(), np.float32)

    def augmentation(self) -> type[Augmentation]:
        """Return word dropout."""
        from tlzoo.modalities.text.augmentation import TextAugmentation

        return TextAugmentation

    def policies(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the policies for texts."""
        from tlzoo.modalities.text.augmentation import POLICIES

        return POLICIES

    def augmenter(self, options: Augmentation, shape: tuple[int, ...]) -> Augmenter:  # noqa: ARG002 - any
        """Return the augmenter for word dropout."""
        from tlzoo.modalities.text.augmentation import TextAugmentation, TextAugmenter

        return TextAugmenter(cast("TextAugmentation", options))

    def glimpse(self, raw: tf.Tensor) -> Glimpse:
        """Show the texts."""
        return Glimpse(texts=tuple(part.decode("utf-8", "replace") for part in np.atleast_1d(raw.numpy())))

    def preview(self, samples: np.ndarray, versions: Sequence[np.ndarray]) -> tuple[tuple[str, ...], ...]:
        """Return each text with its versions; texts of a pair are joined by a bar."""
        parts = [column.reshape(len(column), -1) for column in (samples, *versions)]
        return tuple(
            tuple(" | ".join(text.decode("utf-8", "replace") for text in column[row]) for column in parts)
            for row in range(len(samples))
        )

    def module_inputs(self, entry: Entry, files: Mapping[str, Path], request: LoadRequest) -> tuple[Preprocessing, Any]:
        """Take whole texts, or the outputs of the module's preprocessor."""
        from tlzoo.backbones.hub.text_inputs import text_inputs

        return text_inputs(entry, files, request)

    def made_up_inputs(self, contract: InputContract, generator: np.random.Generator, count: int) -> list[Any]:  # noqa: ARG002
        """Return strings of 3 to 30 words."""
        return [" ".join(generator.choice(_WORDS, size=int(generator.integers(3, 30)))) for _ in range(count)]

    def odd_inputs(self, contract: InputContract, generator: np.random.Generator) -> list[Any]:  # noqa: ARG002
        """Return texts that are empty, long, or in other scripts."""
        return ["", " ", "one", "Ünïcödé — 字, עברית, 🙂", "word " * 2000]

    def contract_problems(self, contract: InputContract, backbone: Backbone, ready: Any) -> Iterator[str]:  # noqa: ARG002
        """Compare the length in tokens."""
        import keras

        shapes = [tuple(each.shape[1:]) for each in keras.tree.flatten(ready)]
        length = contract.sequence_length
        if length is not None and (length,) not in shapes:
            yield f"input.sequence_length is {length} in the registry; the model takes {shapes}"


def _as_it_is(raw: tf.Tensor) -> tf.Tensor:
    return raw
