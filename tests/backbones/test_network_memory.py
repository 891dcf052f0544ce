"""The memory of a network is estimated from its shapes, without allocating it."""

from __future__ import annotations

import keras
import pytest

from tlzoo.artifacts import using
from tlzoo.backbones import require_memory
from tlzoo.backbones.network_memory import NetworkSize, network_size
from tlzoo.errors import EntryError


def dense(units: int, length: int | None = None) -> keras.Model:
    inputs = keras.Input((8,) if length is None else (None, 8))
    return keras.Model(inputs, keras.layers.Dense(units)(inputs))


def test_the_size_is_that_of_the_built_network() -> None:
    size = network_size(lambda: dense(16))
    assert size == NetworkSize(parameters=dense(16).count_params(), largest=8 * 16)  # its kernel is a tensor, too
    assert network_size(lambda: dense(16, 4), length=100).largest == 100 * 16


def test_a_network_that_does_not_fit_is_never_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TLZOO_MEMORY", "2GB")
    built = []

    def build() -> keras.Model:
        built.append(keras.src.backend.common.stateless_scope.in_stateless_scope())
        return dense(10**10)

    require_memory("acme/net.pets", build)
    assert not built
    with using(estimate_memory=True):
        require_memory("acme/net.pets", lambda: dense(16))
        with pytest.raises(
            EntryError, match=r"acme/net\.pets needs at least .* GB of memory \(90,000,000,000 parameters"
        ):
            require_memory("acme/net.pets", build)
    assert built == [True]
    with keras.StatelessScope():
        dense(4)  # Keras allocates what is pending at the end of a scope, and this has no room for the refused network
