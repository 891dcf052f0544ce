"""Prometheus metrics of a server."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MULTIPROCESS", "ServerMetrics"]

MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
"""The variable of prometheus_client for a folder in which several processes share their metrics."""

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


class ServerMetrics:
    """Counters, histograms and gauges; several workers add theirs up."""

    def __init__(self, waiting: Callable[[], int] = lambda: 0) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self._registry = registry = CollectorRegistry()
        self._waiting = waiting
        self.requests = Counter("tlzoo_requests", "Requests by path and status.", ("path", "status"), registry=registry)
        self.seconds = Histogram(
            "tlzoo_request_seconds", "Seconds from request to response.", ("path",), registry=registry, buckets=_SECONDS
        )
        self.inputs = Counter("tlzoo_inputs", "Inputs by outcome.", ("outcome",), registry=registry)
        self.queue = Gauge("tlzoo_queue_inputs", "Waiting inputs.", registry=registry, multiprocess_mode="livesum")
        self.queue_seconds = Histogram(
            "tlzoo_queue_seconds", "Seconds that an input waits.", registry=registry, buckets=_SECONDS
        )
        self.batch_size = Histogram("tlzoo_batch_inputs", "Inputs in a batch.", registry=registry, buckets=_SIZES)
        self.model_seconds = Histogram(
            "tlzoo_batch_seconds", "Seconds to compute a batch.", registry=registry, buckets=_SECONDS
        )

    def text(self) -> tuple[bytes, str]:
        """Return the metrics in Prometheus's text format, and its content type."""
        from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
        from prometheus_client.multiprocess import MultiProcessCollector

        self.queue.set(self._waiting())
        registry = self._registry
        if MULTIPROCESS in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry), CONTENT_TYPE_LATEST
