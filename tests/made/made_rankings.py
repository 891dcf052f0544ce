"""A ranking that nothing was computed for: what a page shows of it is known."""

from __future__ import annotations

import numpy as np

from tlzoo.zoo.ranking import Baseline, Curve, Ranked, Ranking, Unranked

__all__ = ["made_ranking"]

CLASSES = ("circle", "cross", "square </script> & more")


def made_ranking(count: int = 6) -> Ranking:
    """Return entries ``made/net0.x`` (the best and slowest) to the last, with maps for the first two."""
    draw = np.random.default_rng(0)
    labels = np.arange(120) % 3
    plane = draw.normal(size=(3, 2))[labels] * 2 + draw.normal(size=(120, 2)) * 0.4
    plane = (plane - plane.min(axis=0)) / np.ptp(plane, axis=0)
    entries = tuple(_entry(at) for at in range(count))
    return Ranking(
        data="images:photos/",
        fingerprint=64 * "0",
        classes=CLASSES,
        samples=300,
        available=1200,
        seed=0,
        by="linear-probe",
        machine="2 cores of a processor",
        entries=entries,
        baselines=(Baseline("commonest class", {"linear-probe": 0.34}), Baseline("pixels", {"linear-probe": 0.55})),
        unranked=(Unranked("made/far.x", "not on this machine: weights", "tlzoo fetch made/far.x"),),
        notes=("27 entries for text skipped: the data are vision",),
        maps={each.id: plane[:, ::-1] if at else plane for at, each in enumerate(entries[:2])},
        mapped=tuple((int(label), f"photos/{at}.png") for at, label in enumerate(labels)),
    )


def _entry(at: int) -> Ranked:
    value = 0.95 - 0.06 * at
    latency = 40.0 / (at + 1) if at != 3 else 60.0
    expected = {300 * times: min(0.99, value + 0.01 * step) for step, times in enumerate((1, 2, 4, 8))}
    curve = Curve(
        {56: value - 0.1, 112: value - 0.05, 225: value - 0.02},
        expected,
        {labels: (each - 0.02, min(1.0, each + 0.01)) for labels, each in expected.items()},
    )
    return Ranked(
        id=f"made/net{at}.x",
        scores={"linear-probe": value, "knn": value - 0.03, "logme": float("nan") if at == 2 else 0.5 - 0.1 * at},
        intervals={"linear-probe": (value - 0.02, value + 0.02), "knn": (value - 0.06, value)},
        samples=300,
        cost={
            "latency_ms": latency,
            "throughput": 100.0,
            "peak_bytes": None,
            "parameters": 25_000_000 // (at + 1),
            "flops": 8_000_000_000 // (at + 1),
            "bytes": None,
            "feature_size": 512,
        },
        reported={"top1": 0.7 + 0.01 * at} if at % 2 else {},
        group=max(1, at),
        front=at != 3,
        warnings=("white becomes 255, but the contract declares 1",) if at == 4 else (),
        curve=curve if at <= 1 else None,
    )
