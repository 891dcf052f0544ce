"""The checks of a plugin as a whole, on plugins that are each broken in one way."""

import pytest

from tlzoo.errors import PluginError
from tlzoo.testing import PLUGIN_CHECKS, PluginSubject, Session

GIVES = """
from tlzoo.plugins import hookimpl

@hookimpl
def tlzoo_backbones():
    return {names}
"""
TINY = GIVES.format(names="{'tiny': None}")
ENTRY = ("acme/net.pets",)


def failures(name: str = "acme") -> dict[str, str | None]:
    report = Session(PluginSubject(name)).report(PLUGIN_CHECKS)
    assert all(result.reason for result in report.results if result.outcome != "passed")
    return {result.name: result.reason for result in report.results if result.outcome == "failed"}


def test_a_sound_plugin_passes(distributions) -> None:
    distributions.add("acme", TINY, entries=ENTRY)
    assert failures() == {}


def test_an_invalid_registry(distributions) -> None:
    distributions.add("acme", TINY, entries=ENTRY, more='colour = "blue"\n')
    found = failures()
    assert set(found) == {"registry-valid"}
    assert "colour" in str(found["registry-valid"])


def test_another_api(distributions) -> None:
    distributions.add("acme", TINY, entries=ENTRY, api=">=9")
    assert "incompatible" in str(failures()["registry-valid"])


def test_a_module_that_does_not_import(distributions) -> None:
    distributions.add("acme", "raise RuntimeError('no luck')", entries=ENTRY)
    assert failures() == {"hooks-load": "broken: RuntimeError: no luck"}


def test_a_hook_that_fails(distributions) -> None:
    distributions.add("acme", GIVES.format(names="1 / 0"), entries=ENTRY)
    found = failures()
    assert set(found) == {"hooks-load"}
    assert "ZeroDivisionError" in str(found["hooks-load"])


def test_a_loader_that_is_missing(distributions) -> None:
    distributions.add("acme", GIVES.format(names="{}"), entries=ENTRY)
    assert failures() == {"gives-its-loaders": "missing loaders: 'tiny' of acme/net.pets"}


LAYERS = """

@hookimpl
def tlzoo_layers():
    return {"acme>Twice": "acme.layers:Twice"}
"""
LAYER = """
import keras

@keras.saving.register_keras_serializable("{package}")
class Twice(keras.layers.Layer):
    pass
"""


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        (LAYER.format(package="acme"), None),
        (LAYER.format(package="other"), "Keras knows 'acme.layers:Twice' as 'other>Twice', not as 'acme>Twice'"),
        ("Once = 1", "cannot be imported: AttributeError"),
        ("1 / 0", "cannot be imported: ZeroDivisionError"),
    ],
)
def test_layers_are_at_the_paths_of_the_hook(distributions, module: str, reason: str | None) -> None:
    package = distributions.add("acme", TINY + LAYERS, entries=ENTRY)
    (package / "layers.py").write_text(module)
    found = failures()
    assert set(found) == ({"names-its-layers"} if reason else set())
    assert reason is None or reason in str(found["names-its-layers"])


def test_a_loader_may_be_for_entries_of_users(distributions) -> None:
    distributions.add("acme", GIVES.format(names="{'tiny': None, 'huge': None}"), entries=ENTRY)
    assert not failures()


def test_listing_that_imports_the_plugin(distributions) -> None:
    """No plugin can bring this about from its registry: an interpreter that imports it at its start stands in."""
    distributions.add("acme", TINY, entries=ENTRY)
    (distributions.folder / "sitecustomize.py").write_text("import acme\n")
    assert failures() == {"registry-import-free": "listing imported acme"}


@pytest.mark.usefixtures("distributions")
def test_a_plugin_that_is_not_installed() -> None:
    with pytest.raises(PluginError, match="no plugin 'acmee' is installed"):
        PluginSubject("acmee")


TASKS = """
from tlzoo.plugins import hookimpl

@hookimpl
def tlzoo_tasks():
    from tlzoo.tasks import Classification, Task

    class Grades(Classification):
        kind = "grades"

    class Half(Task):
        kind = "half"

    return {"%s": %s}
"""


@pytest.mark.parametrize(
    ("name", "task", "reason"),
    [
        ("grades", "Grades", None),
        ("marks", "Grades", "its task 'marks' has the kind 'grades'"),
        ("half", "Half", "its task 'half' does not define 'criterion'"),
    ],
)
def test_a_task(distributions, name: str, task: str, reason: str | None) -> None:
    distributions.add("acme", TASKS % (name, task))
    assert failures().get("names-its-tasks") == reason


MODALITIES = """
from tlzoo.plugins import hookimpl

@hookimpl
def tlzoo_modalities():
    from tlzoo.modalities import Modality, RawReader

    class Half(Modality):
        name = "half"
        argument = "halves"

    class Series(Half):
        name = "series"
        argument = "{argument}"

        def raw_reader(self, preprocessing, examples=None):
            return RawReader("series", lambda raw: raw, "float32", (None,))

        def made_up_inputs(self, contract, generator, count):
            return [generator.normal(size=8) for _ in range(count)]

    return {{"{name}": {made}}}
"""
DECLARED = """
[inputs.series]
modality = "{modality}"
shown = "series"
fields.length = {{ type = "integer", description = "numbers" }}
"""


@pytest.mark.parametrize(
    ("name", "made", "argument", "modality", "reason"),
    [
        ("series", "Series", "series", "series", None),
        ("rows", "Series", "series", "series", "modality 'rows' has the name 'series'"),
        ("half", "Half", "series", "half", "modality 'half' has no method made_up_inputs"),
        (
            "series",
            "Series",
            "images",
            "series",
            "modality 'series' has the same argument 'images' as 'vision'",
        ),
        (
            "series",
            "Series",
            "a b",
            "series",
            "modality 'series' has the argument 'a b': it must be a valid Python identifier",
        ),
        ("series", "Series", "series", "sound", "no plugin provides the modality 'sound'"),
    ],
)
def test_a_modality(distributions, name: str, made: str, argument: str, modality: str, reason: str | None) -> None:
    module = MODALITIES.format(name=name, made=made, argument=argument)
    distributions.add("acme", module, more=DECLARED.format(modality=modality))
    assert failures().get("names-its-modalities") == reason
