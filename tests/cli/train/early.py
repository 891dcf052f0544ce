"""Run wrong commands where TensorFlow cannot be imported; print the exit code and the last line of each."""

from __future__ import annotations

import contextlib
import io
import json
import sys

sys.modules["tensorflow"] = sys.modules["keras"] = None  # type: ignore[assignment]

from tlzoo.cli import main  # noqa: E402 - after that

answers = []
for words in json.load(sys.stdin):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(words)
        except SystemExit as end:
            code = end.code
    answers.append([code, err.getvalue().splitlines()[-1]])
print(json.dumps(answers))  # noqa: T201
