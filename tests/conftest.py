import os
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep the user's cache out of the tests, and the tests out of the user's cache."""
    before = os.environ.get("TLZOO_CACHE")
    folder = tmp_path_factory.mktemp("cache")
    os.environ["TLZOO_CACHE"] = str(folder)
    yield folder
    if before is None:
        del os.environ["TLZOO_CACHE"]
    else:
        os.environ["TLZOO_CACHE"] = before
