"""Errors in the code of plugins: the command line names the plugin and the line."""

from __future__ import annotations

import pytest

from tlzoo.cli import main

ADAPTER = """
from tlzoo.plugins import hookimpl


def read(location, options, *, progress=None):
    {body}


@hookimpl
def tlzoo_data_adapters():
    return {{"acme": read}}
"""


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ("return {}['x']", 3, "tlzoo: plugin 'acme' raised KeyError: 'x'; see "),
        ("return __import__('json').loads('[')", 3, "tlzoo: plugin 'acme' raised JSONDecodeError: "),
        ("from tlzoo.durations import parse_duration; parse_duration(3, 4, 5)", 3, "plugin 'acme' raised TypeError: "),
        ("from tlzoo.errors import DataError; raise DataError('no such folder')", 1, "tlzoo: no such folder\n"),
    ],
)
def test_an_error_of_a_plugin_has_its_name_and_line(distributions, capsys, body: str, code: int, said: str) -> None:
    distributions.add("acme", ADAPTER.format(body=body))
    assert main(["data", "inspect", "acme:x"]) == code
    found = capsys.readouterr().err
    assert said in found
    assert (f"plugin.py, line 6: `{body}`" in found) == (code == 3)
    assert "should not happen" not in found
