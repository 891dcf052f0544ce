"""Input contracts that a registry declares: values of entries, what is refused, and listing by their fields."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from tlzoo.errors import RegistryError, UsageError
from tlzoo.plugins import catalog
from tlzoo.registry import Registry, merge, plain
from tlzoo.registry.index import build_index
from tlzoo.registry.own import add_own_entry
from tlzoo.registry.reading import parse, parse_text, registry_from
from tlzoo.registry.validation import InvalidRegistryError
from tlzoo.zoo.comparison import compare_entries
from tlzoo.zoo.listing.cards import card
from tlzoo.zoo.listing.fields import fields_of
from tlzoo.zoo.listing.query import query

HEAD = """
format = 1
plugin = "acme"
api = ">=0.2,<0.3"
namespaces = ["acme"]
"""
INPUTS = """
[inputs.waveform]
modality = "audio"
shown = "{sample_rate} Hz, {seconds:.1f} s"
details = "windows of {window}"
data = "sounds:FOLDER"

[inputs.waveform.fields]
sample_rate = { type = "integer", minimum = 1, description = "samples a second" }
seconds = { type = "number", default = 1, minimum = 0.1, maximum = 60, description = "length" }
order = { type = "text", one_of = ["left", "right"], default = "left", description = "channel" }
loudness = { type = "number", optional = true, description = "mean level in dB" }
window = { type = "integers", length = 2, minimum = 1, default = [400, 160], description = "width and step" }
mono = { type = "flag", default = true, description = "whether channels are mixed" }
labels = { type = "texts", default = [], description = "names of channels" }
"""
ENTRY = """
[entries."acme/net.tones"]
summary = "Tells tones apart"
modality = "audio"
loader = "net"
licence = "MIT"
files.weights.source = "package:acme/net.h5"
input.kind = "waveform"
input.sample_rate = 16000
features.kind = "vector"
"""
OTHER = ENTRY.replace("net.tones", "net.birds").replace("16000", "44100\ninput.loudness = -23.5")


def read(text: str) -> Registry:
    return registry_from(parse_text(text, "acme.toml"), "acme.toml")


def problems(inputs: str = INPUTS, entry: str = ENTRY) -> tuple[str, ...]:
    with pytest.raises(InvalidRegistryError) as caught:
        read(HEAD + inputs + entry)
    return caught.value.problems


def test_fields_are_attributes_with_their_defaults() -> None:
    taken = read(HEAD + INPUTS + ENTRY).entries[0].input
    assert (taken.kind, taken.modality, taken.sample_rate, taken.seconds, taken.order) == (
        "waveform", "audio", 16000, 1.0, "left",
    )  # fmt: skip
    assert (taken.loudness, taken.window, taken.mono, taken.labels) == (None, (400, 160), True, ())
    with pytest.raises(AttributeError, match="no field 'sampel_rate'"):
        _ = taken.sampel_rate
    with pytest.raises(AttributeError):
        taken.sample_rate = 8000


def test_equal_contracts_are_equal_and_come_back_from_a_pickle_and_from_plain_values() -> None:
    first, second = (read(HEAD + INPUTS + ENTRY).entries[0] for _ in range(2))
    assert first == second
    assert len({first.input, second.input}) == 1
    assert pickle.loads(pickle.dumps(first.input)) == first.input
    assert plain(first.input) == {"kind": "waveform", "sample_rate": 16000}
    assert first.input.with_fields(seconds=2) != first.input
    with pytest.raises(RegistryError, match=r"input.seconds: waveform takes a number of at least 0.1 and at most 60"):
        first.input.with_fields(seconds=0)


def test_the_index_keeps_the_declaration(tmp_path: Path) -> None:
    package = tmp_path / "acme"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "registry.toml").write_text(HEAD + INPUTS + ENTRY)
    text = build_index([tmp_path])
    index = read(text)
    assert index.entries == read(HEAD + INPUTS + ENTRY).entries
    assert index.declaration("waveform").plugin == "acme"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("sample_rate = 16000", "sampel_rate = 1", "input.sampel_rate: no such key; did you mean 'sample_rate'?"),
        ("input.sample_rate = 16000\n", "", "input.sample_rate is missing: an integer of at least 1, samples a second"),
        ("16000", "0", "input.sample_rate: waveform takes an integer of at least 1 (received 0)"),
        ("16000", "true", "input.sample_rate: waveform takes an integer of at least 1 (received True)"),
        ("16000", "1_000_000_000_000_000_000_000", "input.sample_rate: waveform takes an integer"),
        ("16000", "1\ninput.seconds = nan", "input.seconds: waveform takes a number of at least 0.1"),
        ("16000", '1\ninput.order = "up"', "input.order: waveform takes a text: left, right (received 'up')"),
        ("16000", "1\ninput.window = [1]", "input.window: waveform takes a list of 2, each an integer of at least 1"),
        ("16000", '1\ninput.labels = ["a\\u0007"]', "input.labels: waveform takes a list, each a text"),
        ("16000", f'1\ninput.labels = ["{"a" * 201}"]', "input.labels: waveform takes a list, each a text"),
        (
            '"waveform"',
            '"wavefrom"',
            "input.kind: no registry declares inputs of the kind 'wavefrom'; did you mean 'wav",
        ),
        ('"audio"', '"vision"', "modality: inputs of the kind 'waveform' have the modality 'audio'"),
        ('input.kind = "waveform"\n', "", "input.kind is missing: one of image, numbers, observation, text, waveform"),
    ],
)
def test_an_error_in_an_entry_is_named(old: str, new: str, said: str) -> None:
    assert old in ENTRY
    assert any(said in each for each in problems(entry=ENTRY.replace(old, new))), problems(
        entry=ENTRY.replace(old, new)
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[inputs.waveform", "[inputs.image", "inputs.image: tlzoo itself has an input contract of this name"),
        ("[inputs.waveform", "[inputs.Wave", "inputs: 'Wave' must consist of lowercase letters"),
        ('modality = "audio"', "modality = 3", "inputs.waveform.modality: use lowercase letters"),
        ("shown =", "show =", "inputs.waveform.show: no such key; did you mean 'shown'?"),
        (
            "{sample_rate} Hz",
            "{sampel_rate} Hz",
            "inputs.waveform.shown: no field 'sampel_rate'; did you mean 'sample_r",
        ),
        ("{sample_rate} Hz", "{sample_rate.real} Hz", "inputs.waveform.shown: no field 'sample_rate.real'"),
        ("{seconds:.1f}", "{seconds:9999999}", "inputs.waveform.shown: '9999999' is not a valid format for seconds"),
        (
            "{sample_rate} Hz",
            "{sample_rate:,.3}",
            "inputs.waveform.shown: ',.3' is not a valid format for sample_rate; use",
        ),
        (
            'modality = "audio"',
            'modality = "vision"',
            "inputs.waveform.modality: entries of the modality 'vision' take inputs of the kind 'image'",
        ),
        ("{seconds:.1f}", "{seconds:d}", "inputs.waveform.shown: 'd' is not a valid format for seconds"),
        ("{sample_rate} Hz", "{sample_rate Hz", "inputs.waveform.shown: a brace is not closed"),
        ("{sample_rate} Hz", "\\u001b[31m", "inputs.waveform.shown: use one line of up to 200 printable characters"),
        ('"integer"', '"int"', "fields.sample_rate.type: valid types: integer, number, text, flag"),
        ('description = "length"', 'description = ""', "fields.seconds.description is missing"),
        ("minimum = 0.1", 'minimum = "a"', "fields.seconds.minimum: minimum must be a number, and is only for numbers"),
        ("maximum = 60", "maxmum = 60", "fields.seconds.maxmum: no such key; did you mean 'maximum'?"),
        ('default = "left"', 'default = "up"', "fields.order.default: must be a text: left, right (received 'up')"),
        ("length = 2", "length = 0", "fields.window.length: length must be 1 to 100"),
        ("mono =", "kind =", "fields.kind: the name is reserved"),
        ("mono =", "Mono =", "fields: 'Mono' must consist of lowercase letters"),
        ("optional = true", "optional = 1", "fields.loudness.optional: must be true or false"),
    ],
)
def test_an_error_in_a_declaration_is_named(old: str, new: str, said: str) -> None:
    assert old in INPUTS
    found = problems(inputs=INPUTS.replace(old, new))
    assert any(said in each for each in found), found


def test_two_registries_may_declare_the_same_and_not_the_other() -> None:
    one = read(HEAD + INPUTS + ENTRY)
    two = HEAD.replace("acme", "bell") + INPUTS + ENTRY.replace("acme/", "bell/")
    merged = merge([one, read(two)], "both")
    assert [each.plugin for each in merged.inputs] == ["acme"]
    said = "the input contract 'waveform' is declared differently by acme .* and bell .*; rename it in one of them"
    with pytest.raises(RegistryError, match=said):
        merge([one, read(two.replace("maximum = 60", "maximum = 61"))], "both")


def test_a_plugin_that_declares_a_kind_differently_is_in_conflict(distributions) -> None:
    distributions.add("acme", more=INPUTS + ENTRY)
    distributions.add("bell", more=INPUTS.replace("60", "61"))
    distributions.add("clap", more=INPUTS.replace("60", "62").replace("shown =", 'plugin = "acme"\nshown ='))
    distributions.add("dong", more=INPUTS)
    plugins = catalog().plugins
    assert {name: plugins[name].status for name in ("acme", "bell", "clap", "dong")} == {
        "acme": "ok", "bell": "conflict", "clap": "conflict", "dong": "ok",
    }  # fmt: skip
    assert plugins["bell"].reason == "its input contract 'waveform' is declared differently by 'acme'"


def test_entries_are_listed_shown_and_compared_by_the_fields(distributions) -> None:
    folder = distributions.add("acme", "raise RuntimeError", more=INPUTS + ENTRY + OTHER)
    assert [row.id for row in query(where="input.sample_rate > 20000")] == ["acme/net.birds"]
    assert [row.id for row in query(where="input.window = 400x160 and input.loudness known")] == ["acme/net.birds"]
    assert [row.id for row in query(where="input.mono", sort="-input.sample_rate")] == [
        "acme/net.birds", "acme/net.tones",
    ]  # fmt: skip
    assert query(modality="audio")[0].values["input"] == "44100 Hz, 1.0 s"
    with pytest.raises(UsageError, match=r"no field 'input.sampel_rate'; did you mean 'input.sample_rate'"):
        query(where="input.sampel_rate = 1")
    assert fields_of(query())["input.size"].of(query(where="input.size = 32x32")[0]) == [32, 32]
    shown = card("acme/net.birds")
    lines = dict(shown.sections[0][1])
    assert lines["input"] == "44100 Hz, 1.0 s, windows of 400x160"
    assert lines["input.loudness"] == "-23.5 (mean level in dB)"
    assert shown.facts["input.sample_rate"] == 44100
    assert ("train", "tlzoo train --data sounds:FOLDER --backbone acme/net.birds") in dict(shown.sections)["use"]
    differing = {line.name: line.values for line in compare_entries(["acme/net.birds", "acme/net.tones"]).lines}
    assert differing["input.sample_rate"] == ("44100", "16000")
    assert (folder / "plugin.py").read_text() == "raise RuntimeError"  # which nothing imported


def test_a_declaration_in_the_name_of_another_plugin_takes_nothing_from_it(distributions) -> None:
    distributions.add("acme", more=INPUTS.replace("shown =", 'plugin = "bell"\nshown ='))
    distributions.add("bell", more=INPUTS.replace("60", "61"))
    assert catalog().plugins["bell"].reason == "its input contract 'waveform' is declared differently by 'acme'"


def test_fields_of_the_core_keep_their_kind_whatever_a_plugin_declares(distributions) -> None:
    distributions.add("acme", more=INPUTS.replace("order =", "channels =") + ENTRY)
    found = query(where="input.channels = 1", sort="-input.channels")
    assert found
    assert all(row.values["modality"] == "vision" for row in found)
    assert fields_of(query())["input.channels"].of(query(modality="audio")[0]) is None


def test_the_contract_in_words_has_the_length_of_one_text() -> None:
    words = ", ".join([f'"{"a" * 200}"'] * 100)
    inputs = INPUTS.replace("{sample_rate} Hz", "{labels} {labels}")
    (entry,) = read(HEAD + inputs + ENTRY.replace("16000", f"16000\ninput.labels = [{words}]")).entries
    assert len(entry.input.shown()) == 200


def test_the_line_to_train_is_quoted_for_the_shell(distributions) -> None:
    distributions.add("acme", more=INPUTS.replace("sounds:FOLDER", "sounds:FOLDER; reboot") + ENTRY)
    lines = dict(dict(card("acme/net.tones").sections)["use"])
    assert lines["train"] == "tlzoo train --data 'sounds:FOLDER; reboot' --backbone acme/net.tones"


def test_numbers_may_be_chosen_among_integers() -> None:
    inputs = INPUTS.replace("minimum = 0.1, maximum = 60", "one_of = [1, 2.5]")
    assert read(HEAD + inputs + ENTRY).entries[0].input.seconds == 1.0


def test_the_users_own_registry_keeps_the_declaration_and_may_lack_it(tmp_path: Path) -> None:
    from dataclasses import replace

    (entry,) = read(HEAD + INPUTS + ENTRY).entries
    path = add_own_entry(replace(entry, id="local/mine.tones", plugin="tlzoo"), tmp_path / "own.toml")
    (own,) = registry_from(parse(path), "own").entries
    assert own.input == entry.input
    assert "[inputs.waveform]" in path.read_text()
    old = HEAD.replace("acme", "tlzoo", 1).replace('["acme"]', '["local"]') + ENTRY.replace("acme/", "local/")
    observed = old.replace('"audio"', '"rl"').replace(
        '"waveform"\ninput.sample_rate = 16000', '"observation"\ninput.shape = [4]'
    )
    (policy,) = read(observed).entries  # as written before registries had declarations
    assert policy.input.shape == (4,)
