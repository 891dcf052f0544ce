"""Views: augmented versions of the samples for an epoch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.modalities.augmentation import MovesBoxes, MovesMaps
from tlzoo.training.seeds import derive, generator

if TYPE_CHECKING:
    from tlzoo.modalities.augmentation import Augmenter, Pairing
    from tlzoo.tasks import OutputForm
    from tlzoo.training.contract import Setup
    from tlzoo.training.frozen.feeds import Feed

__all__ = ["AugmentedFeed", "View", "kept_view", "view_of"]

_MOST_SAMPLES = 2**40


@dataclass(frozen=True, slots=True)
class View:
    """One version of every sample.

    ``base`` and the sample determine its random numbers; ``number`` is its index among the cached views, None
    if it is not cached.
    """

    base: int
    number: int | None = None

    def pairing(self, augmenter: Augmenter | None, step: int, batch: int) -> Pairing | None:
        """Return the pairs to mix in a batch of this size at this step of the epoch; None without mixing."""
        if augmenter is None:
            return None
        return augmenter.pairing(generator(self.base, "pairs", step), batch)

    def draws_for(self, order: np.ndarray) -> np.ndarray:
        """Return the numbers (N,) that determine the random values of each sample of an epoch."""
        return order if self.number is not None else _told_apart(order)

    def truth(
        self,
        augmenter: Augmenter | None,
        order: np.ndarray,
        first: int,
        step: int,
        targets: np.ndarray,
        weights: np.ndarray,
        form: OutputForm,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return targets (batch, …) and weights (batch,) changed as the samples of this step are.

        ``order`` are the samples of the epoch, and ``first`` is the position of the step's first sample in it.
        """
        if augmenter is None:
            return targets, weights
        samples = self.draws_for(order)[first : first + len(targets)]
        match form:
            case "map":
                assert isinstance(augmenter, MovesMaps), "others are refused before training"
                targets = np.asarray(augmenter.moved_maps(targets, self.base, samples))
            case "boxes":
                assert isinstance(augmenter, MovesBoxes), "others are refused before training"
                targets = np.asarray(augmenter.moved_boxes(targets, self.base, samples))
        pairs = self.pairing(augmenter, step, len(targets))
        return (targets, weights) if pairs is None else pairs.truth(targets, weights)


def view_of(setup: Setup, *, cut: bool, place: Sequence[int | str], epoch: int) -> View:
    """Return the view of an epoch of the phase at ``place``.

    If the network is cut above a frozen part and a number of views is set, they alternate, the same in every
    phase. Otherwise every epoch of every phase has its own.
    """
    views = setup.augment and setup.augment.options.views
    if views and cut:
        return kept_view(setup.seed, epoch % views)
    return View(derive(setup.seed, "augment", *place, epoch))


def kept_view(seed: int, number: int) -> View:
    """Return the view of this number, from 0."""
    return View(derive(seed, "view", number), number)


@dataclass(frozen=True, slots=True)
class AugmentedFeed:
    """Samples of a view, computed at each step."""

    samples: Feed
    augmenter: Augmenter
    view: View

    def batches(self, order: np.ndarray, batch_size: int) -> Iterator[Sequence[Any]]:
        """Yield lists of one array or tensor: a batch of augmented samples."""
        drawn_for = self.view.draws_for(order)
        for step, (batch,) in enumerate(self.samples.batches(order, batch_size)):
            here = drawn_for[step * batch_size : (step + 1) * batch_size]
            changed = self.augmenter(batch, self.view.base, here)
            pairs = self.view.pairing(self.augmenter, step, len(here))
            yield [changed if pairs is None else self.augmenter.mixed(changed, pairs)]


def _told_apart(order: np.ndarray) -> np.ndarray:
    """Return numbers for the samples of an epoch, with different numbers for repeated samples."""
    sorting = np.argsort(order, kind="stable")
    ordered = order[sorting]
    again = np.empty(len(order), np.int64)
    again[sorting] = np.arange(len(order)) - np.searchsorted(ordered, ordered)
    numbers: np.ndarray = order + again * _MOST_SAMPLES
    return numbers
