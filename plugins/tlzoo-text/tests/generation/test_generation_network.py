"""Tokens, packing, loss and sampling of a tiny GPT-2, against definitions in NumPy and against KerasHub."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf

from tlzoo.backbones import Backbone, load_backbone
from tlzoo.errors import UsageError
from tlzoo.registry import Entry
from tlzoo_text.generation.data import PromptData, prompts
from tlzoo_text.generation.sampling import Generator, Sampling
from tlzoo_text.generation.tokens import Codec
from tlzoo_text.generation.training.network import CausalNetwork
from tlzoo_text.generation.training.packing import pack, rows_of
from tlzoo_text.generation.training.perplexity import Likelihoods, PerplexityMetrics, mean_loss
from tlzoo_text.generation.training.steps import hidden_states, token_losses

LENGTH = 16


@pytest.fixture(scope="module")
def backbone(tiny: Callable[[str], Entry]) -> Backbone:
    return load_backbone(tiny("GPT2Backbone"))


@pytest.fixture(scope="module")
def network(backbone: Backbone) -> CausalNetwork:
    return CausalNetwork(backbone)


@pytest.fixture(scope="module")
def codec(backbone: Backbone) -> Codec:
    return Codec(backbone, "\n")


@pytest.fixture(scope="module")
def generator(network: CausalNetwork, codec: Codec) -> Generator:
    return Generator(network, codec)


def data_of(*pairs: tuple[str, str]) -> PromptData:
    from tlzoo_text.generation.data import prompt_data

    return prompt_data("prompts:test.csv", [a for a, _ in pairs], [b for _, b in pairs], None, {"all": "train"})


def test_texts_survive_the_way_to_tokens_and_back(codec: Codec) -> None:
    text = "the good film <b>was</b> bad… Ünïcödé 🙂 <|endoftext|> line\nline"
    prompt = codec.prompt("ab")
    assert prompt[0] == codec.end
    assert codec.text(prompt[1:]) == "ab\n"
    assert codec.text(codec.tokens(text)) == text
    pieces = list(codec.texts(codec.tokens("🙂")))
    assert pieces == ["🙂"]  # four tokens, but never half a character


def test_a_pair_is_start_prompt_separator_completion_end(codec: Codec) -> None:
    pairs = codec.pairs(data_of(("ab", "cd"), ("", "x"), ("abc", "d" * 40)), range(3))
    first, empty, long = pairs.tokens
    assert codec.text(first[1:-1]) == "ab\ncd"
    assert (first[0], first[-1]) == (codec.end, codec.end)
    assert codec.text(first[pairs.begins[0] :]) == "cd"
    assert pairs.begins[1] == 2
    assert len(empty) == 4
    assert len(long) == LENGTH
    assert pairs.cut == 1


def test_a_prompt_that_fills_a_row_is_refused_with_its_place(codec: Codec) -> None:
    with pytest.raises(UsageError, match=r"row 2: the prompt has 18 tokens, but a row has 16"):
        codec.pairs(data_of(("a", "b"), ("x" * 16, "y")), range(2))


def test_packing_fills_rows_and_keeps_every_item_once() -> None:
    draw = np.random.default_rng(0)
    lengths = draw.integers(1, 17, 200).tolist()
    rows = pack(lengths, LENGTH)
    assert sorted(item for row in rows for item in row) == list(range(200))
    sums = [sum(lengths[item] for item in row) for row in rows]
    assert max(sums) <= LENGTH
    assert len(rows) <= 1.1 * sum(lengths) / LENGTH + 1


def own_losses(network: CausalNetwork, tokens: np.ndarray, begin: int) -> np.ndarray:
    """Return the losses of a pair alone, from the logits of KerasHub's functional network, in NumPy."""
    row = np.zeros((1, LENGTH), np.int32)
    row[0, : len(tokens)] = tokens
    mask = (np.arange(LENGTH) < len(tokens)).astype(np.int32)[np.newaxis]
    hidden = network.backbone.model({"token_ids": row, "padding_mask": mask}, training=False)[0].numpy()[0]
    logits = hidden @ network.variables["token_embedding/embeddings"].numpy().T
    largest = logits.max(axis=1, keepdims=True)
    logs = logits - largest - np.log(np.exp(logits - largest).sum(axis=1, keepdims=True))
    return np.array([-logs[at - 1, tokens[at]] for at in range(begin, len(tokens))])


@pytest.mark.parametrize("packing", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_the_loss_is_that_of_completion_and_end_alone(network: CausalNetwork, codec: Codec, *, packing: bool) -> None:
    pairs = codec.pairs(data_of(("a", "bc"), ("", "d"), ("xy", "z!"), ("good", " film")), range(4))
    rows = rows_of(pairs, LENGTH, packing=packing)
    assert len(rows) == (2 if packing else 4)
    found = token_losses(network)(*rows.batch(np.arange(len(rows)), 5)).numpy()
    owners = rows.owners[rows.weights > 0]
    for item, (tokens, begin) in enumerate(zip(pairs.tokens, pairs.begins, strict=True)):
        np.testing.assert_allclose(found[owners == item], own_losses(network, tokens, begin), rtol=1e-4, atol=1e-5)


def test_outputs_of_frozen_blocks_continue_to_the_same_losses(network: CausalNetwork, codec: Codec) -> None:
    rows = rows_of(codec.pairs(data_of(("a", "bc"), ("xy", "z!")), range(2)), LENGTH, packing=True)
    tokens, positions, segments, *_ = rows.batch(np.arange(1), 1)
    whole = network.embed(tokens, positions, training=False)
    whole = network.through(whole, segments, network.blocks, training=False)
    for frozen in range(3):
        below = tf.constant(hidden_states(network, rows, frozen, batch_size=2))
        found = network.through(below, segments, network.blocks[frozen:], training=False)
        np.testing.assert_allclose(found, whole, rtol=1e-5, atol=1e-6)


def test_cached_decoding_takes_the_most_likely_tokens(
    network: CausalNetwork, codec: Codec, generator: Generator
) -> None:
    generator = generator.with_sampling(Sampling(max_tokens=3))
    tokens = codec.prompt("the")
    for token in generator.tokens("the"):
        row = tokens[np.newaxis]
        hidden = network.embed(row, np.arange(len(tokens))[np.newaxis], training=False)
        hidden = network.through(hidden, np.ones_like(row), network.blocks, training=False)
        assert token == int(np.argmax(network.logits(hidden)[0, -1]))
        tokens = np.append(tokens, np.int32(token))
    np.testing.assert_array_equal(generator.logits("the").argmax(), next(iter(generator.tokens("the"))))


def test_sampling_depends_on_its_options_and_seed(generator: Generator, network: CausalNetwork) -> None:
    def completed(**options: float) -> str:
        return generator.with_sampling(Sampling(max_tokens=8).changed(options)).complete("a").text

    greedy, hot = completed(), completed(temperature=5.0)
    assert hot != greedy
    assert completed(temperature=5.0) == hot
    assert completed(temperature=5.0, seed=1) != hot
    assert completed(temperature=5.0, top_k=1) == greedy
    assert completed(temperature=5.0, top_p=1e-6) == greedy
    size = network.sizes["vocabulary_size"]
    assert completed(temperature=5.0, top_k=10**6) == completed(temperature=5.0, top_k=size)
    assert completed(temperature=5.0, top_k=10**6, top_p=1e-6) == greedy
    assert Sampling(1.0, top_k=5).changed({"temperature": 0}) == Sampling()
    with pytest.raises(UsageError, match=r"temperature=1e-42: must be 0, or 0\.001 or more"):
        completed(temperature=1e-42)
    with pytest.raises(UsageError, match="top_k=5: has no effect without temperature"):
        completed(top_k=5)
    with pytest.raises(UsageError, match="no option 'temprature'"):
        completed(temprature=1.0)
    with pytest.raises(UsageError, match="top_p=2"):
        completed(top_p=2.0)


def test_the_interval_of_perplexity_is_that_of_the_bootstrap() -> None:
    draw = np.random.default_rng(0)
    tokens = draw.integers(1, 20, 300)
    losses = tokens * draw.normal(3.0, 0.8, 300).clip(0.1)
    before = losses + tokens * draw.normal(0.2, 0.3, 300)
    mean, error = mean_loss(losses, tokens)
    drawn = draw.integers(0, 300, (2000, 300))
    assert mean == pytest.approx(losses.sum() / tokens.sum())
    assert error == pytest.approx(np.std(losses[drawn].sum(axis=1) / tokens[drawn].sum(axis=1)), rel=0.1)
    metrics = PerplexityMetrics(Likelihoods(losses, tokens), Likelihoods(before, tokens))
    values = metrics.to_json()
    low, high = values["perplexity_ratio_interval"]
    assert low < values["perplexity"] / values["untuned_perplexity"] < high < 1
    assert metrics.baseline_note("test") is None
    assert "not significantly lower" in str(
        PerplexityMetrics(Likelihoods(losses, tokens), Likelihoods(losses[::-1], tokens[::-1])).baseline_note("test")
    )


def test_equal_prompts_are_in_the_same_split(table: Callable[..., str]) -> None:
    rows = [(f"p{n % 20}", f"c{n}") for n in range(60)]
    data = prompts(table(rows).removeprefix("prompts:"), {})
    found = [{data.prompts[at] for at in data.splits[name]} for name in ("train", "validation", "test")]
    assert sum(map(len, found)) == 20
    assert len(set().union(*found)) == 20
    assert dict(data.sizes) == {"train": 42, "validation": 9, "test": 9}
    assert data.fingerprint == prompts(table(rows).removeprefix("prompts:"), {}).fingerprint
