"""The command line, and what a plugin's own programs share with it.

Only the module of the command that was asked for is imported.
"""

# Modules of commands become attributes of this package, ``list`` among them: nothing that runs stands here.
from .output import print_json
from .parsing import common_arguments
from .progress import progress_for
from .quiet_import import import_tensorflow
from .running import main, main_of

__all__ = ["common_arguments", "import_tensorflow", "main", "main_of", "print_json", "progress_for"]
