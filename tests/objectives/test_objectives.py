"""Every objective against its definition, computed the slow way, and what its gradient does."""

import math

import numpy as np
import pytest
import tensorflow as tf

from tlzoo.objectives import Coral, Dann, Mcc, Mmd, Objective, Reached, Step


def draw(*shape: int, seed: int = 0, at: float = 0.0) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=shape) + at).astype(np.float32)


def step(
    source: np.ndarray, target: np.ndarray, *, done: float = 0.5, helper: object = None, outputs: bool = False
) -> Step:
    other = tf.zeros((len(source), 3))
    pair = [
        Reached(other, tf.constant(each)) if outputs else Reached(tf.constant(each), other) for each in (source, target)
    ]
    return Step(
        tf.constant(2.0), pair[0], tf.zeros((len(source), 3)), tf.ones(len(source)), tf.constant(done), pair[1], helper
    )


def test_coral_is_the_squared_distance_of_covariances() -> None:
    source, target = draw(7, 4), draw(7, 4, seed=1, at=3.0) * 2
    difference = np.cov(source, rowvar=False) - np.cov(target, rowvar=False)
    expected = sum(entry**2 for entry in difference.flat) / (4 * 4 * 4)
    assert float(Coral().distance(step(source, target))) == pytest.approx(expected, rel=1e-5)
    assert float(Coral(weight=3.0).value(step(source, target))) == pytest.approx(2 + 3 * expected, rel=1e-5)


def test_coral_does_not_see_a_shift_of_the_mean() -> None:
    source = draw(9, 4)
    assert float(Coral().distance(step(source, source + 5))) == pytest.approx(0, abs=1e-6)


def test_coral_can_compare_outputs() -> None:
    source, target = draw(7, 3), draw(7, 3, seed=1)
    difference = np.cov(source, rowvar=False) - np.cov(target, rowvar=False)
    found = Coral(at="outputs").distance(step(source, target, outputs=True))
    assert float(found) == pytest.approx(np.square(difference).sum() / 36, rel=1e-5)


def test_coral_of_a_single_sample_is_zero() -> None:
    assert float(Coral().distance(step(draw(1, 4), draw(1, 4, seed=1)))) == 0


def discrepancy(source: np.ndarray, target: np.ndarray, bandwidths: tuple[float, ...]) -> float:
    """Return the unbiased estimate by loops over pairs."""
    both = [*source.astype(np.float64), *target.astype(np.float64)]
    count = len(both)
    distances = [float(np.square(a - b).sum()) for i, a in enumerate(both) for j, b in enumerate(both) if i != j]
    mean = sum(distances) / (count * (count - 1))

    def kernel(a: np.ndarray, b: np.ndarray) -> float:
        squared = float(np.square(a.astype(np.float64) - b).sum())
        return sum(math.exp(-squared / (width * mean)) for width in bandwidths) / len(bandwidths)

    def within(rows: np.ndarray) -> float:
        pairs = [kernel(a, b) for i, a in enumerate(rows) for j, b in enumerate(rows) if i != j]
        return sum(pairs) / len(pairs)

    across = [kernel(a, b) for a in source for b in target]
    return within(source) + within(target) - 2 * sum(across) / len(across)


def test_mmd_is_the_unbiased_discrepancy_under_the_mean_of_kernels() -> None:
    source, target = draw(6, 4), draw(6, 4, seed=1, at=1.0)
    expected = discrepancy(source, target, (0.25, 0.5, 1.0, 2.0, 4.0))
    assert float(Mmd().distance(step(source, target))) == pytest.approx(expected, rel=1e-4)
    narrow = Mmd(bandwidths=(0.5,))
    assert float(narrow.distance(step(source, target))) == pytest.approx(discrepancy(source, target, (0.5,)), rel=1e-4)


def test_mmd_of_one_distribution_is_zero_on_average() -> None:
    found = [float(Mmd().distance(step(draw(16, 3, seed=2 * n), draw(16, 3, seed=2 * n + 1)))) for n in range(40)]
    assert abs(np.mean(found)) < 3 * np.std(found) / math.sqrt(len(found))
    assert min(found) < 0 < max(found)


def test_mmd_of_equal_rows_is_a_number() -> None:
    ones = np.ones((4, 3), np.float32)
    assert float(Mmd().distance(step(ones, ones))) == pytest.approx(0, abs=1e-6)


def confusion(logits: np.ndarray, temperature: float) -> float:
    """Return the class confusion by loops over classes and samples."""
    scaled = np.exp(logits.astype(np.float64) / temperature)
    rows = scaled / scaled.sum(axis=1, keepdims=True)
    certain = [1 + math.exp(sum(p * math.log(p) for p in row)) for row in rows]
    weights = [len(rows) * each / sum(certain) for each in certain]
    classes = logits.shape[1]
    matrix = [
        [sum(w * row[i] * row[j] for w, row in zip(weights, rows, strict=True)) for j in range(classes)]
        for i in range(classes)
    ]
    return sum(matrix[i][j] / sum(matrix[i]) for i in range(classes) for j in range(classes) if i != j) / classes


def test_mcc_is_the_mean_confusion_of_pairs_of_classes() -> None:
    logits = draw(8, 3) * 3
    assert float(Mcc().confusion(tf.constant(logits))) == pytest.approx(confusion(logits, 2.5), rel=1e-5)
    objective = Mcc(temperature=1.0, weight=0.5)
    value = objective.value(step(draw(8, 3), logits, outputs=True))
    assert float(value) == pytest.approx(2 + 0.5 * confusion(logits, 1.0), rel=1e-5)


def test_mcc_is_small_where_every_sample_is_of_one_class() -> None:
    sure = 50 * np.eye(3, dtype=np.float32)
    assert float(Mcc().confusion(tf.constant(sure))) < 1e-6
    assert float(Mcc().confusion(tf.zeros((3, 3)))) == pytest.approx(2 / 3, rel=1e-5)


def test_no_gradient_goes_through_the_weights_of_mcc() -> None:
    logits = tf.constant(draw(5, 3))
    with tf.GradientTape() as tape:
        tape.watch(logits)
        value = Mcc().confusion(logits)
    found = tape.gradient(value, logits).numpy()
    rows = np.exp(logits.numpy() / 2.5)
    rows /= rows.sum(axis=1, keepdims=True)
    certain = 1 + np.exp((rows * np.log(rows)).sum(axis=1))

    def with_fixed_weights(changed: np.ndarray) -> float:
        y = np.exp(changed.astype(np.float64) / 2.5)
        y /= y.sum(axis=1, keepdims=True)
        matrix = y.T @ ((certain / certain.mean())[:, None] * y)
        matrix /= matrix.sum(axis=1, keepdims=True)
        return float(matrix.sum() - np.trace(matrix)) / 3

    for place in ((0, 0), (3, 2)):
        moved = [logits.numpy().astype(np.float64) for _ in range(2)]
        moved[0][place] += 1e-4
        moved[1][place] -= 1e-4
        slope = (with_fixed_weights(moved[0]) - with_fixed_weights(moved[1])) / 2e-4
        assert found[place] == pytest.approx(slope, rel=1e-3, abs=1e-6)


def test_dann_is_the_cross_entropy_of_telling_domains_apart() -> None:
    source, target = draw(5, 4), draw(5, 4, seed=1)
    dann = Dann(units=(8,))
    helper = dann.helper(4, 3, seed=0)
    assert helper is not None
    found = float(dann.distance(step(source, target, helper=helper)))
    logits = [float(each) for rows in (source, target) for each in helper(rows)[:, 0]]
    losses = [math.log1p(math.exp(-z)) for z in logits[:5]] + [math.log1p(math.exp(z)) for z in logits[5:]]
    assert found == pytest.approx(sum(losses) / 10, rel=1e-5)


@pytest.mark.parametrize(("done", "strength"), [(0.0, 0.0), (0.5, 2 / (1 + math.exp(-5)) - 1), (1.0, 0.9999092)])
def test_dann_reverses_the_gradient_of_features_and_not_that_of_the_discriminator(done: float, strength: float) -> None:
    dann = Dann(units=(8,))
    helper = dann.helper(4, 3, seed=0)
    assert helper is not None
    source, target = tf.constant(draw(5, 4)), tf.constant(draw(5, 4, seed=1))
    other, truth = tf.zeros((5, 3)), tf.constant([1.0] * 5 + [0.0] * 5)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(source)
        own = Step(
            other[0, 0], Reached(source, other), other, other[:, 0], tf.constant(done), Reached(target, other), helper
        )
        reversed_loss = dann.distance(own)
        logits = helper(tf.concat([source, target], 0))[:, 0]
        plain_loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(truth, logits))
    plain = tape.gradient(plain_loss, source).numpy()
    np.testing.assert_allclose(tape.gradient(reversed_loss, source).numpy(), -strength * plain, rtol=1e-4, atol=1e-7)
    for variable in helper.trainable_variables:
        wanted = tape.gradient(plain_loss, variable.value).numpy()
        np.testing.assert_allclose(tape.gradient(reversed_loss, variable.value).numpy(), wanted, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("objective", [Coral(), Mmd(), Mcc()])
def test_gradient_descent_lowers_the_objective(objective: Objective) -> None:
    source, target = draw(12, 3), tf.Variable(draw(12, 3, seed=1) * 2 + 1)
    values = []
    for _ in range(30):
        with tf.GradientTape() as tape:
            pair = [Reached(tf.convert_to_tensor(each), tf.convert_to_tensor(each)) for each in (source, target)]
            rest = tf.zeros((12, 3)), tf.ones(12), tf.constant(0.5)
            value = objective.value(Step(tf.constant(0.0), pair[0], *rest, pair[1]))
        target.assign_sub(tape.gradient(value, target))
        values.append(float(value))
    assert values[-1] < 0.99 * values[0]


def test_a_journal_tells_objectives_apart() -> None:
    assert Coral().model_dump() == {"kind": "Coral", "weight": 1.0, "at": "features"}
