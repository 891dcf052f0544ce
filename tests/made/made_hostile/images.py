"""Image files: broken ones of every format, each decoder in a process of its own, and whole ones beside Pillow."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st
from PIL import Image, ImageOps

from made_hostile.contract import DifferentAnswerError, Kind
from made_hostile.mutations import mutated

_FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "PPM", "TGA", "ICO")
_BACKGROUNDS = ((255, 255, 255), (0, 0, 0), (10, 200, 77))
_MODES = {"JPEG": ("RGB", "L", "CMYK"), "BMP": ("RGB", "L", "P"), "GIF": ("P", "L"), "PPM": ("RGB", "L")}


def _picture(mode: str, size: tuple[int, int], shade: int = 3) -> Image.Image:
    width, height = size
    down, right = np.mgrid[0:height, 0:width]
    channels = [right * 7 + shade, down * 5, (right + down) * shade, 255 - right * 3]
    pixels = np.stack(channels, axis=-1).astype(np.uint8)
    if mode in {"RGBA", "CMYK"}:
        return Image.frombytes(mode, size, pixels.tobytes())
    if mode == "LA":
        return Image.frombytes("LA", size, np.ascontiguousarray(pixels[..., 2:]).tobytes())
    return Image.fromarray(np.ascontiguousarray(pixels[..., :3])).convert(mode)


def _encoded(image: Image.Image, kind: str, orientation: int | None = None, **options: Any) -> bytes:
    if orientation is not None:
        exif = Image.Exif()
        exif[0x0112] = orientation
        options["exif"] = exif
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def _files() -> tuple[bytes, ...]:
    files = [
        _encoded(_picture(mode, (33, 21)), kind)
        for kind in _FORMATS
        for mode in _MODES.get(kind, ("RGB", "RGBA", "L"))
        if not (kind in {"TGA", "ICO", "TIFF"} and mode == "L")
    ]
    files += [_encoded(_picture("RGB", (33, 21)), kind, orientation=6) for kind in ("JPEG", "PNG", "WEBP")]
    files.append(_encoded(_picture("P", (33, 21)), "GIF", save_all=True, append_images=[_picture("P", (33, 21), 9)]))
    files.append(_encoded(_picture("P", (33, 21)), "GIF", transparency=3))
    files.append(_encoded(_picture("RGB", (33, 21)), "JPEG", progressive=True))
    return tuple(files)


def feed_bytes(content: bytes, _folder: Path) -> None:
    import tensorflow as tf

    from tlzoo.modalities.vision.image_files.decoding import decoder
    from tlzoo.modalities.vision.image_files.examination import examine

    found = examine(content)
    for background in ((0, 0, 0), None):
        try:
            pixels = decoder(background)(tf.constant(content)).numpy()
        except (tf.errors.OpError, UnicodeDecodeError):
            if found.reason is None:
                raise DifferentAnswerError("examining accepts what decoding refuses") from None
            continue
        if found.reason is not None or pixels.shape != (found.height, found.width, 3):
            raise DifferentAnswerError(f"examined as {found}, decoded to {pixels.shape}")
    if found.reason is not None and (len(found.reason) > 200 or ";" not in found.reason):
        raise DifferentAnswerError(f"no clear reason: {found.reason}")


def feed_whole(drawn: tuple[str, str, tuple[int, int], int, int | None, tuple[int, int, int]], _folder: Path) -> None:
    import tensorflow as tf

    from tlzoo.modalities.vision.image_files.decoding import decoder

    kind, mode, size, shade, orientation, background = drawn
    options: dict[str, Any] = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    if kind in {"GIF", "BMP"}:
        orientation = None
    if kind == "GIF" and shade % 2:
        options["transparency"] = shade
    content = _encoded(_picture(mode, size, shade), kind, orientation, **options)
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
    expected = np.asarray(image.convert("RGB"))
    if image.has_transparency_data:
        wide = np.asarray(image.convert("RGBA")).astype(np.int64)
        alpha = wide[..., 3:]
        expected = ((wide[..., :3] * alpha + np.array(background) * (255 - alpha) + 127) // 255).astype(np.uint8)
    pixels = decoder(background)(tf.constant(content)).numpy()
    if pixels.shape != expected.shape or (pixels != expected).any():
        raise DifferentAnswerError(
            f"{pixels.shape} of {expected.shape}, {np.abs(pixels.astype(int) - expected).max()} apart at most"
        )


def prepare() -> None:
    feed_bytes(_encoded(_picture("RGBA", (4, 4)), "PNG"), Path())
    for background in _BACKGROUNDS:
        feed_whole(("PNG", "RGBA", (4, 4), 0, None, background), Path())


def _kinds() -> st.SearchStrategy[tuple[str, str]]:
    pairs = [
        (kind, mode)
        for kind, modes in {
            "PNG": ("RGB", "RGBA", "L", "LA", "P", "1"),
            "GIF": ("P", "L"),
            "BMP": ("RGB", "L", "P"),
            "WEBP": ("RGB", "RGBA"),
            "JPEG": ("RGB", "L"),
        }.items()
        for mode in modes
    ]
    return st.sampled_from(pairs)


KINDS = (
    Kind(
        "image-bytes",
        st.deferred(lambda: mutated(_files(), most=4)) | st.binary(max_size=100),
        feed_bytes,
        isolated=True,
        tensorflow=True,
        seconds=60,
        prepare=prepare,
    ),
    Kind(
        "image-whole",
        st.tuples(
            _kinds(),
            st.tuples(st.integers(1, 40), st.integers(1, 40)),
            st.integers(0, 9),
            st.none() | st.integers(0, 9),
            st.sampled_from(_BACKGROUNDS),
        ).map(lambda each: (*each[0], *each[1:])),
        feed_whole,
        isolated=True,
        tensorflow=True,
        seconds=60,
        prepare=prepare,
    ),
)
