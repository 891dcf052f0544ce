"""Usage reports of other libraries, switched off: nothing is sent unasked.

``import tlzoo`` sets these before the libraries are imported. A variable that you have set yourself is left alone.
"""

from __future__ import annotations

import os
import sys

__all__ = ["SWITCHES", "switch_off"]

SWITCHES = {
    "DO_NOT_TRACK": "1",  # https://donottrack.sh: huggingface_hub, MLflow and others
    "HF_HUB_DISABLE_TELEMETRY": "1",  # huggingface_hub, which datasets and KerasHub bring
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "RAY_USAGE_STATS_ENABLED": "0",
    "WANDB_ERROR_REPORTING": "false",
}
"""Environment variables that switch reports off, by the library that reads them."""

_REPORTERS = ("openvino_telemetry",)
"""Packages that do nothing but report. OpenVINO asks no variable, and works without its own."""


def switch_off() -> None:
    """Switch off usage reports in this process and in those that it starts."""
    for name, value in SWITCHES.items():
        os.environ.setdefault(name, value)
    for name in _REPORTERS:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # importing it is then an ImportError
