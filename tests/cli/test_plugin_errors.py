"""Errors in the code of plugins: the command line and Python name the plugin and the line."""

from __future__ import annotations

import pytest

import tlzoo
from tlzoo.cli import main
from tlzoo.errors import DataError, PluginError

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


MODALITY = """
from tlzoo.modalities import Modality
from tlzoo.plugins import hookimpl


class Sound(Modality):
    name, argument = "sound", "sounds"
    {members}

    def read_in_memory(self, parts, where, options, progress):
        return parts[0].sample_rate


@hookimpl
def tlzoo_modalities():
    return {{"sound": Sound}}
"""


def test_python_names_the_plugin_and_the_line_too(distributions) -> None:
    distributions.add("acme", ADAPTER.format(body="return {}['x']"))
    with pytest.raises(
        PluginError, match=r"plugin 'acme' raised KeyError: 'x'; see .*plugin.py, line 6: `return"
    ) as said:
        tlzoo.inspect("acme:x")
    assert isinstance(said.value.__cause__, KeyError)
    with pytest.raises(PluginError, match="plugin 'acme' raised KeyError"):
        tlzoo.explain("acme:x", backbone="glyphnet")


def test_errors_of_tlzoo_and_of_the_caller_keep_their_type(distributions) -> None:
    body = "from tlzoo.errors import DataError; raise DataError('no such folder')"
    distributions.add("acme", ADAPTER.format(body=body))
    with pytest.raises(DataError, match="no such folder"):
        tlzoo.inspect("acme:x")
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        tlzoo.inspect("acme:x", datum=3)


def test_python_names_the_plugin_of_a_modality(distributions) -> None:
    members = "; ".join(f"{each} = None" for each in sorted(tlzoo.modalities.Modality.__abstractmethods__))
    distributions.add("acme", MODALITY.format(members=members))
    with pytest.raises(
        PluginError, match=r"plugin 'acme' raised AttributeError: 'list' .*plugin.py, line 11: `return pa"
    ):
        tlzoo.train(([object()] * 4, [0, 1, 0, 1]), backbone="glyphnet")
