"""Contract of data adapters, from a source string to samples or trainer data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from tlzoo.data.contract import Samples
    from tlzoo.data.trainer_data import TrainerData
    from tlzoo.progress import Progress

__all__ = ["DataAdapter", "with_label_options", "with_reading_options"]

Adapter = TypeVar("Adapter", bound="Callable[..., Any]")


class DataAdapter(Protocol):
    """Opens the sources of one scheme. The hook ``tlzoo_data_adapters`` returns ``{scheme: adapter}``.

    An adapter is a function, or an object with ``__call__`` and some of these attributes:

    ``has_samples = False`` declares that its sources are data for a trainer (``TrainerData``). Commands that need
    labelled samples refuse such a source without opening it, and ``-H key=value`` sets options of the data's own head.

    ``module(location)`` returns the name of the Python module that opening a location imports, or None. tlzoo imports
    such a module only with the user's consent, as it does for a strategy in a file.

    ``reading_options`` are names of options for how raw inputs are read, such as ``alpha``. Other data of a run, as in
    ``tlzoo evaluate RUN --data SOURCE``, get those of the training data. The decorator ``with_reading_options`` sets
    them for a function.

    ``label_options`` are names of options for labels. Such an adapter reads inputs without labels with ``labels=none``,
    which `tlzoo data next` asks for unless the source has one of them. ``input_options`` are names of options for the
    inputs, such as columns, which a pool of the same scheme without any gets from the training data. The decorator
    ``with_label_options`` sets both.
    """

    def __call__(
        self, location: str, options: Mapping[str, str], *, progress: Progress | None = None
    ) -> Samples | TrainerData:
        """Open ``location``, and refuse unknown options.

        Report progress of readings that may take over a second::

            with (progress or Silent()).track("reading", len(paths), "images") as advance:
                for path in paths:
                    ...
                    advance(1)

        Raises:
            DataError: If the data are unusable.
            UsageError: For an unknown option.
        """
        ...


def with_reading_options(*names: str) -> Callable[[Adapter], Adapter]:
    """Return the decorator of an adapter function whose options ``names`` select how raw inputs are read."""

    def decorated(adapter: Adapter) -> Adapter:
        vars(adapter)["reading_options"] = names
        return adapter

    return decorated


def with_label_options(*names: str, inputs: Sequence[str] = ()) -> Callable[[Adapter], Adapter]:
    """Declare a function's options for labels, and for inputs; see ``DataAdapter``."""

    def declared(adapter: Adapter) -> Adapter:
        vars(adapter).update(label_options=names, input_options=tuple(inputs))
        return adapter

    return declared
