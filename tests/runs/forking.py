"""A process that has imported everything and runs each command line that it reads in a fork of itself.

A killed process is a real one; only the seconds of its imports are saved. TensorFlow starts its threads with the first
operation, so that a fork made before is sound.
"""

import json
import os
import sys


def say(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def serve() -> None:
    import keras  # noqa: F401 - each import here is for the processes that fork
    import sklearn.linear_model  # noqa: F401 - as above

    import tlzoo_vision.loaders  # noqa: F401 - as above
    from tlzoo.cli.running import main

    say("ready")
    while line := sys.stdin.readline():
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            os.environ |= {"TLZOO_CACHE": request["cache"], **request.get("environment", {})}
            output = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(output, 1)
            os.dup2(output, 2)
            code = 70
            try:
                code = main(request["command"])
            finally:
                os._exit(code)
        say(child)
        sys.stdin.readline()  # until asked for, it stays what it is: nobody else gets its number, and is killed for it
        say(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    serve()
