"""The environment variables that tlzoo reads. A test compares them with those that its code uses."""

from __future__ import annotations

from collections.abc import Mapping

from .markdown import code, table

__all__ = ["OF_LIBRARIES", "VARIABLES", "environment_variables"]

VARIABLES: Mapping[str, str] = {
    "TLZOO_CACHE": "Cache folder: downloaded files, cached features, measurements. Default: the system's cache folder.",
    "TLZOO_CACHE_BUDGET": "Largest size of one set of cached features, in bytes, such as `2e9`. Default: a quarter of "
    "the free disk space, at most 8 GB.",
    "TLZOO_CACHE_DTYPE": "Precision of cached features: `float32` (default) or `float16`.",
    "TLZOO_DEADLINE": "Time limit for downloading one file, in seconds. Default: four hours.",
    "TLZOO_ENGINE": "Engine that computes frozen layers: `auto` (default), `tensorflow`, `openvino` or "
    "`openvino-bf16`. The OpenVINO engines need `tlzoo[fast]`.",
    "TLZOO_LOCK": "File of pinned hashes and consents. Default: `tlzoo.lock` in the working folder if there is one, "
    "else in the settings folder.",
    "TLZOO_MEMORY": "Memory limit, such as `4GB`, or `50%` of the free memory. Default: 80 % of the free memory.",
    "TLZOO_MIRROR": "Addresses of mirrors, separated by blanks: `file:///…` or `https://…`.",
    "TLZOO_MODELS": "Folders with files of entries that you downloaded yourself, separated as in `PATH`.",
    "TLZOO_OFFLINE": "`1` forbids every download. The same as `--offline`.",
    "TLZOO_PLUGINS": "Names of the plugins that may be used, separated by commas; `none` for the core alone.",
    "TLZOO_REGISTRY": "More registries, such as one of your organisation, separated as in `PATH`.",
    "TLZOO_SECOND_WALL": "`off` skips the trial load of SavedModels in a sandboxed child process.",
    "TLZOO_SETTINGS": "Settings folder: your own registry, your `tlzoo.lock`, disabled and installed plugins. Default: "
    "the system's configuration folder.",
}
OF_LIBRARIES: Mapping[str, str] = {
    "COLUMNS": "Width of help texts and tables.",
    "CUDA_VISIBLE_DEVICES": "GPUs that TensorFlow may use. `tlzoo bench` reads it to name the machine.",
    "DO_NOT_TRACK": "tlzoo sets it to `1` unless you set it: libraries send no usage reports.",
    "HF_ENDPOINT": "Address of the Hugging Face hub, for sources that begin with `hf://`.",
    "OMP_NUM_THREADS": "Number of threads of the runtimes that `tlzoo export` measures. Default: one per core.",
    "HF_TOKEN": "Access token for files of the Hugging Face hub that need a login. It is sent to the hub only.",
    "HF_HUB_DISABLE_TELEMETRY": "tlzoo sets it to `1` unless you set it: no usage reports.",
    "HOME": "Home folder. By default, it contains the cache and settings folders.",
    "KAGGLE_API_ENDPOINT": "Address of Kaggle, for sources that begin with `kaggle://`.",
    "KAGGLE_API_TOKEN": "Access token for models on Kaggle that need a login. It is sent to Kaggle only.",
    "KAGGLE_CONFIG_DIR": "Folder with your `kaggle.json`, which is read if there is one. Default: `~/.kaggle`.",
    "KAGGLE_KEY": "Key of `KAGGLE_USERNAME`, instead of an access token.",
    "KAGGLE_USERNAME": "User name on Kaggle, instead of an access token.",
    "KERAS_BACKEND": "tlzoo sets it to `tensorflow` unless you set it.",
    "KERAS_HOME": "Folder in which Keras keeps its data sets, for sources that begin with `keras:`.",
    "MLFLOW_ALLOW_FILE_STORE": "tlzoo sets it to `true` unless you set it, if the tracker `mlflow` logs to a folder.",
    "MLFLOW_DISABLE_TELEMETRY": "tlzoo sets it to `true` unless you set it: no usage reports.",
    "MLFLOW_EXPERIMENT_NAME": "Experiment of the tracker `mlflow`. Default: `tlzoo`.",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "tlzoo sets it to `1` unless you set it, if the tracker `mlflow` is used.",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "tlzoo sets it to `20` seconds unless you set it, if the tracker `mlflow` is used.",
    "MLFLOW_TRACKING_URI": "Where the tracker `mlflow` logs to: a server, or `file:FOLDER`.",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "tlzoo sets it to `0` unless you set it, for `tlzoo rank --engine ray`.",
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "tlzoo sets it to `0` unless you set it: Ray's workers use this environment.",
    "RAY_USAGE_STATS_ENABLED": "tlzoo sets it to `0` unless you set it: no usage reports.",
    "SDL_VIDEODRIVER": "tlzoo sets it to `dummy` unless you set it: environments are drawn without a screen.",
    "TF_CPP_MIN_LOG_LEVEL": "How much TensorFlow prints. If you do not set it, tlzoo shows only errors.",
    "WANDB_ERROR_REPORTING": "tlzoo sets it to `false` unless you set it: no error reports.",
    "XDG_CACHE_HOME": "Folder of caches on Linux. Default: `~/.cache`.",
    "XDG_CONFIG_HOME": "Folder of settings on Linux. Default: `~/.config`.",
    "https_proxy": "Proxy for downloads.",
    "no_proxy": "Hosts that are reached without the proxy.",
}


def environment_variables() -> str:
    """Return a table of tlzoo's own variables, and one of others that it reads."""
    own = table(("variable", "meaning"), ((code(name), meaning) for name, meaning in VARIABLES.items()))
    others = table(("variable", "meaning"), ((code(name), meaning) for name, meaning in OF_LIBRARIES.items()))
    return f"## Variables of tlzoo\n\n{own}\n\n## Variables of systems and libraries\n\n{others}"
