"""What is registered is described from its own code."""

from __future__ import annotations

import pytest

from tlzoo.errors import UsageError
from tlzoo.zoo.offers import offers


def heads() -> None:
    from typing import Literal

    from tlzoo.plugins import hookimpl

    @hookimpl
    def tlzoo_heads():
        from pydantic import Field

        from tlzoo.heads import Head

        class Mine(Head):
            """One line.

            More.
            """

            name = "mine"
            width: int = Field(gt=0, description="how wide")
            shape: Literal["round", "square"] = "round"
            rates: tuple[float, ...] = (0.5,)

            def build(self, size, task, seed):
                raise NotImplementedError

        return {"mine": Mine}


def test_a_class_comes_with_its_fields(distributions) -> None:
    distributions.add("acme", heads)
    (found,) = offers("tlzoo_heads", "mine")
    assert (found.name, found.plugin, found.summary) == ("mine", "acme", "One line.")
    options = {option.name: option for option in found.options}
    assert (options["width"].required, options["width"].description) == (True, "how wide")
    assert (options["shape"].type, options["shape"].default) == ("round | square", "round")
    assert (options["rates"].type, options["rates"].default) == ("tuple[float, ...]", [0.5])


def test_those_of_the_core_are_among_all() -> None:
    assert {"linear", "mlp"} <= {offer.name for offer in offers("tlzoo_heads")}
    assert {"images", "arrays", "digits"} <= {offer.name for offer in offers("tlzoo_data_adapters")}


def test_an_unknown_name_gets_a_did_you_mean() -> None:
    with pytest.raises(UsageError, match="no strategy 'multi-stop'; did you mean 'multi-step'"):
        offers("tlzoo_strategies", "multi-stop")
