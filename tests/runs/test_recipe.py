from pathlib import Path

import pytest

from tlzoo.errors import UsageError
from tlzoo.runs import parse_options, read_recipe

NAMES = {"data": "digits:", "backbone": "glyphnet"}


def test_a_recipe_survives_its_own_toml(tmp_path: Path) -> None:
    options = {"name": "fine-tune", "options": {"unfreeze": 2, "rate": 1e-5}}
    recipe = read_recipe(None, NAMES | {"strategy": options, "per_class": 5, "seed": 3})
    (tmp_path / "recipe.toml").write_text(recipe.to_toml())
    assert read_recipe(tmp_path / "recipe.toml", {}) == recipe


def test_arguments_go_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(
        'data = "digits:"\nbackbone = "a"\nseed = 1\n[strategy]\nname = "fine-tune"\nrate = 0.1\nunfreeze = 2\n'
    )
    recipe = read_recipe(path, {"seed": 2, "strategy": {"options": {"rate": 0.2}}})
    assert (recipe.seed, recipe.strategy.options) == (2, {"rate": 0.2, "unfreeze": 2})


def test_another_strategy_does_not_take_the_options_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text('data = "digits:"\nbackbone = "a"\n[strategy]\nname = "fine-tune"\nunfreeze = 2\n')
    assert read_recipe(path, {"strategy": {"name": "multi-step", "options": {}}}).strategy.options == {}


def test_options_without_a_name_apply_to_the_default_component(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text('data = "digits:"\nbackbone = "a"\n[strategy]\nrate = 0.1\n')
    recipe = read_recipe(path, {"head": {"options": {"dropout": 0.5}}})
    assert (recipe.strategy.name, recipe.strategy.options) == ("multi-step", {"rate": 0.1})
    assert (recipe.head.name, recipe.head.options, recipe.head.chosen) == ("linear", {"dropout": 0.5}, False)
    assert read_recipe(path, {"strategy": {"name": "fine-tune", "options": {}}}).strategy.options == {"rate": 0.1}
    assert read_recipe(path, {"head": {"name": "linear", "options": {}}}).head.chosen


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            'data = "digits:"\nbackbone = "a"\nbatchsize = 3',
            "a recipe has no field 'batchsize'; did you mean 'batch_size'?",
        ),
        ('backbone = "a"', "'data' is missing"),
        ('data = "digits:"\nbackbone = "a"\nseed = -1', "seed: Input should be greater than or equal to 0"),
        ('data = "digits:"\nbackbone = "a"\nepochs = 1\nsteps = 2', "give epochs or steps, not both"),
        ('data = "digits:"\nbackbone = "a"\n[head]\noptions = 3', "head.options: must be a table (got 3)"),
        ('data = "digits:"\nbackbone = "a"\n[origin]\nrun = "r"', "'origin' in a recipe needs 'checkpoint'"),
        (
            'data = "digits:"\nbackbone = "a"\nmetrics = ["1"]',
            "metrics: must be the name of a Keras metric, such as AUC",
        ),
        ("data = ", "is not TOML"),
    ],
)
def test_a_wrong_recipe_names_the_error(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        read_recipe(path, {})
    assert said in str(caught.value)


def test_an_image_size_may_be_a_pair_of_equal_numbers() -> None:
    base = {"data": "digits:", "backbone": "glyphnet"}
    assert read_recipe(None, base | {"image_size": (48, 48)}).image_size == 48
    for pair in ((32, 48), [32, 32, 3]):
        with pytest.raises(UsageError, match=r"image_size: runs use square images: give one number, such as image_s"):
            read_recipe(None, base | {"image_size": pair})
    with pytest.raises(UsageError, match=r"image_size: must be a whole number \(got 'x'\)"):
        read_recipe(None, base | {"image_size": "x"})


def test_a_recipe_that_is_not_there() -> None:
    with pytest.raises(UsageError, match="no recipe"):
        read_recipe(Path("nowhere.toml"), {})


def test_options_are_toml_values_or_words() -> None:
    pairs = ["rate=1e-4", "unfreeze=all", "units=[64, 32]", "on=true"]
    assert parse_options(pairs) == {"rate": 1e-4, "unfreeze": "all", "units": [64, 32], "on": True}
    with pytest.raises(UsageError, match="options must be KEY=VALUE"):
        parse_options(["rate"])


def test_a_recipe_without_formats_of_export_has_both() -> None:
    assert read_recipe(None, NAMES).export == ("keras", "saved-model")


@pytest.mark.parametrize(
    ("given", "formats"),
    [([], ()), (["keras"], ("keras",)), ("none", ()), ("keras, saved-model", ("keras", "saved-model"))],
)
def test_formats_of_export_are_kept_by_the_file(tmp_path: Path, given: list[str] | str, formats: tuple[str]) -> None:
    recipe = read_recipe(None, NAMES | {"export": given})
    assert recipe.export == formats
    (tmp_path / "recipe.toml").write_text(recipe.to_toml())
    assert read_recipe(tmp_path / "recipe.toml", {}) == recipe
    assert read_recipe(tmp_path / "recipe.toml", {"export": ["keras"]}).export == ("keras",)


def test_policies_for_empty_cells_are_read_from_a_line_and_written_as_a_table(tmp_path: Path) -> None:
    recipe = read_recipe(None, {"data": "digits:", "backbone": "x", "missing": "label=drop,title=constant:a%2C b"})
    assert recipe.missing == {"label": "drop", "title": "constant:a, b"}
    (tmp_path / "recipe.toml").write_text(recipe.to_toml())
    assert read_recipe(tmp_path / "recipe.toml", {}) == recipe
    (tmp_path / "recipe.toml").write_text(recipe.to_toml().replace('"drop"', '"dorp"'))
    with pytest.raises(UsageError, match="'dorp' is not a policy for missing cells"):
        read_recipe(tmp_path / "recipe.toml", {})


@pytest.mark.parametrize("option", [float("nan"), [float("inf")], {"a": [-float("inf")]}])
def test_options_that_are_not_finite_are_refused(option: object) -> None:
    with pytest.raises(UsageError, match="the option 'rate' is not a finite number"):
        read_recipe(None, {"data": "digits:", "backbone": "x", "strategy": {"name": "s", "options": {"rate": option}}})


def test_a_device_is_not_read_for_ever() -> None:
    with pytest.raises(UsageError, match="/dev/zero has more than 1,048,576 bytes"):
        read_recipe(Path("/dev/zero"), {})


def test_a_value_that_is_nested_too_deeply_is_a_word() -> None:
    deep = "[" * 100_000
    assert parse_options([f"rate={deep}"]) == {"rate": deep}
