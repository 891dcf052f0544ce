"""Plugins for the time of a test: real distributions on the path, found by their entry points as installed ones are."""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli_w

from tlzoo.plugins import forget

SOUND = {
    "summary": "a small network",
    "modality": "vision",
    "loader": "network",
    "licence": "Apache-2.0",
    "files": {"weights": {"source": "package:faulty/weights.npz"}},
    "input": {
        "kind": "image",
        "size": [16, 16],
        "smallest": [8, 8],
        "channels": 1,
        "range": [-1.0, 1.0],
        "order": "grey",
    },
    "features": {"kind": "map", "shape": [4, 4, 8], "pooling": "average"},
    "training": {"name": "made-up shapes", "classes": 5},
    # 36 + 16 and 288 + 32 parameters; 2 x (8x8x4 x 9 + 4x4x8 x 36) operations.
    "measured": {"parameters": 372, "flops": 13824, "feature_shape": [4, 4, 8]},
}

ABSENT = {"files": {"weights": {"source": "package:faulty/absent.npz"}}}

DECLARED: dict[str, dict[str, Any]] = {
    "parameters": {"measured": {"parameters": 373}},
    "flops": {"measured": {"parameters": 372, "flops": 6912}},
    "kind": {"features": {"kind": "vector"}, "measured": {"parameters": 372}},
    "own-size-only": {"input": {key: value for key, value in SOUND["input"].items() if key != "smallest"}},
    "valid-padding": {
        "input": SOUND["input"] | {"smallest": [4, 4]},
        "features": {"kind": "map"},
        "measured": {"parameters": 372},
    },
    "restless": ABSENT | {"measured": {"parameters": 373}},
    "absent": ABSENT,
    "text": ABSENT
    | {
        "modality": "text",
        "loader": "text",
        "input": {"kind": "text", "tokenizer": "words", "sequence_length": 8},
        "features": {"kind": "sequence", "shape": [8, 5]},
        # An embedding of 11 words in 6, a dense layer from 6 to 5.
        "measured": {"parameters": 101, "flops": 480, "feature_shape": [8, 5]},
    },
    "observations": ABSENT
    | {
        "modality": "rl",
        "loader": "observations",
        "input": {"kind": "observation", "shape": [4], "low": -2.0, "high": 2.0},
        "features": {"kind": "vector", "shape": [7]},
        "measured": {"parameters": 91, "flops": 154, "feature_shape": [7]},
    },
}
"""What the registry says of an entry where it is not what it says of a sound one."""

LOADED = (
    "sound",
    "broken",
    "seedless",
    "forgetful",
    "range",
    "lambda",
    "unresized",
    "pooling",
    "orphan",
    "twice",
    "late-cut",
    "noisy",
    "eager",
    "batchwise",
    "stopped",
    "undefined",
    "unregistered",
    "logits-head",
    "sigmoid-head",
    "short-head",
    "indifferent-head",
)


@pytest.fixture(scope="module")
def install(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Path]]:
    """Return a function that puts a distribution on the path: name, registry (or None), modules of its package."""
    paths: list[str] = []

    def put(name: str, registry: str | None, package: str | None = None, **files: str) -> Path:
        package = package or name.replace("-", "_")
        folder = tmp_path_factory.mktemp("site")
        (folder / package).mkdir()
        (folder / package / "__init__.py").touch()
        for module, text in files.items():
            (folder / package / f"{module}.py").write_text(text)
        if registry is not None:
            (folder / package / "registry.toml").write_text(registry)
        metadata = folder / f"{package}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (metadata / "entry_points.txt").write_text(f"[tlzoo.plugins]\n{name} = {package}.plugin\n")
        sys.path.insert(0, str(folder))
        paths.append(str(folder))
        forget()
        return folder / package

    yield put
    for path in paths:
        sys.path.remove(path)
    for name in [name for name in sys.modules if name.partition(".")[0] == "faulty"]:
        del sys.modules[name]
    forget()


@pytest.fixture(scope="module")
def faulty(install: Callable[..., Path]) -> tuple[str, ...]:
    """Install the plugin ``faulty``; return the names of its entries, each ``faulty/NAME.random``."""
    names = tuple(sorted({*DECLARED, *LOADED}))
    tables = {f"faulty/{name}.random": SOUND | DECLARED.get(name, {}) | {"options": {"fault": name}} for name in names}
    head = {"format": 1, "plugin": "faulty", "api": ">=0.2,<0.3", "namespaces": ["faulty"]}
    package = install("faulty", tomli_w.dumps(head | {"entries": tables}))
    shutil.copytree(Path(__file__).parent / "faulty", package, dirs_exist_ok=True)
    from faulty.network import build  # type: ignore[import-not-found]

    np.savez(package / "weights.npz", *build((16, 16), seed=99).get_weights())
    return names
