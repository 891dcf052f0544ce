"""What listing knows of fields without importing anything of the registry."""

from __future__ import annotations

from tlzoo.registry.inputs import CORE_INPUTS
from tlzoo.zoo.listing.fields import CORE_INPUT_KINDS
from tlzoo.zoo.listing.rows import INPUT_KINDS


def test_the_fields_of_tlzoos_own_inputs_have_their_kinds() -> None:
    kinds = {f"input.{name}": INPUT_KINDS[kind] for each in CORE_INPUTS.values() for name, kind in each.TYPES.items()}
    assert kinds == CORE_INPUT_KINDS
