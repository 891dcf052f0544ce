"""The keys of what commands print with ``--json``."""


def json_outputs() -> str:
    """Return a section for each command."""
    return ""
