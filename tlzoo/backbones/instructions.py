"""Preprocessing in words and as a few lines of NumPy, for users of an exported file without tlzoo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Instructions", "array_instructions", "image_instructions"]

_PLAIN_BITS = 8


@dataclass(frozen=True, slots=True)
class Instructions:
    """How to prepare one raw input without tlzoo.

    ``words`` are a few sentences. ``code`` is Python with a function ``prepare``, which needs NumPy and the packages
    that it imports: from one raw input to a dict of arrays (1, …), the inputs of an exported file. ``files`` are names
    of the entry's files that the code reads from ``tokenizer/``, such as ``vocabulary``. ``settings`` are JSON for
    ``Modality.portable_preparation``, with a ``kind``; empty if there is none.
    """

    words: str
    code: str
    files: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)


def array_instructions(name: str, shape: tuple[int, ...], dtype: str) -> Instructions:
    """Return the instructions for inputs that are arrays, or texts, already.

    Args:
        name: Name of the input.
        shape: Shape of one sample.
        dtype: Its type.

    Returns:
        The instructions.
    """
    if dtype == "string":
        code = f"return {{{name!r}: np.array([text.encode()])}}"
        return Instructions("A sample is a text, UTF-8. The file includes the tokenizer.", _function("text", [code]))
    code = f"return {{{name!r}: np.asarray(sample, {dtype!r}).reshape(1, {', '.join(map(str, shape))})}}"
    return Instructions(
        f"A sample is an array of {dtype} with the shape {shape}. The file includes any normalization.",
        _function("sample", [code]),
        settings={"kind": "array"},
    )


def image_instructions(
    height: int, width: int, channels: int, background: Sequence[int] | None = (255, 255, 255), bits: int = 8
) -> Instructions:
    """Return the instructions for images: decoding, resizing and conversion of channels.

    Args:
        height: Height of a sample in pixels.
        width: Width of a sample in pixels.
        channels: 1 for grey, 3 for RGB.
        background: Red, green and blue behind transparent pixels; None to ignore transparency.
        bits: Number of bits that 16-bit grey images use; 8 to read their high byte.

    Returns:
        The instructions.
    """
    if background is None:
        behind = "ignore transparency"
    else:
        behind = f"put transparent pixels on {'white' if min(background) == 255 else tuple(background)}"  # noqa: PLR2004
    words = (
        f"A sample is an image of {height} x {width} pixels, {'RGB' if channels > 1 else 'grey (ITU-R BT.601 luma)'}, "
        "float32 from 0 to 255; the file includes the normalization. Turn the image as its EXIF orientation says, "
        f"{behind}, resize it bilinearly with antialiasing and without keeping its aspect ratio, and "
        "convert the channels last."
    )
    if bits > _PLAIN_BITS:
        words += f" Values of 16-bit grey images are 0 to {2**bits - 1}: scale them to 0 to 255, with fractions."
    alpha_lines = [
        "if image.has_transparency_data:",
        '    image = image.convert("RGBA")',
        f'    image = Image.alpha_composite(Image.new("RGBA", image.size, {tuple(background or ())}), image)',
    ]
    channel_lines = (
        ["if pixels.shape[2] == 3:", "    pixels = pixels @ np.float32([[0.299], [0.587], [0.114]])"]
        if channels == 1
        else ["if pixels.shape[2] == 1:", "    pixels = np.repeat(pixels, 3, axis=2)"]
    )
    lines = [
        "image = ImageOps.exif_transpose(Image.open(path))",
        *(alpha_lines if background is not None else []),
        *_pixel_lines(bits),
        f"pixels = resize(resize(pixels, 0, {height}), 1, {width})",
        *channel_lines,
        'return {"samples": np.clip(pixels, 0, 255).astype(np.float32)[np.newaxis]}',
    ]
    return Instructions(
        words,
        f"from PIL import Image, ImageOps  # pip install pillow\n\n\n{_RESIZE}\n\n\n{_function('path', lines)}",
        settings={"kind": "image", "height": height, "width": width, "channels": channels},
    )


def _pixel_lines(bits: int) -> list[str]:
    eight_bits = [
        'image = image.convert("L" if image.mode in {"1", "L"} else "RGB")',
        "pixels = np.atleast_3d(np.asarray(image, np.float32))",
    ]
    if bits == _PLAIN_BITS:
        return eight_bits
    return [
        'if image.mode.startswith("I;16"):',
        f"    pixels = np.asarray(image, np.float32)[..., np.newaxis] * np.float32(255 / {2**bits - 1})",
        "    pixels = np.minimum(pixels, 255)",
        "else:",
        *(f"    {each}" for each in eight_bits),
    ]


_RESIZE = '''\
def resize(pixels, axis, new):
    """Resize one axis: each new pixel is a mean of old ones with triangular weights."""
    old = pixels.shape[axis]
    centers = (np.arange(new) + 0.5) * old / new
    weights = np.maximum(0, 1 - np.abs(np.arange(old) + 0.5 - centers[:, np.newaxis]) / max(1, old / new))
    weights /= weights.sum(axis=1, keepdims=True)
    return np.moveaxis(np.tensordot(weights, pixels, (1, axis)), 0, axis)'''


def _function(argument: str, lines: list[str]) -> str:
    body = "\n".join(f"    {line}" for line in lines)
    return f'def prepare({argument}):\n    """Return one input for the file."""\n{body}'
