"""Upload of a published model to the Hugging Face Hub, by the library ``huggingface_hub``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.artifacts.settings import settings
from tlzoo.artifacts.sources import check_scheme, hub_endpoint
from tlzoo.errors import PluginError, TlzooError, UploadError, UsageError
from tlzoo.progress import Progress, Silent

from .model_folder import HASHES, REGISTRY, is_model_file

if TYPE_CHECKING:
    from huggingface_hub import HfApi

__all__ = ["check_repository", "upload"]

_UNAUTHORIZED, _FORBIDDEN = 401, 403
_WEIGHTS = (
    ".bin", ".ckpt", ".gguf", ".h5", ".keras", ".msgpack", ".npz", ".onnx", ".pb", ".pt", ".pth", ".safetensors",
    ".tflite",
)  # fmt: skip
"""Ends of the names of files with weights."""
_MESSAGE = "Publish a model with tlzoo"


def check_repository(handle: str, *, replaces: bool, private: bool = False) -> bool:
    """Check library, access token and repository before the files are written.

    Args:
        handle: ``hf://OWNER/NAME``.
        replaces: Whether a model that was published there before may be replaced.
        private: Whether the repository has to be private.

    Returns:
        Whether the repository is private, or will be.

    Raises:
        PluginError: If ``huggingface_hub`` is not installed.
        UsageError: If downloads and uploads are switched off, there is no token, or the repository has a model or is
            public although ``private``.
        UploadError: If the server refuses the token, or cannot be reached.
        BytesRefusedError: If its address is neither https nor on this machine.
    """
    api = _api(handle)
    with _explaining(handle):
        api.whoami()
        there = _files(api, handle)
        is_private = _is_private(api, handle)
    if is_private is False and private:
        raise _public_already(handle)
    _model_files(there, handle, replaces=replaces)
    return private if is_private is None else is_private


def upload(
    folder: Path, handle: str, *, replaces: bool = False, private: bool = False, progress: Progress | None = None
) -> str:
    """Create the repository if it is missing, and upload the files of a folder as one commit.

    An interrupted upload changes nothing visible. The next one continues: large files that are already on the server
    are not uploaded again.

    Args:
        folder: The files.
        handle: ``hf://OWNER/NAME``.
        replaces: Whether files of a model that was published there before are replaced or removed.
        private: Whether the repository has to be private; a new one then is.
        progress: Receives progress.

    Returns:
        ``hf://OWNER/NAME@COMMIT``.

    Raises:
        UploadError: If the server refuses the token or a file, or cannot be reached.
        UsageError: If the repository has a model, unless ``replaces``, or is public although ``private``.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    api, name = _api(handle), handle.removeprefix("hf://")
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    with _explaining(handle):
        api.create_repo(name, private=private or None, exist_ok=True)
        if private and not _is_private(api, handle):
            raise _public_already(handle)
        there = _model_files(_files(api, handle), handle, replaces=replaces)
        added = {path.relative_to(folder).as_posix(): path for path in paths}
        operations: list[Any] = [CommitOperationDelete(path) for path in sorted(there - added.keys())]
        total = sum(path.stat().st_size for path in paths)
        with (progress or Silent()).track("uploading", total, "bytes") as advance:
            for inside, path in added.items():
                operation = CommitOperationAdd(inside, path)
                api.preupload_lfs_files(name, [operation])
                operations.append(operation)
                advance(path.stat().st_size)
        commit = api.create_commit(name, operations, commit_message=_MESSAGE)
    return f"{handle}@{commit.oid}"


def _api(handle: str) -> HfApi:
    """Return the client with the user's token."""
    if settings().offline:
        raise UsageError(f"{handle} cannot be written offline", "run it again without --offline and TLZOO_OFFLINE")
    check_scheme(hub_endpoint())  # the token must not go over plain http
    try:
        from huggingface_hub import HfApi, get_token
    except ImportError as error:
        raise PluginError("uploading needs huggingface_hub", "pip install 'tlzoo[hub]'") from error
    token = get_token()
    if token is None:
        raise UsageError(f"no access token for {hub_endpoint()}", "set HF_TOKEN, or log in with `hf auth login`")
    return HfApi(endpoint=hub_endpoint(), token=token, library_name="tlzoo")


def _files(api: HfApi, handle: str) -> list[str]:
    """Return the paths in a repository; empty if it does not exist."""
    from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError

    try:
        return list(api.list_repo_files(handle.removeprefix("hf://")))
    except (RepositoryNotFoundError, RevisionNotFoundError):
        return []


def _model_files(paths: list[str], handle: str, *, replaces: bool) -> set[str]:
    """Return the files of a model that was published in a repository before.

    Raises UsageError if there is one, unless ``replaces``, and if there is a model of another program.
    """
    if {HASHES, REGISTRY} <= set(paths):
        if not replaces:
            raise UsageError(f"{handle} already has a model", "choose another name, or use --replace")
        return {each for each in paths if is_model_file(each)}
    for path in paths:
        if path == "config.json" or path.endswith(_WEIGHTS):
            raise UsageError(
                f"{handle} has a model that tlzoo did not publish, with the file {path!r}", "choose another name"
            )
    return set()


def _is_private(api: HfApi, handle: str) -> bool | None:
    """Return whether a repository is private; None if it does not exist."""
    from huggingface_hub.errors import RepositoryNotFoundError

    try:
        return bool(api.repo_info(handle.removeprefix("hf://")).private)
    except RepositoryNotFoundError:
        return None


def _public_already(handle: str) -> UsageError:
    return UsageError(f"{handle} is public already", "make it private in its settings, or choose another name")


@contextmanager
def _explaining(handle: str) -> Iterator[None]:
    """Hide the progress bars of the library, and raise UploadError for its errors."""
    from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    shown = not are_progress_bars_disabled()
    disable_progress_bars()
    try:
        yield
    except TlzooError:
        raise
    except Exception as error:  # of the library, its HTTP client and the server
        raise _upload_error(handle, error) from error
    finally:
        if shown:
            enable_progress_bars()


def _upload_error(handle: str, error: BaseException) -> UploadError:
    cause: BaseException | None = error
    status = None
    while cause is not None and status is None:
        status = getattr(getattr(cause, "response", None), "status_code", None)
        cause = cause.__cause__
    if status == _UNAUTHORIZED:
        return UploadError(
            f"{hub_endpoint()} refuses the access token", "set a valid HF_TOKEN, or log in with `hf auth login`"
        )
    if status == _FORBIDDEN:
        return UploadError(
            f"the access token may not write {handle}", "use a token with write access, or another owner or name"
        )
    said = " ".join(f"{type(error).__name__}: {error}".split())
    return UploadError(
        f"{handle}: the upload failed: {said}",
        "run the same command again: files that are already on the server are not uploaded again",
    )
