"""What holds for the repository as a whole: what lies where, and that names are what they say."""

from __future__ import annotations

import ast
import pkgutil
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import tlzoo
from tlzoo.registry import build_index
from tlzoo.registry.checkout import distributions

ROOT = Path(tlzoo.__file__).parents[1]
TOP_LEVEL = {
    ".ci",
    ".gitignore",
    "CHANGELOG.md",
    "LICENSE",
    "NOTICE",
    "README.md",
    "docs",
    "plugins",
    "pyproject.toml",
    "registry.toml",
    "tests",
    "tlzoo",
}
LOCK_FILES = {"uv.lock", "poetry.lock", "Pipfile.lock", "package-lock.json"}
MOST_BYTES = 10_000_000
PACKAGES = ["tlzoo", *(each.name for each in pkgutil.walk_packages(tlzoo.__path__, "tlzoo.") if each.ispkg)]


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """Paths of the files that git knows, from the root."""
    command = ["git", "ls-files", "-z"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"what is tracked is not known without git and a checkout: {error}")
    return [Path(each) for each in done.stdout.decode().split("\0") if each]


def test_top_level_has_only_what_every_project_has(tracked: list[Path]) -> None:
    assert {path.parts[0] for path in tracked} <= TOP_LEVEL


def test_no_lock_file_is_tracked(tracked: list[Path]) -> None:
    assert not [path for path in tracked if path.name in LOCK_FILES]


def test_no_tracked_file_is_large(tracked: list[Path]) -> None:
    present = [ROOT / path for path in tracked if (ROOT / path).exists()]
    assert not [path for path in present if path.stat().st_size > MOST_BYTES]


def test_no_tracked_text_names_a_package_registry(tracked: list[Path]) -> None:
    texts = [path for path in tracked if path.suffix in {".toml", ".md", ".txt", ".cfg", ".lock"}]
    named = [path for path in texts if (ROOT / path).exists() and "/simple/" in (ROOT / path).read_text("utf-8")]
    assert not named


def test_the_index_equals_a_new_build_from_the_registries() -> None:
    assert (ROOT / "registry.toml").read_text("utf-8") == build_index(distributions(ROOT))


@pytest.mark.parametrize("package", PACKAGES)
def test_public_names_resolve(package: str) -> None:
    module = import_module(package)
    assert module.__doc__
    missing = [name for name in getattr(module, "__all__", ()) if not hasattr(module, name)]
    assert not missing


def test_no_public_name_is_also_a_subpackage() -> None:
    """The subpackage would take the name's place as soon as something imports it."""
    assert not set(tlzoo.__all__) & {each.name for each in pkgutil.iter_modules(tlzoo.__path__)}


def test_dir_lists_public_names_and_subpackages_only() -> None:
    internal = {
        "__main__",
        "api",
        "builtin",
        "durations",
        "error_lines",
        "natural_order",
        "printable",
        "process",
        "tabular",
    }
    modules = {each.name for each in pkgutil.iter_modules(tlzoo.__path__)}
    assert internal < modules
    assert dir(tlzoo) == sorted({*tlzoo.__all__, *modules} - internal)


def test_docs_describe_every_public_subpackage() -> None:
    page = (ROOT / "docs/extend/plugin.md").read_text("utf-8")
    described = re.findall(r"^\| `tlzoo\.(\w+)` \|", page, re.MULTILINE)
    assert described == [name for name in dir(tlzoo) if name not in tlzoo.__all__]


def test_public_subpackages_are_imported_on_first_use() -> None:
    code = "import sys, tlzoo; before = 'tlzoo.objectives' in sys.modules; print(before, tlzoo.objectives.__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "tlzoo.objectives"]


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'tlzoo' has no attribute 'tain'"):
        _ = tlzoo.tain


def test_importing_tlzoo_imports_nothing_heavy() -> None:
    code = "import sys, tlzoo; print(sorted({'tensorflow', 'keras', 'pydantic', 'numpy', 'rich'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def imports(folder: Path) -> set[tuple[str, str]]:
    """Pairs of module and imported name in all Python files of a folder."""
    trees = [ast.parse(path.read_text("utf-8")) for path in folder.rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    plain = {(alias.name, "") for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    named = {
        (node.module, alias.name)
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module and not node.level
        for alias in node.names
    }
    return plain | named


def test_core_imports_no_plugin() -> None:
    assert not [module for module, _ in imports(ROOT / "tlzoo") if module.startswith("tlzoo_")]


@pytest.mark.parametrize("package", ["tlzoo-rl/tlzoo_rl", "tlzoo-text/tlzoo_text", "tlzoo-vision/tlzoo_vision"])
def test_plugins_use_only_public_names(package: str) -> None:
    used = {pair for pair in imports(ROOT / "plugins" / package) if pair[0].split(".")[0] == "tlzoo"}
    assert used
    assert not {(module, name) for module, name in used if name not in getattr(import_module(module), "__all__", ())}
    assert {module.split(".")[1] for module, _ in used if "." in module} <= set(dir(tlzoo))
