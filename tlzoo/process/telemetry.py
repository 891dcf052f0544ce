"""Telemetry of other libraries, switched off: nothing is sent without your consent.

``import tlzoo`` sets these variables before the libraries are imported. Variables that you set are not changed.
"""

from __future__ import annotations

import os
import sys

__all__ = ["SWITCHES", "switch_off"]

SWITCHES = {
    "DO_NOT_TRACK": "1",  # https://donottrack.sh: huggingface_hub, MLflow and others
    "HF_HUB_DISABLE_TELEMETRY": "1",  # huggingface_hub, installed with datasets and KerasHub
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "RAY_USAGE_STATS_ENABLED": "0",
    "WANDB_ERROR_REPORTING": "false",
}
"""Environment variables that switch telemetry off, by library."""

_REPORTERS = ("openvino_telemetry",)
"""Packages that only send telemetry. OpenVINO has no variable for it, and works without its package."""


def switch_off() -> None:
    """Switch off telemetry in this process and its child processes."""
    for name, value in SWITCHES.items():
        os.environ.setdefault(name, value)
    for name in _REPORTERS:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # importing it then raises ImportError
