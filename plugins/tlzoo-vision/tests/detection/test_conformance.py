"""Task and head under tlzoo's conformance kit."""

import pytest

from tlzoo.testing import HeadChecks, TaskChecks


@pytest.mark.slow
class TestDetection(TaskChecks):
    task = "detection"


@pytest.mark.slow
class TestPyramidBoxes(HeadChecks):
    head = "fcos"
