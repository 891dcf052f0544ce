"""Installation and removal of plugins in the current environment, without importing their code."""

from .environments import Environment, detect_environment
from .install import Installation, prepared, sync_needed
from .records import Record, forget_record, records, remember
from .trial import try_plugin
from .uninstall import removal

__all__ = [
    "Environment",
    "Installation",
    "Record",
    "detect_environment",
    "forget_record",
    "prepared",
    "records",
    "remember",
    "removal",
    "sync_needed",
    "try_plugin",
]
