"""Task and heads under tlzoo's conformance kit."""

from tlzoo.testing import HeadChecks, TaskChecks


class TestSegmentation(TaskChecks):
    task = "segmentation"


class TestPyramidMap(HeadChecks):
    head = "fpn"


class TestLinearMap(HeadChecks):
    head = "linear-map"
