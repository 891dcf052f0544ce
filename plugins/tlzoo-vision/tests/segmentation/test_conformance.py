"""Task and heads under tlzoo's conformance kit."""

import pytest

from tlzoo.testing import HeadChecks, TaskChecks


@pytest.mark.slow
class TestSegmentation(TaskChecks):
    task = "segmentation"


@pytest.mark.slow
class TestPyramidMap(HeadChecks):
    head = "fpn"


@pytest.mark.slow
class TestLinearMap(HeadChecks):
    head = "linear-map"
