"""Augmented training samples: views, computed at each step or cached."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.training.frozen.feeds import Feed, KeptFeed
from tlzoo.training.frozen.frozen_part import EngineFeed, FrozenPart, stored
from tlzoo.training.frozen.views import AugmentedFeed, View, kept_view

if TYPE_CHECKING:
    from collections.abc import Callable

    from tlzoo.modalities.augmentation import Augmenter
    from tlzoo.training.contract import Setup
    from tlzoo.training.frozen.store import FeatureStore

__all__ = ["Augmented"]


@dataclass(slots=True)
class Augmented:
    """Augmented samples at a boundary.

    ``samples`` opens the feed of the original samples on demand; ``frozen`` is the part between them and
    the boundary, or None.
    """

    setup: Setup
    store: FeatureStore
    augmenter: Augmenter
    samples: Callable[[], Feed]
    frozen: FrozenPart | None
    _opened: Feed | None = None
    _kept: dict[int, Feed] = field(default_factory=dict)

    def feed(self, view: View) -> Feed:
        """Return the feed of a view, cached or computed at each step."""
        if view.number in self._kept:
            return self._kept[view.number]
        if self._opened is None:
            self._opened = self.samples()
        changed = AugmentedFeed(self._opened, self.augmenter, view)
        return changed if self.frozen is None else EngineFeed(changed, self.frozen)

    def keep(self, views: int) -> None:
        """Compute the first views of the training split through the store; cached ones are reused.

        If the store cannot be written, this is reported, and views are computed every epoch.
        """
        train = self.setup.data.train
        rows = np.full(len(self.setup.data.examples), -1)
        rows[train] = np.arange(len(train))
        for number in range(views):
            if self.frozen is None or number in self._kept:
                continue
            severed = self.frozen.severed
            view = kept_view(self.setup.seed, number)
            try:
                arrays = stored(severed, self.setup, self.store, train, self.frozen.engine, view)
            except OSError as error:
                self.setup.progress.note(f"{error.strerror or error}: views are computed again in every epoch")
                return
            self._kept[number] = KeptFeed(arrays, rows, severed.dtypes)
