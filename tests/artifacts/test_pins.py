"""What nobody vouches for is pinned when it is first used, and refused when it is something else later."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tlzoo.artifacts import lock_path, resolve, using
from tlzoo.artifacts.pins import pin, pinned
from tlzoo.errors import BytesRefusedError, EntryError

BODY = b"weights"
SHA256 = "sha256:" + hashlib.sha256(BODY).hexdigest()
MD5 = "md5:" + hashlib.md5(BODY).hexdigest()


def pins() -> dict[str, dict[str, object]]:
    return dict(tomllib.loads(lock_path().read_text())["pins"]) if lock_path().exists() else {}


def test_first_use_pins_and_later_uses_need_no_word(server, an_entry) -> None:
    entry = an_entry(server.at("/net.bin", BODY))
    with using(trust_on_first_use=True):
        path = resolve(entry)["weights"]
    (known,) = pins().values()
    assert {**known, "since": ""} == {
        "sha256": SHA256,
        "bytes": len(BODY),
        "entry": "acme/net.pets: weights",
        "reason": "first use",
        "since": "",
    }
    with using(offline=True):
        assert resolve(entry)["weights"] == path


@pytest.mark.parametrize("trust", [False, True])
def test_another_content_is_refused_later(server, cache: Path, an_entry, *, trust: bool) -> None:
    entry = an_entry(server.at("/net.bin", BODY))
    with using(trust_on_first_use=True):
        path = resolve(entry)["weights"]
    path.unlink()
    server.at("/net.bin", b"other")
    with using(trust_on_first_use=trust), pytest.raises(BytesRefusedError, match=r"is pinned to sha256:.* in .*tlzoo"):
        resolve(entry)
    assert not path.exists()


def test_an_md5_is_verified_and_a_sha256_pinned_of_itself(server, an_entry) -> None:
    source = server.at("/net.bin", BODY)
    resolve(an_entry(source, MD5))
    assert pins()[source]["sha256"] == SHA256
    assert pins()[source]["reason"] == "md5"


@pytest.mark.parametrize("declared", [MD5, None])
def test_an_unwritable_lock_only_matters_without_another_hash(
    server, cache: Path, an_entry, monkeypatch, declared: str | None
) -> None:
    (cache.parent / "file").touch()
    monkeypatch.setenv("TLZOO_LOCK", str(cache.parent / "file" / "tlzoo.lock"))
    entry = an_entry(server.at("/net.bin", BODY), declared)
    with using(trust_on_first_use=True):
        if declared:
            assert resolve(entry)
        else:
            with pytest.raises(EntryError, match="set another file with TLZOO_LOCK"):
                resolve(entry)


def test_a_registry_that_takes_back_its_hash_is_noticed(server, an_entry) -> None:
    source = server.at("/net.bin", BODY)
    resolve(an_entry(source, MD5))
    with pytest.raises(BytesRefusedError, match="is pinned to"):
        resolve(an_entry(source, "sha256:" + 64 * "0"))


def test_a_local_file_without_a_declared_hash_is_pinned(cache: Path, tmp_path: Path, an_entry, monkeypatch) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models/net.bin").write_bytes(BODY)
    monkeypatch.setenv("TLZOO_MODELS", str(tmp_path / "models"))
    entry = an_entry("https://example.org/net.bin")
    with pytest.raises(EntryError, match=r"has no declared hash; .*--trust-on-first-use, which pins their hash in"):
        resolve(entry)
    with using(trust_on_first_use=True):
        assert resolve(entry)["weights"] == tmp_path / "models/net.bin"
    assert resolve(entry)
    (tmp_path / "models/net.bin").write_bytes(b"other")
    with using(trust_on_first_use=True), pytest.raises(BytesRefusedError, match="is pinned to"):
        resolve(entry)


@pytest.mark.parametrize("said", ["yes", "no"])
@pytest.mark.parametrize("place", ["fetched", "by hand"])
def test_a_prompt_shows_the_new_pins(
    server, an_entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, place: str
) -> None:
    questions: list[str] = []
    answer = said == "yes"

    def ask(question: str) -> bool:
        questions.append(question)
        return answer

    if place == "by hand":
        (tmp_path / "net.bin").write_bytes(BODY)
        monkeypatch.setenv("TLZOO_MODELS", str(tmp_path))
    source = server.at("/net.bin", BODY)
    entry = an_entry(source)
    with using(confirm=ask):
        if answer:
            assert resolve(entry)["weights"].read_bytes() == BODY
            assert resolve(entry)  # once is enough
        else:
            with pytest.raises(EntryError, match="has no declared hash"):
                resolve(entry)
    (question,) = questions
    sha256 = f"sha256:{hashlib.sha256(BODY).hexdigest()}"
    for part in (source, sha256, f"{len(BODY):,} bytes", str(tmp_path / "tlzoo.lock")):
        assert part in question
    known = pinned(source)
    assert (known is not None) is answer
    assert known is None or known.sha256 == sha256


def test_the_offline_error_without_a_hash_names_the_place_of_the_file(cache: Path, an_entry) -> None:
    with using(trust_on_first_use=True), pytest.raises(EntryError) as caught:
        resolve(an_entry("https://example.org/net.bin"))
    for part in ("net.bin is not on this machine", "no known hash", "TLZOO_MODELS", "--trust-on-first-use"):
        assert part in str(caught.value)


def test_a_project_keeps_its_own_pins(cache: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("TLZOO_LOCK")
    monkeypatch.delenv("TLZOO_SETTINGS")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TLZOO_SETTINGS", str(tmp_path / "chosen"))
    assert lock_path() == tmp_path / "chosen/tlzoo.lock"
    monkeypatch.delenv("TLZOO_SETTINGS")
    if sys.platform == "linux":
        assert lock_path() == tmp_path / "config/tlzoo/tlzoo.lock"
    (tmp_path / "tlzoo.lock").touch()
    assert lock_path() == tmp_path / "tlzoo.lock"
    pin("https://example.org/net.bin", SHA256, 7, "acme/net.pets: weights", "first use")
    assert set(pins()) == {"https://example.org/net.bin"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pins = [", "is not TOML"),
        ("pins = 1", "is not a lock file of tlzoo"),
        ("format = 9", "has format 9, but this version of tlzoo reads formats up to 1"),
        ('[pins."https://example.org/net.bin"]\nsha256 = "x"', "the pin of .* is damaged"),
        ('[pins."https://example.org/net.bin"]\nsha256 = 1\nbytes=1\nentry=""\nreason=""\nsince=""', "is damaged"),
    ],
)
def test_a_damaged_lock_trusts_nothing(cache: Path, an_entry, text: str, said: str) -> None:
    lock_path().write_text(text)
    with pytest.raises(BytesRefusedError, match=said):
        resolve(an_entry("https://example.org/net.bin", SHA256))


def test_many_processes_lose_no_pin(cache: Path) -> None:
    script = "import sys; from tlzoo.artifacts.pins import pin; pin(sys.argv[1], 'sha256:' + 64 * '0', 1, 'a', 'md5')"
    sources = [f"https://example.org/{number}" for number in range(8)]
    started = [subprocess.Popen([sys.executable, "-c", script, source]) for source in sources]
    assert [process.wait() for process in started] == [0] * 8
    assert sorted(pins()) == sources
    assert pinned(sources[0])


@pytest.mark.parametrize("content", ["a = " + "[" * 100_000, "a = " + "9" * 5000, 'a = "\\x'])
def test_a_lock_of_any_content_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    monkeypatch.delenv("TLZOO_LOCK", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tlzoo.lock").write_text(content)
    with pytest.raises(BytesRefusedError, match="is not TOML"):
        pinned("https://example.com/file")
