"""Folders of formats."""

from __future__ import annotations

import pytest

from tlzoo.errors import UsageError
from tlzoo.runs.exporting.write_format import format_folder, refuse_same_folders


def test_options_are_part_of_the_folder_name() -> None:
    assert format_folder("litert:int8") == "litert-int8"
    assert format_folder("litert:int8?calibration=500") == "litert-int8-calibration-500"


def test_two_formats_with_one_folder_are_refused() -> None:
    refuse_same_folders(["litert", "litert:int8", "litert:int8?calibration=20"])
    with pytest.raises(
        UsageError, match="'names\\?separator=/' and 'names\\?separator=-' have the same folder 'names-se"
    ):
        refuse_same_folders(["names?separator=/", "names?separator=-"])
