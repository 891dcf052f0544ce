import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))


@pytest.fixture(autouse=True, scope="session")
def own_folders(tmp_path_factory):
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TLZOO_CACHE", str(tmp_path_factory.mktemp("cache")))
        environment.setenv("TLZOO_SETTINGS", str(tmp_path_factory.mktemp("settings")))
        environment.setenv("TLZOO_OFFLINE", "1")
        yield
