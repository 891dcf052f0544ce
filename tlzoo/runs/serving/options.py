"""Options of the HTTP server of a run."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from tlzoo.errors import UsageError

__all__ = ["ServerOptions"]

_HOSTS = r"\*|[\w.-]+(,[\w.-]+)*|"


def _host_names(given: Any) -> Any:
    """Return host names from a string with commas or a sequence, as a string."""
    names = ",".join(given) if isinstance(given, list | tuple) else given
    if isinstance(names, str) and not re.fullmatch(_HOSTS, names, re.ASCII):
        raise PydanticCustomError("hosts", "Input should be host names without ports, such as a.org,b.org, or *")
    return names


class ServerOptions(BaseModel):
    """Address and limits of a server. Arguments of ``tlzoo serve`` and ``run.serve`` are made from these fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: Annotated[str, Field(min_length=1, description="address to listen on; 0.0.0.0 for all networks")] = (
        "127.0.0.1"
    )
    allowed_hosts: Annotated[
        str,
        BeforeValidator(_host_names),
        Field(
            description="host names that requests may have, separated by commas, besides localhost and IP addresses; "
            "* for all; default: none on 127.0.0.1, all on other addresses"
        ),
    ] = ""
    port: Annotated[int, Field(ge=0, le=65535, description="port to listen on; 0 for any free port")] = 8000
    name: Annotated[
        str, Field(pattern=r"^[A-Za-z0-9._-]*$", description="name of the model in /v1/models/NAME; default: the run's")
    ] = ""
    runtime: Annotated[
        str, Field(description="what computes: tensorflow, or an exported file such as litert, onnx:int8 or openvino")
    ] = "tensorflow"
    workers: Annotated[int, Field(ge=1, le=256, description="processes, each with a model of its own")] = 1
    max_batch: Annotated[int, Field(ge=1, le=4096, description="largest number of inputs computed together")] = 32
    max_wait: Annotated[
        float, Field(ge=0, le=1000, description="longest time to wait for a fuller batch, in milliseconds")
    ] = 2.0
    max_queue: Annotated[
        int, Field(ge=1, le=100_000, description="largest number of inputs that wait; more are answered with 503")
    ] = 256
    max_body: Annotated[float, Field(gt=0, le=1024, description="largest size of a request's body, in MB")] = 32.0
    timeout: Annotated[
        float, Field(gt=0, le=3600, description="longest time for a request, and for a stop, in seconds")
    ] = 30.0

    @classmethod
    def checked(cls, **values: object) -> ServerOptions:
        """Return the options; raise UsageError with the first invalid one."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            first = error.errors()[0]
            name = str(first["loc"][0]) if first["loc"] else "?"
            must = re.sub("^(Input|String) should ", "", first["msg"])
            raise UsageError(f"{name} must {must}; got {first['input']!r:.40}") from error

    @property
    def most_bytes(self) -> int:
        """The largest size of a request's body in bytes."""
        return int(self.max_body * 1_000_000)
