"""The report of a run that was not made: what its page shows is known."""

from __future__ import annotations

import numpy as np

from tlzoo.evaluation import AuditLine, PhaseSummary, Prediction, Report
from tlzoo.tasks import classification_metrics

__all__ = ["EVIL", "made_report"]

EVIL = '<script>alert("x")</script>'


def made_report() -> Report:
    """Return a report of three classes and two phases, with a name that is a script."""
    classes = (EVIL, "bee", "cat & dog")
    probabilities = np.eye(3)[[0, 1, 1, 2, 0, 2]] * 0.9 + 0.03
    image = np.random.default_rng(0).integers(0, 256, (300, 200, 3), dtype=np.uint8)
    epochs = ({"loss": 1.0, "val_loss": 1.2, "accuracy": 0.5}, {"loss": 0.5, "val_loss": 0.7, "accuracy": 0.8})
    return Report(
        backbone="vision/glyphs.letters",
        data="images:photos",
        strategy="multi-step",
        created="2026-11-20 22:40",
        recipe='seed = 0 # <b> & "quotes"',
        environment={"tensorflow": "2.21.0", "machine": "2 cores"},
        seconds=83.4,
        facts={"Training": "80 examples"},
        warnings=("Validation is small.",),
        notes=("lp-ft, because there are few labels",),
        metrics=classification_metrics(np.array([0, 1, 1, 2, 1, 2]), probabilities, classes),
        phases=(
            PhaseSummary("head", "head", "cached features", "0.001", 2, 1.5, 0.8, history=epochs),
            PhaseSummary(EVIL, "everything", "live", "1e-5", 1, 3700.0, float("nan"), "undone", epochs[:1]),
        ),
        audit=(AuditLine("head", kept=True, text="2 trained, 40 frozen"),),
        set_aside=((f"photos/{EVIL}.jpg", "not an image"),),
        samples=(Prediction("photos/1.jpg", "bee", 0.93, "bee", image), Prediction("a text", "bee", 0.5)),
        most_wrong=(Prediction("photos/2.jpg", "bee", 0.93, EVIL, image[:20, :20, :1]),),
    )
