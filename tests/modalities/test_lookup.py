"""A modality of a plugin that breaks the contract is named, and harms no other."""

import pytest

from tlzoo.errors import PluginError
from tlzoo.modalities import modality_of_argument, require_modality

BODY = """
from tlzoo.plugins import hookimpl


@hookimpl
def tlzoo_modalities():
    from tlzoo.modalities import Modality

    class NoReader(Modality):
        name = "no-reader"

    class NoArgument(Modality):
        name = "no-argument"
        raw_reader = made_up_inputs = None

    class Broken(NoArgument):
        name, argument = "broken", "broken"

        def __init__(self):
            raise RuntimeError("no licence")

    class Whole(NoArgument):
        name, argument = "whole", "wholes"

    given = {each.name: each for each in (NoReader, NoArgument, Broken)}
    return {"number": 3, "list": [], **given, "whole": Whole}
"""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("number", "the modality 3 is not a subclass of tlzoo.modalities.Modality"),
        ("list", r"the modality \[\] is not a subclass"),
        ("no-reader", r"NoReader does not define 'made_up_inputs'"),
        ("no-argument", r"NoArgument does not define 'argument'"),
        ("broken", r"Broken cannot be constructed: RuntimeError: no licence"),
    ],
)
def test_a_modality_that_breaks_the_contract_is_named(distributions, name: str, said: str) -> None:
    distributions.add("acme", BODY)
    with pytest.raises(PluginError, match=said):
        require_modality(name)


def test_others_are_found_behind_it(distributions) -> None:
    distributions.add("acme", BODY)
    assert modality_of_argument("wholes") is require_modality("whole")
    assert modality_of_argument("waves") is None
