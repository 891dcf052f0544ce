"""Task and head under tlzoo's conformance kit."""

import pytest

from tlzoo.testing import HeadChecks, TaskChecks


class TestTagging(TaskChecks):
    task = "tagging"


@pytest.mark.slow
class TestTagger(HeadChecks):
    head = "tagger"
