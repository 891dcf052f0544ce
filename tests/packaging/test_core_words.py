"""The core knows nothing of reinforcement learning: no module of it names an environment, an episode or a film."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import tlzoo

CORE = Path(tlzoo.__file__).parent
STEMS = "environment|episode|film|gym|observation|acting|rollout|reinforcement|(?<![a-z])rl(?![a-z])"
WORDS = re.compile(STEMS, re.IGNORECASE)

MACHINE = "what a run was made with: its file environment.json, and the section of the report"
PROCESS = "the variables of a process"
PYTHON = "Python environments, which plugins are installed into"
FORMER = "the former name of LoadRequest.input_shape, in the digest that measurements are found by"
PAGES = "jinja2.Environment, which renders pages and files"

ALLOWED: dict[str, dict[str, tuple[str, ...]]] = {
    "environment": {
        MACHINE: (
            "evaluation/report.py",
            "evaluation/templates/report.html.jinja",
            "runs/executing/environment.py",
            "runs/executing/fit.py",
            "runs/executing/train.py",
            "runs/files/paths.py",
            "runs/report/contents.py",
            "runs/files/verification.py",
            "testing/checks/task.py",
        ),
        PROCESS: (
            "artifacts/fetching/package_index.py",
            "artifacts/savedmodel/trial.py",
            "artifacts/settings.py",
            "backbones/loading.py",
            "plugins/keras_layers.py",
            "process/telemetry.py",
            "testing/checks/plugin.py",
        ),
        PYTHON: (
            "cli/commands/doctor.py",
            "cli/commands/plugins.py",
            "cli/commands/plugins_install.py",
            "plugins/failures.py",
            "plugins/installation/",
            "zoo/diagnosis.py",
            "zoo/ranking/ray_cluster.py",
            "zoo/templates/common/README.md.jinja",
        ),
        PAGES: (
            "evaluation/page.py",
            "runs/comparison/page.py",
            "runs/run_sets/report.py",
            "runs/serving/http/page.py",
            "zoo/inspection/page.py",
            "zoo/labelling/page.py",
            "zoo/listing/page.py",
            "zoo/ranking/output/page.py",
            "zoo/scaffolding.py",
        ),
    },
    "observation": {FORMER: ("backbones/loading.py",)},
}
"""Other meanings of these words, and the files that have them."""


def words(text: str) -> set[str]:
    """The words of reinforcement learning in a text: those of names and of prose alike."""
    return {found.lower() for found in WORDS.findall(text)}


def allowed(word: str) -> tuple[str, ...]:
    """The beginnings of the paths whose files may have a word."""
    return tuple(path for paths in ALLOWED.get(word, {}).values() for path in paths)


@pytest.mark.parametrize(
    "text",
    [
        "class Environment(Protocol):",
        "run.film(7)",
        '"gym"',
        "_EPISODES = 3",
        "def observation_shape",
        'modality == "rl"',
    ],
)
def test_a_word_is_found(text: str) -> None:
    assert words(text)


@pytest.mark.parametrize("text", ["for row in rows: url = row.url", "factor = 2", "class Curl: ..."])
def test_other_words_are_not(text: str) -> None:
    assert not words(text)


def test_no_module_of_the_core_names_a_thing_of_reinforcement_learning() -> None:
    files = [path for path in CORE.rglob("*") if path.suffix in {".py", ".jinja"}]
    assert len(files) > 400
    found = [
        f"{path.relative_to(CORE)}: {word}"
        for path in files
        for word in sorted(words(path.read_text("utf-8")))
        if not path.relative_to(CORE).as_posix().startswith(allowed(word))
    ]
    assert not found


def test_each_exception_has_a_reason_and_exists() -> None:
    paths = [path for reasons in ALLOWED.values() for paths in reasons.values() for path in paths]
    assert all((CORE / path).exists() for path in paths)


ASKED = re.compile(r"isinstance\([^()]*(?<![.\w])(?:Samples|Dataset|TrainerData)\b")
ASKING = ("runs/opening/data.py", "runs/opening/sources.py", "testing/checks/adapter.py")


def test_one_folder_asks_whether_data_are_samples() -> None:
    asking = {path.relative_to(CORE).as_posix() for path in CORE.rglob("*.py") if ASKED.search(path.read_text("utf-8"))}
    assert asking == set(ASKING)
