"""Images and texts as observations, for vision and text backbones."""

import json
import re

import numpy as np
import pytest
import tensorflow as tf

from tlzoo import Run, load_backbone, train
from tlzoo.backbones import LoadRequest
from tlzoo.backbones import load_backbone as load
from tlzoo.errors import TlzooError, UsageError
from tlzoo.export import export_keras, export_saved_model
from tlzoo.plugins import forget
from tlzoo.runs.files.journal import MetricsFile
from tlzoo.strategies import Phase, everything, head, top
from tlzoo.training import Setup
from tlzoo.zoo.publishing.publication import publish
from tlzoo_rl.environments import Environments, gym, play
from tlzoo_rl.heads import Policy, QValues
from tlzoo_rl.training import DQN, PPO
from tlzoo_rl.training.serving import serving_model
from tlzoo_rl.training.trainer import _intents

LIGHTS, WORDS = "made_environments:made/Lights-v0", "made_environments:made/Words-v0"
NATURE = "rl/nature-cnn-rgb.blank"
SMALL = {"environments": 2, "rollout": 8, "passes": 1, "episodes": 2}


def prepared(folder, options=None, *, backbone=NATURE, source=LIGHTS, trainer=PPO, **more):
    environment = gym(source, options or {})
    size = None if source == WORDS else (36, 36)
    weights = "pretrained" if source == WORDS else "random"
    request = LoadRequest(weights=weights, image_size=size)
    made = more.pop("head", Policy(**SMALL))
    return trainer().prepare(
        Setup(load(backbone, request), made, environment, 0, folder, budget=64, batch_size=8, **more)
    )


@pytest.mark.parametrize(
    ("source", "options", "modality", "shape", "frames"),
    [
        (LIGHTS, {}, "vision", (40, 48, 3), 1),
        (LIGHTS, {"observations": "pixels", "stack": "3"}, "vision", (3, 40, 48, 3), 3),
        (LIGHTS, {"observations": "array", "stack": "3"}, "rl", (40, 48, 9), 1),
        ("CartPole-v1", {"observations": "pixels"}, "vision", (400, 600, 3), 1),
        ("CartPole-v1", {"observations": "0,2", "stack": "2"}, "rl", (4,), 1),
        ("MiniGrid-Empty-5x5-v0", {}, "rl", (7, 7, 3), 1),
        ("MiniGrid-Empty-5x5-v0", {"observations": "pixels", "tile_size": "8"}, "vision", (40, 40, 3), 1),
        ("MiniGrid-Empty-5x5-v0", {"key": "mission"}, "text", (), 1),
        (WORDS, {}, "text", (), 1),
    ],
)
def test_environments_have_the_modality_of_their_observations(source, options, modality, shape, frames):
    environment = gym(source, options)
    assert (environment.modality, environment.observation_shape, environment.frames) == (modality, shape, frames)
    assert environment.input_shape == (shape if modality == "rl" else None)
    made = Environments(environment, 2)
    first = made.reset([0, 1])
    assert first.shape == (2, *shape)
    assert first.dtype == {"vision": np.uint8, "rl": first.dtype, "text": object}[modality]
    made.close()


@pytest.mark.parametrize(
    ("source", "backbone", "said"),
    [
        (
            "gym:CartPole-v1",
            "glyphnet",
            "takes vision, but gym:CartPole-v1 is rl; use observations=pixels in the source",
        ),
        (f"gym:{LIGHTS}", "text/static.minilm", "text/static.minilm takes text, but"),
        (f"gym:{LIGHTS}", "rl/nature-cnn.blank", "use observations=array in the source to read the images as maps"),
        (f"gym:{WORDS}", "glyphnet", "glyphnet.glyphs takes vision, but"),
        (f"gym:{LIGHTS}?width=34", NATURE, "needs images of at least 36 x 36 pixels, but those of"),
        (f"gym:{WORDS}?stack=2", "text/static.minilm", "observations are texts, which cannot be stacked; remove stack"),
        (f"gym:{WORDS}?pad=2", "text/static.minilm", "observations are texts; remove observations and pad"),
        ("gym:CartPole-v1?stack=0", "glyphnet", "stack must be at least 1; use stack=1 or more"),
        ("gym:CartPole-v1?observations=pixel", "glyphnet", "is neither pixels nor array nor a position"),
        ("gym:made_environments:made/Undrawn-v0?observations=pixels", "glyphnet", "there is no screen"),
        ("gym:made_environments:made/Undrawn-v0?observations=pixels&how=floats", "glyphnet", "its frames are float64"),
    ],
)
def test_observations_that_do_not_fit_are_refused_in_one_line(tmp_path, source, backbone, said):
    with pytest.raises(TlzooError, match=re.escape(said)) as caught:
        train(
            data=source, backbone=backbone, weights="random", steps=64, head={"name": "policy", **SMALL}, out=tmp_path
        )
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_an_action_is_repeated_and_its_rewards_are_added():
    made = Environments(gym(LIGHTS, {"skip": "3"}), 1)
    made.reset([0])
    first, second = made.step(np.array([0])), made.step(np.array([0]))
    assert not first.terminated[0]
    assert second.terminated[0]  # four steps: three and one
    assert 0 <= first.rewards[0] <= 3
    repeated = gym("CartPole-v1", {"skip": "2", "max_steps": "7"})
    assert Environments(repeated, 1).limit == 4
    (episode,) = play(repeated, [0], lambda seen: np.zeros(len(seen), int))
    (single,) = play(gym("CartPole-v1", {"max_steps": "7"}), [0], lambda seen: np.zeros(len(seen), int))
    assert (episode.total, episode.steps) == (single.total, -(-single.steps // 2))


@pytest.mark.parametrize("stack", ["1", "3"])
def test_frozen_features_are_those_of_the_backbone_and_computed_once_for_each_frame(tmp_path, stack):
    state = prepared(tmp_path, {"stack": stack})
    encoder = state.encoder(state.cut(state.network.parts.head))
    computed, encode = [], encoder._encode
    encoder._encode = lambda raw: computed.append(len(raw)) or encode(raw)
    made = Environments(state.environment, 2)
    first = made.reset([0, 1])
    then = made.step(np.array([0, 0])).observations
    rows = np.concatenate([encoder.rows(each) for each in (first, then, first)])
    made.close()
    assert computed == [2, 2]  # the latest frame of both environments, at two steps
    frames = np.concatenate([first, then, first]).reshape(-1, 40, 48, 3)
    whole = load_backbone(NATURE, weights="random", image_size=36)
    expected = whole.predict(frames).reshape(6, -1)
    np.testing.assert_allclose(rows.reshape(6, -1), expected, atol=1e-4)
    np.testing.assert_allclose(np.asarray(state.features(np.concatenate([first, then, first]))), expected, atol=1e-4)


def test_rows_of_a_frozen_part_lead_to_the_outputs_of_the_whole_network(tmp_path):
    state = prepared(tmp_path, {"stack": "2"})
    made = Environments(state.environment, 3)
    seen = made.reset([0, 1, 2])
    made.close()
    stages = [stage.name for stage in state.setup.backbone.stages]
    expected = np.asarray(state.outputs(seen))
    for trained, cut in ((head(), "dense"), (top(1), "conv3"), (everything(), None)):
        position = state.cut(trained.paths(state.network.parts))
        assert position == (None if cut is None else stages.index(cut))
        encoder = state.encoder(position)
        np.testing.assert_allclose(encoder.answer(encoder.rows(seen)), expected, atol=1e-5)
    np.testing.assert_allclose(state.answer(seen), expected, atol=1e-5)


def test_moving_averages_of_batch_norm_layers_are_not_trained(tmp_path):
    state = prepared(tmp_path, backbone="glyphnet")
    averages = {path for path in state.network.variables if "moving_" in path}
    assert averages
    phase = Phase(name="all", train=everything(), rates=1e-2, statistics="trained")
    trained = {path for paths, _ in state.groups(phase) for path in paths}
    assert trained == state.network.variables.keys() - averages
    intents = _intents(state, phase)
    assert {intents[path] for path in averages} == {"frozen"}
    assert {intents[path] for path in trained} == {"trained"}


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Run:
    return train(
        data=f"gym:{LIGHTS}?stack=2",
        backbone=NATURE,
        image_size=36,
        weights="random",
        strategy={"name": "fine-tune", "rate": 1e-3, "head_rate": 3e-3, "head_share": 0.5},
        head={"name": "policy", "environments": 4, "rollout": 16, "passes": 4, "episodes": 4},
        steps=1024,
        export=[],
        out=tmp_path_factory.mktemp("runs"),
    )


@pytest.mark.slow
def test_a_run_on_images_learns_and_answers(run):
    assert run.test["mean_return"] > 3.6  # of 4
    assert [phase["mode"] for phase in run.result["phases"]] == ["cached features", "cached prefix"]
    assert run.evaluate() == run.test
    (episode,) = run.predict([3])
    assert episode["steps"] == 4
    bright = np.zeros((2, 40, 48, 3), np.uint8)
    bright[:, :, 24:] = 220
    assert run.predict([bright]) == [{"input": "uint8 2 x 40 x 48 x 3", "action": 1}]
    with pytest.raises(UsageError, match=re.escape("observations need the shape (2, 40, 48, 3), not (40, 48, 3)")):
        run.predict([bright[0]])


def test_the_journal_has_the_observations(run):
    events = [json.loads(line) for line in (run.path / "journal.jsonl").read_text().splitlines()]
    (described,) = [event for event in events if event["event"] == "data"]
    assert described["observations"] == {
        "modality": "vision",
        "shape": [2, 40, 48, 3],
        "dtype": "uint8",
        "frames": 2,
        "skip": 1,
        "rendered": False,
    }


def test_a_run_is_evaluated_on_images_of_another_size_but_not_on_other_stacks(run):
    assert run.evaluate(f"gym:{LIGHTS}?stack=2&height=60")["mean_return"] > 3.6
    with pytest.raises(UsageError, match="has stacks of 3 images, but the run was trained on stacks of 2 images"):
        run.evaluate(f"gym:{LIGHTS}?stack=3")


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    return prepared(tmp_path_factory.mktemp("texts"), source=WORDS, backbone="text/static.minilm")


def test_a_text_is_an_input_of_a_prediction(texts):
    said, episode = PPO().predict(texts, ["go to the left", "7"])
    assert said["input"] == "go to the left"
    assert said["action"] in {0, 1}
    assert (episode["input"], episode["steps"]) == (7, 4)
    with pytest.raises(UsageError, match="observations are texts; use an episode's seed, or a text"):
        PPO().predict(texts, [[0.5, 0.5]])


def test_a_replay_memory_does_not_store_texts(texts):
    with pytest.raises(UsageError, match="the replay memory does not store texts; use --head policy, or freeze"):
        DQN().plan(texts, Phase(name="all", train=everything()))


@pytest.mark.slow
def test_a_text_backbone_trains(texts, tmp_path):
    phase = Phase(name="all", train=everything(), rates=3e-2)
    plan = PPO().plan(texts, phase)
    assert plan.mode == "live"
    result = PPO().run(texts, phase, 1, plan, MetricsFile(tmp_path / "metrics.jsonl"))
    assert result.audited["trained"] > 4


def test_q_learning_stores_features(tmp_path):
    small = {"environments": 2, "rollout": 8, "updates": 2, "memory": 100, "warmup": 16, "episodes": 2}
    state, trainer = prepared(tmp_path, {"stack": "2"}, trainer=DQN, head=QValues(**small)), DQN()
    phase = Phase(name="head", train=head(), rates=1e-2)
    plan = trainer.plan(state, phase)
    assert plan.mode == "cached features"
    learner = trainer.learner(state, phase, 1, plan)
    assert learner.memory.columns["observations"].shape == (100, 2, 512)
    assert trainer.run(state, phase, 1, plan, MetricsFile(tmp_path / "metrics.jsonl")).audited["trained"] == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "options", "backbone"),
    [(LIGHTS, {}, NATURE), (LIGHTS, {"stack": "2"}, NATURE), (WORDS, {}, "text/static.minilm")],
)
def test_exported_policies_take_raw_observations(tmp_path, source, options, backbone):
    state = prepared(tmp_path / "checkpoints", options, source=source, backbone=backbone)
    model = serving_model(state)
    export_saved_model(model, tmp_path)
    export_keras(model, tmp_path)
    made = Environments(state.environment, 3)
    seen = made.reset([0, 1, 2])
    made.close()
    serving = tf.saved_model.load(str(tmp_path / "serving")).signatures["serving_default"]
    served = serving(observations=tf.constant(seen.tolist() if seen.dtype == object else seen))
    logits = state.answer(seen)[:, :2]
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(served["probabilities"].numpy(), expected, atol=1e-5)


@pytest.mark.slow
def test_a_published_vision_backbone_is_where_the_next_run_starts(run, tmp_path):
    publish(run, "lights", "Apache-2.0")
    forget()
    entry = load_backbone("local/lights").entry
    assert (entry.modality, entry.input.size) == ("vision", (36, 36))
    assert load("local/lights").source_head is None  # the policy takes two frames
    again = train(
        data=f"gym:{LIGHTS}",
        backbone="local/lights",
        strategy="feature-extraction",
        head={"name": "policy", **SMALL},
        steps=256,
        export=["keras"],
        out=tmp_path,
    )
    publish(again, "lights-alone", "Apache-2.0")
    forget()
    assert load("local/lights-alone").source_head is not None
