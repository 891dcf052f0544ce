"""MLflow tracker: metrics, parameters and files of a run on a tracking server or in a folder."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from tlzoo.errors import UsageError
from tlzoo.trackers.contract import TrackedRun, Tracker

__all__ = ["MLflow"]

_STATUS = {"finished": "FINISHED", "interrupted": "KILLED", "failed": "FAILED"}
_MOST_PARAMETERS, _LONGEST = 100, 6000
"""Limits of MLflow: parameters in one request, characters of a value."""


class MLflow(Tracker):
    """Log to MLflow at ``MLFLOW_TRACKING_URI``. Install its client with ``pip install 'tlzoo[mlflow]'``."""

    name: ClassVar[str] = "mlflow"

    uri: str | None = Field(default=None, description="tracking server, or file:FOLDER; default: MLFLOW_TRACKING_URI")
    experiment: str | None = Field(default=None, description="experiment; default: MLFLOW_EXPERIMENT_NAME, or tlzoo")

    def start(self, run: TrackedRun, key: str | None) -> str:
        """Create a run in the experiment, or continue it; return its id."""
        uri = self.uri or os.environ.get("MLFLOW_TRACKING_URI")
        if uri is None:
            raise UsageError("MLFLOW_TRACKING_URI is not set", "set it to a server, or to file:FOLDER")
        # A server that does not answer must not hold up the run, unless the user says otherwise.
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")
        if "://" not in uri or uri.startswith("file:"):
            os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")  # the user asked for it by name
        client = self.state["client"] = _client(uri)
        if key is not None:
            self.state["run"] = client.get_run(key).info.run_id
            client.update_run(key, status="RUNNING")
            return key
        name = self.experiment or os.environ.get("MLFLOW_EXPERIMENT_NAME", "tlzoo")
        found = client.get_experiment_by_name(name)
        experiment = client.create_experiment(name) if found is None else found.experiment_id
        made = client.create_run(experiment, run_name=run.name, tags={"mlflow.source.name": "tlzoo"})
        self.state["run"] = made.info.run_id
        parameters = list(run.parameters.items())
        for first in range(0, len(parameters), _MOST_PARAMETERS):
            some = parameters[first : first + _MOST_PARAMETERS]
            client.log_batch(self.state["run"], params=list(_parameters(some)))
        return str(made.info.run_id)

    def log_epoch(self, phase: str, epoch: int, step: int, figures: Mapping[str, float]) -> None:
        """Log the metrics over the epochs of all phases; a tag has the phase."""
        if epoch == 1:
            self.state["client"].set_tag(self.state["run"], "phase", phase)
        self._log(figures, step)

    def log_result(self, figures: Mapping[str, float]) -> None:
        """Log the metrics on the test split."""
        self._log(figures, 0)

    def log_file(self, path: Path, kind: str) -> None:  # noqa: ARG002 - artefacts have their names
        """Upload the file as an artefact."""
        self.state["client"].log_artifact(self.state["run"], str(path))

    def finish(self, status: str) -> None:
        """Set the status of the run."""
        self.state["client"].set_terminated(self.state["run"], status=_STATUS[status])

    def _log(self, figures: Mapping[str, float], step: int) -> None:
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        metrics = [Metric(name, value, now, step) for name, value in figures.items() if math.isfinite(value)]
        self.state["client"].log_batch(self.state["run"], metrics=metrics)


def _client(uri: str) -> Any:
    try:
        from mlflow import MlflowClient
    except ModuleNotFoundError as error:
        raise UsageError("MLflow is not installed", "run pip install 'tlzoo[mlflow]'") from error
    return MlflowClient(tracking_uri=uri)


def _parameters(some: Sequence[tuple[str, Any]]) -> Iterator[Any]:
    from mlflow.entities import Param

    for name, value in some:
        yield Param(name, str(value)[:_LONGEST])
