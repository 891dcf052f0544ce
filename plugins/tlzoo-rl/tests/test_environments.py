"""Sources, spaces and physics."""

import math
import sys

import numpy as np
import pytest

from tlzoo.backbones import LoadRequest, load_backbone
from tlzoo.errors import DataError, EntryError, TlzooError, TrainingError, UsageError
from tlzoo.plugins import catalog
from tlzoo_rl.environments import Control, Environments, gym


def test_observation_and_action_spaces_become_shapes_and_tasks():
    pole = gym("CartPole-v1", {})
    assert (pole.observation_shape, pole.dtype, pole.task.actions, pole.task.continuous) == ((4,), "float32", 2, False)
    swing = gym("Pendulum-v1", {})
    assert (swing.task.low, swing.task.high) == ((-2.0,), (2.0,))


def test_actions_are_described_with_their_bounds():
    assert str(gym("CartPole-v1", {}).task) == "one of 2"
    assert str(gym("Pendulum-v1", {"torque": "3"}).task) == "1 number from -3 to 3"
    assert str(Control(2, (-1.0, -1.0), (1.0, 1.0))) == "2 numbers from -1 to 1"
    assert str(Control(2, (-1.0, 0.0), (1.0, 0.5))) == "2 numbers from -1 to 1, 0 to 0.5"


def test_the_fingerprint_covers_everything_that_changes_behaviour():
    assert gym("CartPole-v1", {}).fingerprint == gym("CartPole-v1", {}).fingerprint
    assert gym("CartPole-v1", {}).fingerprint != gym("CartPole-v1", {"pole_length": "1.5"}).fingerprint


@pytest.mark.parametrize("action", [0, 1])
def test_a_longer_pole_obeys_the_equations_of_barto_sutton_and_anderson(action):
    length, mass, cart, force, gravity, seconds = 1.7, 0.3, 1.4, 10.0, 9.8, 0.02
    options = {"pole_length": "1.7", "pole_mass": "0.3", "cart_mass": "1.4"}
    made = gym("CartPole-v1", options).make()
    made.reset(seed=3)
    x, x_dot, angle, angle_dot = made.unwrapped.state
    half, push = length / 2, force if action else -force
    pulled = (-push - mass * half * angle_dot**2 * math.sin(angle)) / (cart + mass)
    swings = (gravity * math.sin(angle) + math.cos(angle) * pulled) / (
        half * (4 / 3 - mass * math.cos(angle) ** 2 / (cart + mass))
    )
    moves = (push + mass * half * (angle_dot**2 * math.sin(angle) - swings * math.cos(angle))) / (cart + mass)
    expected = [x + seconds * x_dot, x_dot + seconds * moves, angle + seconds * angle_dot, angle_dot + seconds * swings]
    seen, *_ = made.step(action)
    np.testing.assert_allclose(seen, expected, rtol=1e-5)


def test_values_derived_from_a_parameter_are_recomputed():
    pole = gym("CartPole-v1", {"pole_length": "1.5", "pole_mass": "0.2"}).make().unwrapped
    assert (pole.length, pole.polemass_length, pole.total_mass) == pytest.approx((0.75, 0.15, 1.2))
    arm = gym("Acrobot-v1", {"link_length": "2", "link_mass": "1.5"}).make().unwrapped
    assert (arm.LINK_COM_POS_1, arm.LINK_COM_POS_2, arm.LINK_MOI) == (1.0, 1.0, 6.0)
    assert gym("Pendulum-v1", {"torque": "3"}).task.high == (3.0,)


@pytest.mark.parametrize(("asked", "torque"), [(1.0, 1.0), (9.0, 2.5)])
def test_pendulum_obeys_its_equation(asked, torque):
    made = gym("Pendulum-v1", {"length": "1.5", "mass": "2", "gravity": "3.7", "torque": "2.5"}).make()
    made.reset(seed=1)
    angle, speed = made.unwrapped.state
    faster = speed + (3 * 3.7 / (2 * 1.5) * math.sin(angle) + 3 / (2 * 1.5**2) * torque) * 0.05
    seen, *_ = made.step(np.array([asked], np.float32))
    assert seen[2] == pytest.approx(np.clip(faster, -8, 8), rel=1e-5)


@pytest.mark.parametrize("action", [0, 1, 2])
def test_a_car_on_a_hill_obeys_its_equation(action):
    made = gym("MountainCar-v0", {"force": "0.002", "gravity": "0.004"}).make()
    (place, speed), _ = made.reset(seed=2)
    faster = speed + (action - 1) * 0.002 - 0.004 * math.cos(3 * place)
    seen, *_ = made.step(action)
    np.testing.assert_allclose(seen, [place + faster, faster], rtol=1e-5)


def test_an_arm_without_torque_keeps_the_energy_that_its_links_have():
    length, mass, gravity = 1.3, 2.0, 9.8
    made = gym("Acrobot-v1", {"link_length": "1.3", "link_mass": "2"}).make().unwrapped
    made.reset(seed=0)

    def energy(first, second, first_speed, second_speed):
        both, whole = first + second, first_speed + second_speed
        half, inertia = length / 2, mass * length**2
        elbow = np.array([math.cos(first), math.sin(first)]) * length * first_speed
        speeds = half * first_speed, np.linalg.norm(elbow + np.array([math.cos(both), math.sin(both)]) * half * whole)
        moving = 0.5 * mass * sum(each**2 for each in speeds) + 0.5 * inertia * (first_speed**2 + whole**2)
        height = -half * math.cos(first) - (length * math.cos(first) + half * math.cos(both))
        return moving + mass * gravity * height

    made.state = np.array([0.8, -0.5, 0.4, -0.2])
    before, swung = energy(*made.state), []
    for _ in range(5):
        made.step(1)
        swung.append(made.state[0])
        assert energy(*made.state) == pytest.approx(before, abs=0.02)
    assert max(swung) - min(swung) > 0.3


def test_an_arm_turns_by_the_torque_that_is_asked_for():
    def turned(torque):
        made = gym("Acrobot-v1", {"torque": torque, "link_length": "1.3"}).make().unwrapped
        made.reset(seed=0)
        made.state = np.zeros(4)
        made.step(2)
        return made.state[3]

    assert turned("0.02") / turned("0.01") == pytest.approx(2, rel=1e-3)


@pytest.mark.parametrize(("gravity", "force"), [("3.5", None), (None, "4"), ("12", "17")])
def test_gravity_and_force_of_a_pole_are_those_of_its_equations(gravity, force):
    options = {key: value for key, value in (("gravity", gravity), ("force", force)) if value}
    made = gym("CartPole-v1", options).make()
    made.reset(seed=3)
    _, _, angle, angle_dot = made.unwrapped.state
    pulled = (-float(force or 10) - 0.05 * angle_dot**2 * math.sin(angle)) / 1.1
    swings = (float(gravity or 9.8) * math.sin(angle) + math.cos(angle) * pulled) / (
        0.5 * (4 / 3 - 0.1 * math.cos(angle) ** 2 / 1.1)
    )
    seen, *_ = made.step(1)
    assert seen[3] == pytest.approx(angle_dot + 0.02 * swings, rel=1e-5)


def test_unchanged_parameters_keep_their_values():
    swing = gym("Pendulum-v1", {"g": "5", "mass": "2"}).make().unwrapped
    assert (swing.g, swing.m, swing.l, swing.max_torque) == (5, 2, 1, 2)


def test_atari_is_looked_for_where_it_is_registered(monkeypatch):
    monkeypatch.setitem(sys.modules, "ale_py", None)
    with pytest.raises(UsageError, match="pip install ale-py"):
        gym("ALE/Pong-v5", {})


@pytest.mark.parametrize(
    ("options", "entry", "said"),
    [
        ({"dtype": "float32"}, "rl/nature-cnn.blank", "takes observations of uint8, but those of .* are float32"),
        ({"dtype": "float32"}, "rl/grid-cnn.blank", "takes observations of uint8, but those of .* are float32"),
        (
            {"paints": "200"},
            "rl/grid-cnn.blank",
            "takes numbers from 0 to 10, but observations of .* are from 200 to 200",
        ),
    ],
)
def test_observations_of_another_kind_are_refused(options, entry, said):
    made = gym("made_environments:made/Painted-v0", options)
    with pytest.raises(EntryError, match=said):
        made.check(catalog().get(entry))


def test_observations_of_the_same_kind_are_not_refused():
    made = gym("made_environments:made/Painted-v0", {"paints": "10"})
    for entry in ("rl/grid-cnn.blank", "rl/nature-cnn.blank", "rl/mlp.blank"):
        made.check(catalog().get(entry))


@pytest.mark.parametrize(("name", "smallest"), [("grid-cnn", 5), ("nature-cnn", 36)])
def test_a_map_below_the_smallest_is_refused(name, smallest):
    def load(side):
        return load_backbone(f"rl/{name}.blank", LoadRequest(weights="random", input_shape=(smallest, side, 3)))

    assert load(smallest).model.count_params() > 0
    with pytest.raises(EntryError, match=f"takes maps of {smallest} x {smallest} or more, but the environment has"):
        load(smallest - 1)


def test_changing_one_does_not_change_another():
    gym("Acrobot-v1", {"link_length": "2"}).make()
    assert gym("Acrobot-v1", {}).make().unwrapped.LINK_LENGTH_1 == 1.0


def test_observations_are_adapted_as_the_source_declares():
    assert gym("Acrobot-v1", {"observations": "4,5"}).observation_shape == (2,)
    padded = gym("CartPole-v1", {"pad": "6"})
    assert padded.observation_shape == (6,)
    assert padded.make().reset(seed=0)[0][4:].tolist() == [0.0, 0.0]
    assert padded.notes == ("observations are padded with zeros to 6 numbers",)
    assert gym("FrozenLake-v1", {"is_slippery": "false"}).observation_shape == (16,)


def test_minigrid_is_found_and_gives_its_view():
    pytest.importorskip("minigrid")
    door = gym("MiniGrid-DoorKey-5x5-v0", {})
    assert (door.observation_shape, door.dtype, door.task.actions) == ((7, 7, 3), "uint8", 7)


@pytest.mark.parametrize(
    ("location", "options", "said"),
    [
        ("CartPol-v1", {}, "unknown environment 'CartPol-v1'; did you mean 'CartPole-v1'"),
        ("no_such_module:Thing-v0", {}, "module 'no_such_module' is not installed"),
        ("CartPole-v1", {"pole_lenght": "2"}, "unknown parameter 'pole_lenght'; did you mean 'pole_length'"),
        ("CartPole-v1", {"pole_length": "-1"}, "pole_length=-1 must be positive"),
        ("CartPole-v1", {"pole_length": "long"}, "pole_length=long is not a number"),
        ("CartPole-v1", {"observations": "7"}, "use 0 to 3"),
        ("CartPole-v1", {"pad": "2"}, "less than the 4 numbers"),
        ("CartPole-v1", {"pad": "0"}, "pad=0 is less than the 4 numbers"),
        ("CartPole-v1", {"max_steps": "0"}, "max_steps must be at least 1"),
        ("made_environments:made/Mixed-v0", {"widht": "2"}, "unknown parameter 'widht'; did you mean 'width'"),
        ("made_environments:made/Painted-v0", {"width": "0"}, "its observations are empty"),
        ("made_environments:made/Cards-v0", {}, "no backbone supports the observations Tuple"),
        ("", {}, "has no environment"),
    ],
)
def test_impossible_requests_are_refused_in_one_line(location, options, said):
    with pytest.raises(TlzooError, match=said.replace("(", r"\(")) as caught:
        gym(location, options).make()
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, UsageError | DataError)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("raises", "raised ValueError in step: the motor is gone"),
        ("observes", "returned an observation with nan"),
        ("rewards", "returned a reward of inf"),
        ("ends", "returned an observation with nan"),
    ],
)
def test_a_failing_environment_is_reported_with_its_error(how, said):
    made = Environments(gym("made_environments:made/Faulty-v0", {"how": how}), 2)
    made.reset([0, 1])
    for _ in range(2):
        made.step(np.zeros(2, int))
    with pytest.raises(TrainingError, match=said):
        made.step(np.zeros(2, int))


def test_finished_episodes_restart_and_return_their_last_observation():
    made = Environments(gym("CartPole-v1", {"max_steps": "3"}), 2)
    made.reset([0, 1])
    steps = [made.step(np.array([0, 1])) for _ in range(3)]
    assert steps[2].truncated.all()
    assert not steps[2].terminated.any()
    assert set(steps[2].last) == {0, 1}
    assert not np.array_equal(steps[2].last[0], steps[2].observations[0])


def test_overwritten_observations_and_infos_do_not_matter():
    made = Environments(gym("made_environments:made/Counting-v0", {}), 2)
    made.reset([0, 1])
    first, second = made.step(np.zeros(2, int)), made.step(np.zeros(2, int))
    assert first.observations[:, 0].tolist() == [1, 1]
    assert second.observations[:, 0].tolist() == [0, 2]
    assert second.last[0].tolist() == [2]


def test_channels_that_come_first_are_hinted_at():
    first = gym("made_environments:made/Painted-v0", {"height": "3", "width": "36", "channels": "36"})
    assert first.notes[0].startswith("observations of 3 x 36 x 36 are read as height, width, channels")
    assert gym("made_environments:made/Painted-v0", {}).notes == ()
    request = LoadRequest(weights="random", input_shape=first.observation_shape)
    with pytest.raises(EntryError, match="if its 3 channels come first, move them to the end"):
        load_backbone("rl/nature-cnn.blank", request)
