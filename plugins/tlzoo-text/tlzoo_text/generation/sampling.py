"""Completions of prompts, token by token, with the samplers of KerasHub."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import ValidationError

from tlzoo.errors import UsageError, did_you_mean
from tlzoo.training import derive

from .head import CausalLM

if TYPE_CHECKING:
    from .tokens import Codec
    from .training.network import CausalNetwork

__all__ = ["Completion", "Generator", "Sampling"]

_SEEDS = 2**31
_OF_SAMPLING = ("top_k", "top_p")


@dataclass(frozen=True, slots=True)
class Sampling:
    """Options of sampling: those of the head of the same names."""

    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    max_tokens: int = 128
    seed: int = 0

    @classmethod
    def of(cls, head: CausalLM) -> Sampling:
        """Return the options of a head."""
        return cls(head.temperature, head.top_k, head.top_p, head.max_tokens, head.seed)

    def changed(self, options: Mapping[str, Any]) -> Sampling:
        """Return these options with other values; without temperature, the other options of sampling are reset.

        Raises UsageError for an unknown or invalid option.
        """
        for name in options:
            if name not in self.__slots__:
                raise UsageError(f"completions have no option {name!r}", did_you_mean(name, self.__slots__))
        values = {name: getattr(self, name) for name in self.__slots__} | dict(options)
        if not values["temperature"]:
            values = {name: value for name, value in values.items() if name not in _OF_SAMPLING or name in options}
        try:
            return Sampling.of(CausalLM.model_validate(values))
        except ValidationError as error:
            first = error.errors()[0]
            said, _, fix = first["msg"].removeprefix("Value error, ").partition("; ")
            what = f"option {first['loc'][0]}={first['input']}: {said}"
            raise UsageError(what, fix or "give a valid value") from error


@dataclass(frozen=True, slots=True)
class Completion:
    """A completion: its text, its number of tokens, and ``stopped``: by the end token, or by the ``length``."""

    text: str
    tokens: int
    stopped: Literal["end", "length"]


class Generator:
    """Writes completions with keys and values of earlier tokens in a cache.

    Args:
        network: The network.
        codec: Its tokens.
        sampling: Options of sampling.
    """

    def __init__(self, network: CausalNetwork, codec: Codec, sampling: Sampling | None = None) -> None:
        import tensorflow as tf

        self._network, self._codec = network, codec
        self.sampling = sampling or Sampling()
        self._next = tf.function(network.next_logits, autograph=False)

    def with_sampling(self, sampling: Sampling) -> Generator:
        """Return a generator of the same network with other options; compiled functions are shared."""
        other = copy(self)
        other.sampling = sampling
        return other

    def logits(self, prompt: str) -> np.ndarray:
        """Return the logits (vocabulary,) float32 of the first token of a completion."""
        tokens, last = self._padded(self._codec.prompt(prompt))
        cache = self._network.cache(self._codec.length)
        logits, _ = self._next(tokens, cache, np.int32(0), last)
        found: np.ndarray = logits.numpy()[0]
        return found

    def complete(self, prompt: str, number: int = 0) -> Completion:
        """Return the completion of a prompt; ``number`` is its number among several, for the seed."""
        tokens = list(self.tokens(prompt, number))
        stopped: Literal["end", "length"] = "end" if tokens and tokens[-1] == self._codec.end else "length"
        own = tokens[:-1] if stopped == "end" else tokens
        return Completion(self._codec.text(own), len(own), stopped)

    def stream(self, prompt: str, number: int = 0) -> Iterator[str]:
        """Yield the text of the completion as it is produced."""
        return self._codec.texts(each for each in self.tokens(prompt, number) if each != self._codec.end)

    def tokens(self, prompt: str, number: int = 0) -> Iterator[int]:
        """Yield the tokens of the completion, the last of which may be the end token."""
        sampler = _sampler(self.sampling, self._network.sizes["vocabulary_size"])
        for variable in sampler.variables:
            variable.assign(np.array([derive(self.sampling.seed, number) % _SEEDS, 0], np.uint32))
        known = self._codec.prompt(prompt)
        given, last = self._padded(known)
        cache, index = self._network.cache(self._codec.length), 0
        room = min(self.sampling.max_tokens, self._codec.length - len(known))
        for produced in range(room):
            logits, cache = self._next(given, cache, np.int32(index), last)
            token = int(sampler.get_next_token(sampler.compute_probabilities(logits))[0])
            yield token
            if token == self._codec.end:
                return
            index, last = len(known) + produced, np.int32(0)
            given = np.array([[token]], np.int32)

    def _padded(self, tokens: np.ndarray) -> tuple[np.ndarray, np.int32]:
        """Return a prompt as a row (1, length), so that prompts of all lengths share a compiled function.

        Later tokens overwrite what the filler wrote into the cache before they attend to it.
        """
        row = np.full((1, self._codec.length), self._codec.end, np.int32)
        row[0, : len(tokens)] = tokens
        return row, np.int32(len(tokens) - 1)


def _sampler(sampling: Sampling, vocabulary: int) -> Any:
    from keras_hub import samplers

    most = min(sampling.top_k, vocabulary)
    if not sampling.temperature:
        return samplers.GreedySampler()
    if sampling.top_p < 1:
        return samplers.TopPSampler(p=sampling.top_p, k=most or None, seed=0, temperature=sampling.temperature)
    if most:
        return samplers.TopKSampler(k=most, seed=0, temperature=sampling.temperature)
    return samplers.RandomSampler(seed=0, temperature=sampling.temperature)
