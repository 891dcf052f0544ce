"""Operations of augmentation, each against what it should do to a picture, a pair or a text."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageEnhance, ImageOps

from tlzoo.data import ArrayPictures, Samples, split
from tlzoo.errors import UsageError
from tlzoo.modalities import find_modality
from tlzoo.modalities.augmentation import augmentation_of, augmenter, suited
from tlzoo.modalities.augmentation.draws import uniforms
from tlzoo.modalities.text.word_dropout import drop_words
from tlzoo.modalities.vision.augmentation import colour, geometry, randaugment
from tlzoo.modalities.vision.augmentation.augmenter import ImageAugmenter
from tlzoo.modalities.vision.augmentation.mixing import mixed, pairing
from tlzoo.modalities.vision.augmentation.options import ImageAugmentation
from tlzoo.modalities.vision.augmentation.suitability import colouring
from tlzoo.tasks import Classification

SIDE = 16


def pictures(count: int = 4, channels: int = 3, side: int = SIDE) -> np.ndarray:
    """Smooth pictures, so that interpolation has nothing to lose."""
    draw = np.random.default_rng(0)
    coarse = draw.uniform(0, 255, (count, 4, 4, channels)).astype(np.float32)
    return np.clip(tf.image.resize(coarse, (side, side), "bicubic").numpy(), 0, 255)


def drawn(names: Any, count: int, **values: float) -> dict[str, tf.Tensor]:
    """Draws in the middle, but for those named."""
    return {name: tf.fill((count,), values.get(name, 0.5)) for name in names}


def moved(images: np.ndarray, options: dict[str, Any], **values: float) -> np.ndarray:
    draws = drawn(geometry.COLUMNS, len(images), **values)
    out: np.ndarray = geometry.moved(tf.constant(images), draws, ImageAugmentation(**options)).numpy()
    return out


def test_draws_belong_to_base_and_sample_whatever_the_batch() -> None:
    samples = np.array([5, 0, 70_000])
    rows = uniforms(2**63 + 5, samples, 8)
    np.testing.assert_array_equal(rows[::-1], uniforms(2**63 + 5, samples[::-1], 8))
    np.testing.assert_array_equal(rows[:, :3], uniforms(2**63 + 5, samples, 3))
    assert not np.isclose(rows, uniforms(2**63 + 6, samples, 8)).any()


def test_draws_are_uniform_and_independent() -> None:
    rows = uniforms(1, np.arange(20_000), 4).astype(np.float64)
    assert rows.min() >= 0
    assert rows.max() < 1
    np.testing.assert_allclose(np.histogram(rows, 10, (0, 1))[0] / rows.size, 0.1, atol=0.003)
    correlations = np.corrcoef(np.concatenate([rows[:-1].T, rows[1:].T])) - np.eye(8)
    assert np.abs(correlations).max() < 0.03


def test_a_flip_mirrors_exactly() -> None:
    images = pictures()
    np.testing.assert_array_equal(moved(images, {"flip": True}, flip=0.1), images[:, :, ::-1])
    np.testing.assert_array_equal(moved(images, {"flip": True}, flip=0.9), images)
    np.testing.assert_array_equal(moved(images, {"flip_vertical": True}, flip_vertical=0.1), images[:, ::-1])


@pytest.mark.parametrize(("draw", "times"), [(0.75, 1), (0.25, 3), (1.0, 2), (0.5, 0)])
def test_a_rotation_by_right_angles_is_that_of_numpy(draw: float, times: int) -> None:
    images = pictures()
    turned = moved(images, {"rotate": 180.0}, rotate=draw)
    np.testing.assert_allclose(turned, np.rot90(images, times, (1, 2)), atol=0.05)


def test_a_crop_shows_the_window() -> None:
    images = pictures(side=21)
    shown = moved(images, {"crop": 0.5}, crop_height=0.8, crop_width=0.8, crop_top=0.0, crop_left=1.0)
    np.testing.assert_allclose(shown[:, ::5, ::5], images[:, 0:13:3, 8:21:3], atol=0.05)


def test_a_crop_is_the_same_alone_and_with_other_operations() -> None:
    draws = {"crop_height": 0.9, "crop_width": 0.4, "crop_top": 0.2, "crop_left": 0.7, "flip": 0.2}
    alone = moved(pictures(), {"crop": 0.6, "flip": True}, **draws)
    among = moved(pictures(), {"crop": 0.6, "flip": True, "shear": 1e-9}, **draws)
    np.testing.assert_allclose(alone, among, atol=0.05)


def test_zoom_and_shear_keep_the_centre_and_move_the_corners() -> None:
    images = pictures(side=17)
    for options, values in (({"zoom": 0.4}, {"zoom_height": 1.0}), ({"shear": 0.5}, {"shear_x": 1.0})):
        changed = moved(images, options, **values)
        np.testing.assert_allclose(changed[:, 8, 8], images[:, 8, 8], atol=0.05)
        assert np.abs(changed[:, 0] - images[:, 0]).mean() > 5


def test_nothing_but_the_picture_comes_in_at_the_borders() -> None:
    bright = np.full((8, SIDE, SIDE, 3), 200, np.float32)
    every = ImageAugmentation(flip=True, crop=0.9, rotate=180, shear=1, zoom=0.9)
    changed = augmenter(every, bright.shape[1:])(bright, 3, np.arange(8))
    np.testing.assert_allclose(changed, bright, atol=1e-3)


@pytest.mark.parametrize(
    ("name", "draw", "expected"),
    [
        ("brightness", 1.0, lambda image: image * 1.2),
        ("brightness", 0.0, lambda image: image * 0.8),
        ("contrast", 1.0, lambda image: image * 1.2 - 0.2 * (image @ [0.299, 0.587, 0.114]).mean()),
        ("saturation", 0.0, lambda image: 0.8 * image + 0.2 * (image @ [0.299, 0.587, 0.114])[..., None]),
    ],
)
def test_a_colour_operation_is_the_formula(name: str, draw: float, expected: Any) -> None:
    image = pictures(1)
    changed = colour.coloured(
        tf.constant(image), drawn(colour.COLUMNS, 1, **{name: draw}), ImageAugmentation(**{name: 0.2})
    )
    np.testing.assert_allclose(changed[0], np.clip(expected(image[0]), 0, 255), atol=0.05)


def test_hue_turns_colours_and_leaves_greys_and_luma() -> None:
    one, nil = tf.ones(1), tf.zeros(1)
    image = np.array([[[[140, 120, 110], [90, 90, 90]]]], np.float32)
    turned = colour.adjusted(tf.constant(image), one, one, one, one / 3).numpy()
    np.testing.assert_allclose(turned[0, 0, 1], image[0, 0, 1], atol=0.01)
    np.testing.assert_allclose(turned @ [0.299, 0.587, 0.114], image @ [0.299, 0.587, 0.114], atol=0.01)
    assert turned[0, 0, 0].argmax() != 0
    np.testing.assert_allclose(colour.adjusted(tf.constant(image), one, one, one, one), image, atol=0.01)
    np.testing.assert_allclose(colour.adjusted(tf.constant(image), one, one, one, nil), image, atol=0.01)


def test_grey_pictures_stay_of_one_channel() -> None:
    strong = ImageAugmentation(**{**find_modality("vision").policies()["strong"], "mixup": 0, "cutmix": 0})
    images = pictures(32, channels=1)
    changed = augmenter(strong, images.shape[1:])(images, 3, np.arange(32)).numpy()
    assert changed.shape == images.shape
    assert np.isfinite(changed).all()


def operated(name: str, image: np.ndarray, direction: float = 1.0) -> np.ndarray:
    """One operation of RandAugment at magnitude 5, on one picture."""
    options = ImageAugmentation(randaugment=1, magnitude=5)
    position = (randaugment._NAMES.index(name) + 0.5) / len(randaugment._NAMES)
    draws = drawn(randaugment.columns(options), 1, **{"operation 0": position, "direction 0": direction})
    out: np.ndarray = randaugment.random_operations(tf.constant(image[np.newaxis]), draws, options)[0].numpy()
    return out


@pytest.mark.parametrize(
    ("name", "pillow", "tolerance"),
    [
        ("identity", lambda image: image, 0),
        ("autocontrast", ImageOps.autocontrast, 1.01),
        ("equalize", ImageOps.equalize, 0),
        ("solarize", lambda image: ImageOps.solarize(image, 128), 0),
        ("posterize", lambda image: ImageOps.posterize(image, 6), 0),
        ("sharpness", lambda image: ImageEnhance.Sharpness(image).enhance(1.45), 2),
        ("color", lambda image: ImageEnhance.Color(image).enhance(1.45), 2),
        ("contrast", lambda image: ImageEnhance.Contrast(image).enhance(1.45), 2),
        ("brightness", lambda image: ImageEnhance.Brightness(image).enhance(1.45), 2),
    ],
)
def test_an_operation_of_randaugment_is_that_of_pillow(name: str, pillow: Any, tolerance: float) -> None:
    image = np.rint(pictures(1, side=32)[0])
    expected = np.asarray(pillow(Image.fromarray(image.astype(np.uint8))), np.float32)
    np.testing.assert_allclose(operated(name, image), expected, atol=tolerance)


@pytest.mark.parametrize("name", ["rotate", "shear_x", "shear_y", "translate_x", "translate_y"])
def test_a_movement_of_randaugment_goes_either_way(name: str) -> None:
    image = pictures(1)[0]
    one, other = operated(name, image, 0.9), operated(name, image, 0.1)
    assert np.abs(one - image).mean() > 3
    assert np.abs(other - image).mean() > 3
    assert np.abs(one - other).mean() > 3


@pytest.mark.parametrize("policy", ["light", "standard", "strong"])
def test_a_sample_is_augmented_alike_in_every_batch(policy: str) -> None:
    images, samples = pictures(24), np.arange(100, 124)
    change = augmenter(augmentation_of(policy, {}, "vision"), images.shape[1:])  # type: ignore[arg-type]
    whole = change(images, 11, samples).numpy()
    order = np.random.default_rng(0).permutation(24)
    apart = np.concatenate([change(images[part], 11, samples[part]).numpy() for part in np.split(order, [1, 9])])
    np.testing.assert_allclose(whole[order], apart, rtol=1e-5, atol=1e-3)  # some processors round by place in the batch
    assert whole.min() >= -0.001
    assert whole.max() <= 255.001
    assert np.abs(whole - change(images, 12, samples).numpy()).mean() > 3


def test_switching_an_operation_off_leaves_the_draws_of_the_others() -> None:
    images, samples = pictures(), np.arange(4)
    both = augmenter(ImageAugmentation(brightness=0.5, contrast=0.0, rotate=0, flip=True), images.shape[1:])
    one = augmenter(ImageAugmentation(brightness=0.5), images.shape[1:])
    brightness = [change(images, 2, samples).numpy().mean(axis=(1, 2, 3)) for change in (both, one)]
    np.testing.assert_allclose(*brightness, rtol=1e-5)


def test_mixup_blends_samples_as_targets() -> None:
    images, targets = pictures(8), np.eye(8, dtype=np.float32)
    pairs = pairing(np.random.default_rng(0), 8, ImageAugmentation(mixup=0.4), SIDE, SIDE)
    assert pairs is not None
    blended, weights = pairs.truth(targets, np.ones(8, np.float32))
    np.testing.assert_allclose(weights, 1)
    expected = np.tensordot(blended, images, 1)  # one-hot targets say how much of which picture there is
    np.testing.assert_allclose(mixed(tf.constant(images), pairs), expected, atol=0.05)


def test_cutmix_pastes_the_share_that_targets_say() -> None:
    count = 64
    images = np.arange(count, dtype=np.float32)[:, None, None, None] * np.ones((1, SIDE, 12, 1), np.float32)
    pairs = pairing(np.random.default_rng(0), count, ImageAugmentation(cutmix=1.0), SIDE, 12)
    assert pairs is not None
    blended, _ = pairs.truth(np.eye(count, dtype=np.float32), np.ones(count, np.float32))
    pasted = mixed(tf.constant(images), pairs).numpy()
    found = np.stack([(pasted == value).mean(axis=(1, 2, 3)) for value in range(count)], axis=1)
    np.testing.assert_allclose(found, blended, atol=1e-5)
    assert 0.3 < (pairs.shares < 0.7).mean() < 0.9


def test_a_mixed_sample_costs_what_both_weighted_samples_cost() -> None:
    pairs = pairing(np.random.default_rng(1), 6, ImageAugmentation(mixup=1.0), SIDE, SIDE)
    assert pairs is not None
    targets = np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1, 2]]
    weights = np.array([0, 0.5, 1, 2, 0, 3], np.float32)
    costs = np.random.default_rng(2).uniform(size=(6, 3))  # of each class, for the output of each mixed sample
    mixed_targets, mixed_weights = pairs.truth(targets, weights)
    one, other = (costs * targets).sum(axis=1), (costs * targets[pairs.partners]).sum(axis=1)
    expected = pairs.shares * weights * one + (1 - pairs.shares) * weights[pairs.partners] * other
    np.testing.assert_allclose(mixed_weights * (costs * mixed_targets).sum(axis=1), expected, rtol=1e-5)


def test_words_are_dropped_and_one_stays() -> None:
    texts = np.array([b"a few words here", b"one", b"", "ein schönes Wort".encode()], object)
    samples = np.arange(4)
    every = np.array([drop_words(texts, base, samples, 0.3) for base in range(300)])
    assert {*every[:, 1]} == {b"one"}
    assert {*every[:, 2]} == {b""}
    words = [text.split() for text in every[:, 0]]
    assert all(word in texts[0].split() for text in words for word in text)
    assert min(map(len, words)) >= 1
    assert abs(np.mean([len(text) for text in words]) - 4 * 0.7) < 0.2
    np.testing.assert_array_equal(every[5][[3, 0]], drop_words(texts[[3, 0]], 5, samples[[3, 0]], 0.3))


def test_pairs_of_texts_keep_their_shape() -> None:
    texts = np.array([[b"a b c d e f", b"g h i j"], [b"k", b"l m"]], object)
    change = augmenter(augmentation_of("strong", {}, "text"), (2,))  # type: ignore[arg-type]
    changed = change(tf.constant(texts), 4, np.arange(2))
    assert changed.shape == (2, 2)
    assert changed[0, 0] != texts[0, 0]
    assert set(changed[0, 1].split()) <= set(texts[0, 1].split())


def test_true_and_false_switch_operations_with_a_strength() -> None:
    made = augmentation_of("standard", {"crop": False, "randaugment": True, "zoom": True}, "vision")
    assert isinstance(made, ImageAugmentation)
    assert (made.crop, made.randaugment, made.zoom, made.rotate) == (0, 2, 0.1, 10)


OPERATIONS = sorted(ImageAugmentation.model_fields.keys() - {"views", "magnitude"})


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_is_switched_on_alone_and_off_among_others(name: str) -> None:
    made = augmentation_of("none", {name: True}, "vision")
    assert isinstance(made, ImageAugmentation)
    assert [each for each in OPERATIONS if getattr(made, each)] == [name]
    images = coloured_noise(8).astype(np.float32)
    change = augmenter(made, (SIDE, SIDE, 3))
    pairs = change.pairing(np.random.default_rng(0), 8)
    changed = change(images, 1, np.arange(8))
    assert not np.allclose(changed if pairs is None else change.mixed(changed, pairs), images, atol=1)
    strong = augmentation_of("strong", {}, "vision")
    without = augmentation_of("strong", {name: False}, "vision")
    assert strong is not None
    assert without is not None
    assert without.model_dump() == {**strong.model_dump(), name: False}


def test_word_dropout_can_be_switched() -> None:
    on = augmentation_of("none", {"word_dropout": True}, "text")
    assert on is not None
    assert on.model_dump() == {"views": None, "word_dropout": 0.1}
    assert augmentation_of("strong", {"word_dropout": False}, "text") is None


@pytest.mark.parametrize("options", [{}, {"views": 8}, {"magnitude": 9}, {"flip": False}])
def test_an_augmentation_without_operations_is_none(options: dict[str, Any]) -> None:
    assert augmentation_of("none", options, "vision") is None


def test_views_do_without_pairs() -> None:
    made = augmentation_of("strong", {"views": 8}, "vision")
    assert isinstance(made, ImageAugmentation)
    assert (made.views, made.mixup, made.cutmix, made.randaugment) == (8, 0, 0, 2)


@pytest.mark.parametrize(
    ("policy", "options", "modality", "said"),
    [
        ("standart", {}, "vision", "unknown augmentation 'standart'; did you mean 'standard'?"),
        (
            "light",
            {"flipp": True},
            "vision",
            "augmentation 'light' of vision has no option 'flipp'; did you mean 'flip",
        ),
        ("light", {"flip": True}, "text", "augmentation 'light' of text has no option 'flip'"),
        ("none", {"crop": 1.5}, "vision", r"option 'crop': Input should be less than 1 \(got 1.5\)"),
        (
            "none",
            {"mixup": 0.2, "views": 4},
            "vision",
            "mixup pairs samples at every step, which views cannot cache",
        ),
        ("light", {}, "rl", "rl cannot be augmented; leave out `augment`"),
    ],
)
def test_errors_are_reported(policy: str, options: dict[str, Any], modality: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        augmentation_of(policy, options, modality)


def data_of(images: np.ndarray) -> Any:
    examples = ArrayPictures("set", images)
    labels = np.arange(len(images)) % 2
    return split(Samples("set:", Classification(("a", "b")), examples, labels, examples.digests()), seed=0)


def coloured_noise(count: int = 30) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, (count, SIDE, SIDE, 3)).astype(np.uint8)


def test_the_colours_of_pictures_are_recognized() -> None:
    noise = coloured_noise()
    assert colouring(data_of(noise)) == "colour"
    assert colouring(data_of(noise[..., :1])) == "grey"
    assert colouring(data_of(np.repeat(noise[..., :1], 3, axis=-1))) == "grey"
    assert colouring(data_of(noise // 128 * 128)) == "few colours"


def test_grey_pictures_are_not_mirrored_unless_asked() -> None:
    policy = augmentation_of("standard", {"rotate": 5}, "vision")
    assert policy is not None
    left, notes = suited(policy, {"rotate"}, data_of(coloured_noise()[..., :1]))
    assert isinstance(left, ImageAugmentation)
    assert (left.flip, left.hue, left.saturation) == (False, 0, 0)
    assert (left.rotate, left.crop, left.brightness) == (5, 0.2, 0.2)
    assert notes == (
        "images are grey: augmentation leaves out flip, saturation, hue, which may change the class; "
        "`-A flip=true` enables one",
    )
    assert suited(policy, (), data_of(coloured_noise())) == (policy, ())


def test_pictures_of_few_colours_are_not_mirrored_or_recoloured_unless_asked() -> None:
    flat = data_of(coloured_noise() // 128 * 128)
    policy = augmentation_of("strong", {"flip_vertical": True, "mixup": False}, "vision")
    assert policy is not None
    left, (note,) = suited(policy, {"flip_vertical", "mixup"}, flat)
    assert isinstance(left, ImageAugmentation)
    assert [name for name in OPERATIONS if getattr(policy, name) and not getattr(left, name)] == [
        "flip",
        "hue",
        "randaugment",
        "rotate",
        "saturation",
    ]
    assert left.flip_vertical
    assert note.startswith("images have few colours: augmentation leaves out flip, rotate, saturation, hue, rand")


@pytest.mark.parametrize(
    "options", [{"flip": True, "crop": 0.4}, {"rotate": 40.0, "zoom": 0.3, "shear": 0.2, "flip": True}]
)
def test_label_maps_move_as_the_pictures_do(options: dict[str, Any]) -> None:
    halves = np.zeros((6, 32, 32, 1), np.float32)
    halves[:, 9:, :14] = 200
    augment = ImageAugmenter(ImageAugmentation(**options), (32, 32, 1))
    samples = np.arange(6)
    pixels, maps = (
        augment(halves, 7, samples).numpy()[..., 0],
        np.asarray(augment.moved_maps(halves[..., 0], 7, samples)),
    )
    assert set(np.unique(maps)) == {0.0, 200.0}
    assert (maps != halves[..., 0]).any(axis=(1, 2)).sum() > 3
    flat = np.abs(pixels - 100) > 99  # away from edges, where pictures are interpolated
    assert flat.mean() > 0.8
    np.testing.assert_allclose(maps[flat], pixels[flat], atol=1)


def test_cutmix_takes_the_box_of_a_label_map_as_of_the_picture() -> None:
    images = np.stack([np.full((8, 8, 1), value, np.float32) for value in (0, 1, 2, 3)])
    pairs = pairing(np.random.default_rng(2), 4, ImageAugmentation(cutmix=1.0), 8, 8)
    assert pairs is not None
    maps, weights = pairs.truth(images[..., 0], np.ones(4, np.float32))
    np.testing.assert_array_equal(maps, np.asarray(mixed(tf.constant(images), pairs))[..., 0])
    np.testing.assert_array_equal(weights, np.ones(4))
    assert len(np.unique(maps[0])) == 2


@pytest.mark.parametrize("options", [{"flip": True, "flip_vertical": True}, {"crop": 0.6}, {"flip": True, "crop": 0.4}])
def test_boxes_move_as_the_pictures_do(options: dict[str, Any]) -> None:
    pictures = np.zeros((12, 32, 48, 1), np.float32)
    pictures[:, 4:16, 24:44] = 200
    boxes = np.full((12, 2, 5), -1, np.float32)
    boxes[:, 0] = [24 / 48, 4 / 32, 44 / 48, 16 / 32, 1]
    augment = ImageAugmenter(ImageAugmentation(**options), (32, 48, 1))
    samples = np.arange(12)
    pixels = augment(pictures, 7, samples).numpy()[..., 0] > 100
    moved = np.asarray(augment.moved_boxes(boxes, 7, samples))
    assert (moved[:, 1] == -1).all()
    kept = moved[:, 0, 4] >= 0
    assert kept.sum() > 4
    for mask, box in zip(pixels[kept], moved[kept, 0], strict=True):
        down, right = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        found = [right[0] / 48, down[0] / 32, (right[-1] + 1) / 48, (down[-1] + 1) / 32]
        np.testing.assert_allclose(box[:4], found, atol=0.04)  # a pixel or so
    assert (moved[kept, 0] != boxes[kept, 0]).any(axis=1).sum() > 3


def test_boxes_of_which_little_is_left_are_cut_off() -> None:
    boxes = np.tile(np.array([0.0, 0.0, 0.1, 0.1, 2], np.float32), (40, 1, 1))
    augment = ImageAugmenter(ImageAugmentation(crop=0.4), (32, 32, 3))
    moved = np.asarray(augment.moved_boxes(boxes, 1, np.arange(40)))
    gone = moved[:, 0, 4] < 0
    assert 5 < gone.sum() < 40
    assert (moved[gone] == -1).all()
    areas = (moved[~gone, 0, 2] - moved[~gone, 0, 0]) * (moved[~gone, 0, 3] - moved[~gone, 0, 1])
    assert areas.min() >= 0.25 * 0.1**2
