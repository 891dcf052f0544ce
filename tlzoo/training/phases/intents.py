"""Intents of variables in a phase: Keras's flags, and the record for the audit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlzoo.training.phases.audit import Intent

if TYPE_CHECKING:
    import keras

    from tlzoo.strategies import Phase
    from tlzoo.training.network import Network

__all__ = ["is_training", "moving_statistics", "set_intents"]


def set_intents(network: Network, phase: Phase) -> dict[str, Intent]:
    """Set Keras's trainable flags for a phase, and return the intent of each variable by path.

    A layer without trained variables is not trainable, which puts BatchNorm in inference mode. The statistics of the
    backbone's BatchNorm layers move only if the phase says so; those of the head move whenever the head trains.
    """
    from tlzoo.backbones import HubLayer

    trained = phase.train.paths(network.parts)
    intents: dict[str, Intent] = dict.fromkeys(network.variables, "frozen")
    for layer in network.layers():
        paths = _paths(network, layer)
        if isinstance(layer, HubLayer):
            layer.train_only(paths & trained, statistics=phase.statistics == "trained")
        else:
            layer.trainable = _is_training(network, phase, layer, trained)
        statistics = _statistics(network, layer)
        intents |= dict.fromkeys((paths & trained) - statistics, "trained")
        if layer.moves_statistics if isinstance(layer, HubLayer) else layer.trainable:
            intents |= dict.fromkeys(statistics, "statistics")
    return intents


def is_training(network: Network, phase: Phase, layer: keras.Layer) -> bool:
    """Return whether a layer trains in a phase. BatchNorm that trains normalizes by the batch."""
    return _is_training(network, phase, layer, phase.train.paths(network.parts))


def _is_training(network: Network, phase: Phase, layer: keras.Layer, trained: frozenset[str]) -> bool:
    import keras

    paths = _paths(network, layer)
    if paths & network.parts.head:
        return bool(network.parts.head & trained)
    if isinstance(layer, keras.layers.BatchNormalization) and phase.statistics == "frozen":
        return False
    return bool(paths & trained)


def moving_statistics(network: Network) -> set[str]:
    """Return the paths of variables that layers update without gradients: moving averages."""
    return set[str]().union(*(_statistics(network, layer) for layer in network.layers()))


def _paths(network: Network, layer: keras.Layer) -> set[str]:
    return {network.path(variable) for variable in layer.weights}


def _statistics(network: Network, layer: keras.Layer) -> set[str]:
    return {network.path(variable) for variable in layer._non_trainable_variables}
