"""Cards of exported files, also those of earlier versions."""

import pytest
from pydantic import ValidationError

from tlzoo.runs.results.exported_files import ExportCard
from tlzoo.tasks import PLAIN, Decision

CARD = {"format": "onnx", "precision": "float32", "file": "model.onnx", "inputs": {}, "classes": ["a", "b"]}


def test_the_thresholds_of_an_earlier_version_are_its_decision() -> None:
    assert ExportCard.model_validate(CARD | {"thresholds": [0.3, 0.6]}).decision == Decision(thresholds=[0.3, 0.6])
    assert ExportCard.model_validate(CARD | {"thresholds": None}).decision == PLAIN
    assert ExportCard.model_validate(CARD).decision == PLAIN
    with pytest.raises(ValidationError, match="thresholds"):
        ExportCard.model_validate(CARD | {"thresholds": ["a half"]})
