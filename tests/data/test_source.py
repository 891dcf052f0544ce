"""Source strings."""

import pytest

from tlzoo.data import Source, like_training, parse_source, refuse_unknown_options
from tlzoo.errors import UsageError


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("digits:", Source("digits", "")),
        ("images:photos/", Source("images", "photos/")),
        ("images:photos/?a=b&c=d%20e", Source("images", "photos/", {"a": "b", "c": "d e"})),
        ("table:a.csv?text=c+d", Source("table", "a.csv", {"text": "c+d"})),
        ("images:what?/?a=", Source("images", "what?/", {"a": ""})),
        ("images:what?/?", Source("images", "what?/")),
        ("table:a:b.csv?text=x%26y", Source("table", "a:b.csv", {"text": "x&y"})),
    ],
)
def test_a_source_is_taken_apart(text: str, source: Source) -> None:
    assert parse_source(text) == source


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("photos/", "did you mean 'images:photos/'?"),
        ("./sets/a.npz", "did you mean 'arrays:./sets/a.npz'?"),
        ("reviews.csv", "did you mean 'table:reviews.csv'?"),
        ("digits", "did you mean 'digits:'?"),
        ("C:\\photos", "did you mean 'images:C:\\photos'?"),
        ("", "use one such as"),
    ],
)
def test_a_missing_scheme_is_guessed(text: str, fix: str) -> None:
    with pytest.raises(UsageError, match="has no scheme") as caught:
        parse_source(text)
    assert fix in str(caught.value)


@pytest.mark.parametrize("text", ["images:a?b", "images:a?=b", "images:a?b=1&b=2"])
def test_options_without_name_or_value_or_twice_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_source(text)


def test_an_unknown_option_is_guessed() -> None:
    with pytest.raises(UsageError, match="did you mean 'labels'"):
        refuse_unknown_options("arrays", {"label": "y"}, ("images", "labels"))
    with pytest.raises(UsageError, match="it has no options"):
        refuse_unknown_options("digits", {"a": "b"}, ())


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("images:b/", "images:b/?alpha=black"),
        ("images:b/?reduce_to=64", "images:b/?reduce_to=64&alpha=black"),
        ("table:b.csv?image=x", "table:b.csv?image=x&alpha=black"),
        ("images:what?/?", "images:what?/?alpha=black"),
        ("images:b/?alpha=drop", "images:b/?alpha=drop"),
        ("arrays:b.npz", "arrays:b.npz"),
    ],
)
def test_other_images_are_read_over_the_background_of_training(source: str, expected: str) -> None:
    assert like_training(source, "images:a/?alpha=black") == expected
    assert like_training(source, "images:a/") == source


def test_other_masks_are_read_as_those_of_training() -> None:
    trained = "masks:a/?classes=x,y&tile=16&bits=12"
    assert like_training("masks:b/", trained) == "masks:b/?tile=16&bits=12"
    assert like_training("masks:b/?tile=32", trained) == "masks:b/?tile=32&bits=12"
    assert like_training("images:b/?labels=none", trained) == "images:b/?labels=none&bits=12"
    assert like_training("digits:", trained) == "digits:"
    assert like_training("nothing:b", trained) == "nothing:b"
