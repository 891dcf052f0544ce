"""Every hook is documented by an example that runs."""

from __future__ import annotations

import inspect
import re

import numpy as np
import pytest

from tlzoo.plugins import HOOKS, registered
from tlzoo.plugins import hookspecs as specifications
from tlzoo.testing import check_exporter

SPECIFIED = [name for name, value in vars(specifications).items() if hasattr(value, "tlzoo_spec")]


def test_each_hook_is_known_by_name() -> None:
    assert list(HOOKS) == SPECIFIED


def example_of(hook: str) -> str:
    documentation = inspect.getdoc(getattr(specifications, hook)) or ""
    examples = re.findall(r"```python\n(.*?)```", documentation, re.DOTALL)
    assert len(examples) == 1, f"{hook} has {len(examples)} examples"
    return examples[0]


@pytest.mark.parametrize("hook", SPECIFIED)
def test_its_example_is_a_plugin_that_works(distributions, hook: str) -> None:
    distributions.add("example", example_of(hook))
    assert registered(hook, plugin="example")


def test_the_adapter_of_the_example_gives_samples(distributions) -> None:
    distributions.add("example", example_of("tlzoo_data_adapters"))
    samples = registered("tlzoo_data_adapters", plugin="example")[0].value("4", {})
    assert samples.labels.tolist() == [0, 1, 0, 1]


def test_the_exporter_of_the_example_passes_the_kit(distributions) -> None:
    distributions.add("example", example_of("tlzoo_exporters"))
    report = check_exporter("weights")
    assert (report.run, report.failed) == (2, 0)


def test_the_score_of_the_example_is_a_number(distributions) -> None:
    distributions.add("example", example_of("tlzoo_scores"))
    score = registered("tlzoo_scores", plugin="example")[0].value
    assert score(np.array([[0.0], [0.0], [2.0], [2.0]]), np.array([0, 0, 1, 1])) == 1.0
