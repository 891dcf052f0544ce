"""Figures written into a registry's text."""

from __future__ import annotations

import pytest

from tlzoo.errors import RegistryError
from tlzoo.registry import Measured
from tlzoo.zoo.benching.registry_update import record_measured, with_measured

REGISTRY = """\
format = 1
plugin = "acme"
api = ">=0.2,<0.3"
namespaces = ["acme"]

# Why this one comes first.
[entries."acme/one.web"]  # a remark
summary = "One"
modality = "vision"
loader = "net"
licence = "MIT"
files.weights.source = "https://example.org/one.h5"
input.kind = "image"
input.size = [32, 32]
features.kind = "map"
reported = [
  { metric = "top1", value = 0.5, data = "some", source = "https://example.org" },
]

# Of the second.
[entries.'acme/two.web']
summary = "Two"
modality = "vision"
loader = "net"
licence = "MIT"
files.weights.source = "https://example.org/two.h5"
input.kind = "image"
input.size = [32, 32]
features.kind = "map"
features.shape = [1, 1, 8]"""
FIGURES = Measured(12, 345, (1, 1, 8))
LINES = "measured.parameters = 12\nmeasured.flops = 345\nmeasured.feature_shape = [1, 1, 8]\n"


def test_figures_are_at_the_end_of_the_table() -> None:
    text = with_measured(REGISTRY, "acme/one.web", FIGURES, origin="here")
    assert text.replace(LINES, "") == REGISTRY
    assert f"]\n{LINES}\n# Of the second." in text


def test_the_last_table_may_lack_its_end_of_line() -> None:
    assert with_measured(REGISTRY, "acme/two.web", FIGURES, origin="here") == f"{REGISTRY}\n{LINES}"


def test_new_figures_take_the_place_of_old_ones() -> None:
    old = with_measured(REGISTRY, "acme/one.web", Measured(1, 2), origin="here")
    assert with_measured(old, "acme/one.web", FIGURES, origin="here") == with_measured(
        REGISTRY, "acme/one.web", FIGURES, origin="here"
    )


def test_unmeasured_values_are_not_written() -> None:
    assert with_measured(REGISTRY, "acme/two.web", Measured(12), origin="here").endswith("\nmeasured.parameters = 12\n")


def test_a_file_is_written_only_where_it_changes(tmp_path) -> None:
    path = tmp_path / "registry.toml"
    path.write_text(REGISTRY)
    assert record_measured(path, "acme/one.web", FIGURES)
    assert not record_measured(path, "acme/one.web", FIGURES)


@pytest.mark.parametrize(
    ("text", "entry", "figures", "said"),
    [
        (REGISTRY, "acme/three.web", FIGURES, r'here: no table \[entries\."acme/three.web"\]'),
        (
            f'{REGISTRY}\n[entries."acme/two.web".measured]\nparameters = 3\n',
            "acme/two.web",
            FIGURES,
            "cannot write",
        ),
        (REGISTRY, "acme/two.web", Measured(12, 345, (2, 2, 8)), "features.shape is not the measured shape"),
    ],
)
def test_an_unwritable_file_is_reported(text, entry, figures, said) -> None:
    with pytest.raises(RegistryError, match=said):
        with_measured(text, entry, figures, origin="here")
