"""``digits:``, scikit-learn's handwritten digits: 1,797 grey images of 8 x 8 pixels, available offline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tlzoo.data.adapters.class_options import CLASS_OPTIONS, with_class_options
from tlzoo.data.contract import Samples
from tlzoo.data.source import refuse_unknown_options
from tlzoo.errors import UsageError
from tlzoo.modalities.vision.pictures import ArrayPictures
from tlzoo.progress import Progress
from tlzoo.tasks import Classification

if TYPE_CHECKING:
    from collections.abc import Mapping


def digits(location: str, options: Mapping[str, str], *, progress: Progress | None = None) -> Samples:  # noqa: ARG001 - they are small
    """Open the handwritten digits: uint8 (8, 8, 1), their 0..16 scaled to 0..255; classes ``0`` to ``9``.

    ``task=KIND`` and ``classes=A,B,C`` are the same as for ``images:``. Raises UsageError for a location or another
    option.
    """
    refuse_unknown_options("digits", options, CLASS_OPTIONS)
    if location:
        raise UsageError(f"'digits:' takes no location; got {location!r}", "write 'digits:'")
    from sklearn.datasets import load_digits

    bunch = load_digits()
    examples = ArrayPictures("digits", np.rint(bunch.images * (255 / 16)).astype(np.uint8)[..., np.newaxis])
    samples = Samples(
        source="digits:" + ("?" + "&".join(f"{name}={value}" for name, value in options.items()) if options else ""),
        task=Classification(tuple(str(name) for name in bunch.target_names)),
        examples=examples,
        labels=bunch.target.astype(np.int64),
        digests=examples.digests(),
    )
    return with_class_options(samples, options)
