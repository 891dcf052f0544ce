"""The modality of images."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast, final

import numpy as np

from tlzoo.errors import UsageError
from tlzoo.modalities.contract import Glimpse, Modality, RawReader

if TYPE_CHECKING:
    import tensorflow as tf

    from tlzoo.backbones.contract import Backbone, LoadRequest, Preprocessing
    from tlzoo.backbones.instructions import Instructions
    from tlzoo.data.contract import Dataset, Examples
    from tlzoo.data.duplicates.clusters import Cluster
    from tlzoo.data.inputs import Inputs
    from tlzoo.modalities.augmentation.augmenter import Augmenter
    from tlzoo.modalities.augmentation.options import Augmentation
    from tlzoo.modalities.portable import PortablePreparation
    from tlzoo.modalities.vision.facts import ImageFacts
    from tlzoo.modalities.vision.raw_inputs import ImageInputs
    from tlzoo.progress import Progress
    from tlzoo.registry import Entry, InputContract

__all__ = ["Vision"]

_PREVIEWED = (96, 96)
_RANK = 3
_CHANNELS = (1, 3)


@final
class Vision(Modality):
    """Images: uint8 (height, width, 1 or 3), 0 to 255, of any height and width."""

    __slots__ = ()

    name: ClassVar = "vision"
    hub_word: ClassVar = "image"
    argument: ClassVar = "images"
    is_pictures: ClassVar = True

    def raw_reader(self, preprocessing: Preprocessing, examples: Examples | None = None) -> RawReader:  # noqa: ARG002
        """Take encoded files; transparent pixels are composited over the background of the examples.

        16-bit images keep their values if those of the examples do. If the examples are tiles, images of another size
        are refused.
        """
        from tlzoo.modalities.vision.image_files.background import WHITE
        from tlzoo.modalities.vision.image_files.decoding import decoder

        background = getattr(examples, "background", WHITE)
        bits = getattr(examples, "bits", 8)
        settings: dict[str, Any] = {"background": None if background is None else list(background), "bits": bits}
        read, tile = decoder(background, bits=bits), getattr(examples, "tile", None)
        if tile is not None:
            from tlzoo.modalities.vision.image_tiles import only_tiles

            read, settings = only_tiles(read, tile), settings | {"tile": tile}
        return RawReader(self.argument, read, "string", settings=settings)

    def raw_inputs(self, shape: tuple[int | None, ...], contract: InputContract | None = None) -> ImageInputs:  # noqa: ARG002
        """Take paths, URLs, folders, globs, bytes, arrays and PIL images."""
        from tlzoo.modalities.vision.raw_inputs import ImageInputs

        return ImageInputs(self.argument, shape)

    def instructions(self, preprocessing: Preprocessing, reader: RawReader) -> Instructions | None:
        """Return the instructions with the background of the raw reader."""
        from tlzoo.backbones.instructions import image_instructions

        found = preprocessing.instructions
        if found is None or found.settings.get("kind") != "image":
            return found
        height, width, channels = preprocessing.shape
        settings = reader.settings
        background = settings.get("background", [255, 255, 255])
        made = image_instructions(height, width, channels, background, settings.get("bits", 8))
        if (tile := settings.get("tile")) is None:
            return made
        words = f"{made.words} The file takes one tile of {tile} x {tile} pixels: divide larger images."
        return replace(made, words=words)

    def portable_preparation(self, settings: Mapping[str, Any], folder: Path) -> PortablePreparation | None:  # noqa: ARG002
        """Decode with Pillow where it gives the same pixels."""
        from tlzoo.modalities.vision.portable import image_preparation

        return image_preparation(settings) if settings.get("kind") == "image" else None

    def read_in_memory(
        self, parts: Sequence[Any], where: str, options: Mapping[str, str], progress: Progress
    ) -> Inputs | None:
        """Take arrays (N, height, width) or (N, height, width, 1 or 3), arrays of several sizes, PIL images, paths."""
        from tlzoo.modalities.vision.in_memory import read_deep_arrays, read_images

        deep = read_deep_arrays(parts, where, options, progress)
        return deep or read_images(parts, where, options, progress, named="modality" in options)

    def array_reader(self, preprocessing: Preprocessing) -> RawReader:  # noqa: ARG002 - resizes from any size
        """Take pixels, 0 to 255."""
        return RawReader(self.argument, _as_they_are, "float32", (None, None, 3))

    def check_batch(self, reader: RawReader, shape: tuple[int | None, ...], dtype: str) -> None:
        """Refuse tensors other than grey images (batch, height, width) and images with channels at the end."""
        if dtype == "string":
            raise UsageError(
                f"the layer takes {reader.name}, not strings", "use backbone.predict for paths, or decode the files"
            )
        if len(shape) == _RANK or (len(shape) == _RANK + 1 and shape[-1] in _CHANNELS):
            return
        fix = "use images (batch, height, width, 1 or 3)"
        if len(shape) == _RANK + 1 and shape[1] in _CHANNELS:
            fix = f"move the channels to the end: they are axis 1 of {shape}"
        raise UsageError(f"the layer takes {reader.name} (batch, height, width, 1 or 3), not shape {shape}", fix)

    def read_batch(self, reader: RawReader, batch: Any) -> Any:  # noqa: ARG002 - pixels stay bytes until resized
        """Add the channel axis to grey images."""
        return batch[..., np.newaxis] if len(batch.shape) == _RANK else batch

    def check_request(self, entry: Entry, request: LoadRequest) -> None:
        """Refuse sizes that the entry does not take."""
        from tlzoo.modalities.vision.sizes import check_size

        self.refuse_sequence_length(entry, request)
        check_size(entry, request.image_size)

    def trained_input(
        self,
        contract: InputContract,
        preprocessing: Preprocessing,  # noqa: ARG002 - of other modalities
        *,
        image_size: int | None = None,
        sequence_length: int | None = None,  # noqa: ARG002
    ) -> InputContract:
        """Return the contract with the image size of the run."""
        return contract if image_size is None else contract.with_fields(size=(image_size, image_size))

    def published_request(self, contract: InputContract, request: LoadRequest) -> LoadRequest:
        """Request the contract's size unless another is set."""
        return replace(request, image_size=request.image_size or contract.size)

    def preprocessing_problems(self, entry: Entry, backbone: Backbone) -> tuple[str, ...]:
        """Compare range, size and channel order."""
        from tlzoo.modalities.vision.preprocessing_checks import preprocessing_problems

        return preprocessing_problems(entry, backbone)

    def data_problems(self, entry: Entry, backbone: Backbone, examples: Examples) -> tuple[str, ...]:
        """Find scaled pixels, small images and lost colour."""
        from tlzoo.modalities.vision.preprocessing_checks import data_problems

        return data_problems(entry, backbone, examples)

    def statistics(self, examples: Examples, indices: np.ndarray) -> Mapping[str, Sequence[float]]:
        """Return brightness, contrast, saturation and detail."""
        from tlzoo.modalities.vision.statistics import picture_statistics

        return picture_statistics(examples, indices)

    def near_duplicates(
        self,
        examples: Examples,
        advance: Callable[[int], None] = lambda _done: None,  # noqa: ARG002 - hashes are there
    ) -> list[Cluster]:
        """Compare perceptual hashes; images with a side under 32 pixels have none."""
        from tlzoo.data.contract import Hashed
        from tlzoo.modalities.vision.near_duplicates import near_images

        return near_images(examples.hashes) if isinstance(examples, Hashed) else []

    def facts(self, examples: Examples, advance: Callable[[int], None] = lambda _done: None) -> ImageFacts | None:  # noqa: ARG002
        """Return sizes and file formats, if the examples know them."""
        from tlzoo.modalities.vision.facts import image_facts

        return image_facts(examples)

    def baseline_features(self, examples: Examples, indices: np.ndarray) -> tuple[str, np.ndarray]:
        """Return pixels of 16 x 16."""
        from tlzoo.backbones.images import PrepareImage

        stream = examples.stream(indices).map(PrepareImage(16, 16, 3))
        pixels = np.stack([image.ravel() / 255 for image in stream.as_numpy_iterator()])
        return "pixels", pixels.astype(np.float32)

    def augmentation(self) -> type[Augmentation]:
        """Return geometry, colour, RandAugment, MixUp and CutMix."""
        from tlzoo.modalities.vision.augmentation.options import ImageAugmentation

        return ImageAugmentation

    def policies(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the policies for images."""
        from tlzoo.modalities.vision.augmentation.policies import POLICIES

        return POLICIES

    def augmenter(self, options: Augmentation, shape: tuple[int, ...]) -> Augmenter:
        """Return the augmenter of images (height, width, channels)."""
        if len(shape) != _RANK:
            return super().augmenter(options, shape)
        from tlzoo.modalities.vision.augmentation.augmenter import ImageAugmenter
        from tlzoo.modalities.vision.augmentation.options import ImageAugmentation

        return ImageAugmenter(cast("ImageAugmentation", options), shape)

    def suited(
        self, options: Augmentation, asked: Collection[str], data: Dataset
    ) -> tuple[Augmentation | None, tuple[str, ...]]:
        """Remove operations that may change the class of images in grey or with few colours."""
        from tlzoo.modalities.vision.augmentation.suitability import suited

        return suited(options, asked, data)

    def glimpse(self, raw: tf.Tensor) -> Glimpse:
        """Show the image."""
        return Glimpse(image=raw.numpy())

    def preview_preparation(self, image_size: tuple[int, int] | None) -> Callable[[Any], Any]:
        """Resize to the requested size, or to 96 x 96."""
        from tlzoo.backbones.images import PrepareImage

        return PrepareImage(*(image_size or _PREVIEWED), 3)

    def preview(self, samples: np.ndarray, versions: Sequence[np.ndarray]) -> bytes:
        """Return a contact sheet."""
        import tensorflow as tf

        from tlzoo.modalities.vision.augmentation.sheet import contact_sheet

        encoded: bytes = tf.io.encode_png(contact_sheet(samples, np.stack(versions))).numpy()
        return encoded

    def module_inputs(self, entry: Entry, files: Mapping[str, Path], request: LoadRequest) -> tuple[Preprocessing, Any]:  # noqa: ARG002
        """Preprocess as the contract declares."""
        import keras

        from tlzoo.backbones.images import contract_preprocessing

        preprocessing = contract_preprocessing(entry.input, request.image_size or entry.input.size)
        return preprocessing, keras.Input(preprocessing.shape, name="images")

    def made_up_inputs(self, contract: InputContract, generator: np.random.Generator, count: int) -> list[Any]:
        """Return images of the contract's size."""
        from tlzoo.modalities.vision.conformance import made_up_image

        channels = 3 if contract.channels != 1 else 1
        height, width = contract.size
        return [made_up_image(generator, height, width, channels) for _ in range(count)]

    def odd_inputs(self, contract: InputContract, generator: np.random.Generator) -> list[Any]:  # noqa: ARG002
        """Return tiny, long and large images, in grey and in colour."""
        from tlzoo.modalities.vision.conformance import SIZES, made_up_image

        return [made_up_image(generator, height, width, channels) for height, width in SIZES for channels in (1, 3)]

    def contract_problems(self, contract: InputContract, backbone: Backbone, ready: Any) -> Iterator[str]:  # noqa: ARG002
        """Compare the size, and the range after ``normalize``."""
        from tlzoo.modalities.vision.conformance import contract_problems

        yield from contract_problems(contract, backbone)

    def sample_problem(self, sample: Any) -> str | None:
        """Refuse values beyond 0 to 255."""
        low, high = float(np.min(sample)), float(np.max(sample))
        return None if 0 <= low <= high <= 255 else f"values are {low:g} to {high:g}, not 0 to 255"  # noqa: PLR2004

    def unknown_shape(self, raw: np.ndarray) -> tuple[int | None, ...]:
        """Know only the channels."""
        return (None, None, raw.shape[2])

    def smallest_request(self, contract: InputContract) -> Mapping[str, Any] | None:
        """Request the smallest size."""
        return None if contract.smallest is None else {"image_size": contract.smallest}

    def refused_requests(self, contract: InputContract) -> Sequence[Mapping[str, Any]]:
        """Return sizes one pixel below the smallest, or other sizes than the only one."""
        if contract.smallest is not None:
            height, width = contract.smallest
            return [{"image_size": (height - 1, width)}, {"image_size": (height, width - 1)}]
        height, width = contract.size
        return [{"image_size": (height - 1, width)}, {"image_size": (height, width + 1)}]


def _as_they_are(pixels: tf.Tensor) -> tf.Tensor:
    return pixels
