"""The hooks: what a plugin can bring. A test runs every example and uses its result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tlzoo.plugins.markers import hookspec

if TYPE_CHECKING:
    from tlzoo.backbones import Loader
    from tlzoo.data import DataAdapter
    from tlzoo.export import Exporter
    from tlzoo.heads import Head
    from tlzoo.modalities import Modality
    from tlzoo.objectives import Objective
    from tlzoo.scores import Score
    from tlzoo.strategies import Strategy
    from tlzoo.tasks import Task
    from tlzoo.trackers import Tracker
    from tlzoo.training import Trainer

__all__ = [
    "tlzoo_backbones",
    "tlzoo_data_adapters",
    "tlzoo_exporters",
    "tlzoo_heads",
    "tlzoo_layers",
    "tlzoo_modalities",
    "tlzoo_objectives",
    "tlzoo_scores",
    "tlzoo_strategies",
    "tlzoo_tasks",
    "tlzoo_trainers",
]


@hookspec
def tlzoo_backbones() -> Mapping[str, Loader]:
    """Return loaders by the names that the registry's entries give them.

    Called once, when an entry of this plugin is first loaded; listing and showing never call it. The loader is called
    for every backbone, with files whose hashes were checked. Import Keras inside the functions, not in the module.

    ```python
    from tlzoo.plugins import hookimpl


    def load_dots(entry, files, request):
        import keras
        from tlzoo.backbones import Backbone, Vector, image_preprocessing, load_digest, stages_by_layers

        size = request.image_size or entry.input.size
        inputs = keras.Input((*size, 1))
        outputs = keras.layers.Dense(8, name="dots")(keras.layers.Flatten()(inputs))
        model = keras.Model(inputs, outputs)
        if request.weights == "pretrained":
            model.load_weights(files["weights"])
        return Backbone(
            model=model,
            preprocessing=image_preprocessing(size, 1, scale=1 / 255),
            stages=stages_by_layers(model, [("dots", "dots")]),
            features=Vector(8),
            digest=load_digest(entry, files, request),
        )


    @hookimpl
    def tlzoo_backbones():
        return {"dots": load_dots}
    ```
    """
    raise NotImplementedError


@hookspec
def tlzoo_heads() -> Mapping[str, type[Head]]:
    """Return heads by the names that recipes and ``--head`` use.

    Called once, when a head is first asked for by a name that no plugin before this one gives, or when all are shown.
    A head's fields are its options. ``takes`` says what it is built for: pooled features, a map, a sequence, or a
    pyramid of maps (``tlzoo.heads.Head``). Whatever it is, frozen features are cached where they fit.

    ```python
    from tlzoo.plugins import hookimpl


    @hookimpl
    def tlzoo_heads():
        from tlzoo.heads import Head

        class Normalized(Head):
            \"\"\"Logits from features of unit length.\"\"\"

            name = "normalized"
            scale: float = 16.0

            def build(self, size, task, seed):
                import keras

                unit = keras.layers.UnitNormalization()
                scale = keras.layers.Rescaling(self.scale)
                kernel = keras.initializers.GlorotUniform(seed)
                logits = keras.layers.Dense(task.outputs, kernel_initializer=kernel)
                return keras.Sequential([keras.Input((size,)), unit, scale, logits])

        class Strongest(Head):
            \"\"\"Logits from the strongest response of learned patterns anywhere in the map.\"\"\"

            name = "strongest"
            takes = "map"
            patterns: int = 16

            def build(self, shape, task, seed):
                import keras
                from keras import layers

                first, second = (keras.initializers.GlorotUniform(seed + number) for number in (0, 1))
                patterns = layers.Conv2D(self.patterns, 1, activation="relu", kernel_initializer=first)
                logits = layers.Dense(task.outputs, kernel_initializer=second)
                inputs = keras.Input((None, None, shape.channels))
                return keras.Sequential([inputs, patterns, layers.GlobalMaxPooling2D(), logits])

        return {"normalized": Normalized, "strongest": Strongest}
    ```
    """
    raise NotImplementedError


@hookspec
def tlzoo_strategies() -> Mapping[str, type[Strategy]]:
    """Return strategies by the names that recipes and ``--strategy`` use.

    Called once, when a strategy is first asked for by a name that no plugin before this one gives, or when all are
    shown. A strategy's fields are its options.

    ```python
    from tlzoo.plugins import hookimpl


    @hookimpl
    def tlzoo_strategies():
        from tlzoo.strategies import Phase, Share, Strategy, everything, head

        class HeadThenAll(Strategy):
            \"\"\"Train the head, then everything at a low rate.\"\"\"

            name = "head-then-all"
            rate: float = 1e-5

            def phases(self, job):
                best = yield Phase(name="head", train=head(), budget=Share(0.5), rates=1e-3)
                last = yield Phase(
                    name="all", train=everything(), budget=Share(0.5), rates=self.rate, start=best.checkpoint
                )
                return last if last.score > best.score else best

        return {"head-then-all": HeadThenAll}
    ```
    """
    raise NotImplementedError


@hookspec
def tlzoo_data_adapters() -> Mapping[str, DataAdapter]:
    """Return data adapters by scheme: ``images`` reads the sources that begin with ``images:``.

    Called once, when a source of a scheme is read that no plugin before this one gives. An adapter says which data a
    source means and how they are split; it reads inputs only when they are asked for. Data without labelled samples
    are a ``TrainerData``, which its trainer alone reads. An adapter may be an object that also says which module a
    source imports, and that its sources have no labelled samples (``tlzoo.data.DataAdapter``).

    ```python
    from tlzoo.plugins import hookimpl


    @hookimpl
    def tlzoo_data_adapters():
        import numpy as np
        from tlzoo.data import ArrayPictures, Samples
        from tlzoo.tasks import Classification

        def stripes(location, options, *, progress=None):
            \"\"\"Lying against upright stripes: `stripes:200` makes 200 pictures of 16 x 16 pixels.\"\"\"
            labels = np.arange(int(location)) % 2
            lying = np.tile(np.uint8([[0], [255]]), (8, 16))
            images = np.stack([lying.T if each else lying for each in labels])
            pictures = ArrayPictures("stripes", images[..., np.newaxis])
            task = Classification(("lying", "upright"))
            return Samples(f"stripes:{location}", task, pictures, labels, pictures.digests())

        return {"stripes": stripes}
    ```
    """
    raise NotImplementedError


@hookspec
def tlzoo_modalities() -> Mapping[str, type[Modality]]:
    """Return modalities by name: kinds of raw input, with their readers, checks, statistics, augmentation, thumbnails.

    Called once, when a modality is first looked up that tlzoo itself does not have. Entries name it, and so do the
    examples that a data adapter gives. Its input contract is declared in the head of the registry, as ``[inputs.KIND]``
    with ``modality``, ``shown`` and ``fields``, so that listing needs no plugin. tlzoo makes one object of the class.

    ```python
    from tlzoo.plugins import hookimpl


    @hookimpl
    def tlzoo_modalities():
        from tlzoo.modalities import Glimpse, Modality, RawReader

        class Series(Modality):
            \"\"\"Series of numbers, float32 (length,), of any length.\"\"\"

            name = "series"
            argument = "series"

            def raw_reader(self, preprocessing, examples=None):
                return RawReader("series", lambda series: series, "float32", (None,))

            def made_up_inputs(self, contract, generator, count):
                return [generator.normal(size=contract.length).astype("float32") for _ in range(count)]

            def glimpse(self, raw):
                return Glimpse(facts=f"{len(raw)} numbers")

        return {"series": Series}
    ```
    """
    raise NotImplementedError


@hookspec
def tlzoo_tasks() -> Mapping[str, type[Task]]:
    """Return tasks by their kind: what is learned from labels, with its loss, score, metrics and answers.

    Called once, when a kind is first looked up that tlzoo itself does not have. A data adapter makes values of the
    class; ``?task=KIND`` of tables and arrays does as well. Subclass a task that is close, or ``Task``.

    ```python
    from tlzoo.plugins import hookimpl


    @hookimpl
    def tlzoo_tasks():
        from tlzoo.tasks import Classification

        class Grades(Classification):
            \"\"\"Classes in order: the most wrong examples are those that are the most grades off.\"\"\"

            kind = "grades"

            def mistakes(self, labels, answers, metrics, trained):
                off = abs(answers.argmax(axis=1) - labels)
                return off.nonzero()[0], off[off > 0]

        return {"grades": Grades}
    ```
    """
    raise NotImplementedError


@hookspec
def tlzoo_trainers() -> Mapping[str, type[Trainer]]:
    """Return trainers by the names that tasks and heads give them, such as ``supervised``.

    ``Task.trainer`` is the name; a head with an attribute ``trainer = "ranking"`` takes the one below instead. The
    trainer of a ``TrainerData`` has the name of its task's kind, if the head names none. Called once, when a run begins
    whose trainer no plugin before this one gives. A trainer plans and runs phases, and says what else its runs can do.

    ```python
    from tlzoo.plugins import hookimpl


    @hookimpl
    def tlzoo_trainers():
        import numpy as np
        from tlzoo.tasks import PlainMetrics
        from tlzoo.training import Evaluation, SupervisedTrainer

        class Ranking(SupervisedTrainer):
            \"\"\"Train as for classification; a label among the two likeliest classes counts as right.\"\"\"

            def evaluate(self, state, split):
                found = super().evaluate(state, split)
                likeliest = np.argsort(found.answers, axis=1)[:, -2:]
                right = (likeliest == found.labels[:, np.newaxis]).any(axis=1)
                return Evaluation(PlainMetrics({"top2": float(right.mean())}), found.labels, found.answers)

        return {"ranking": Ranking}
    ```
    """
    raise NotImplementedError


@hookspec
def tlzoo_scores() -> Mapping[str, Score]:
    """Return scores by name: estimates of how well an entry transfers to given data, without fine-tuning it.

    Called once, when scores are first computed or shown.

    ```python
    from tlzoo.plugins import hookimpl


    @hookimpl
    def tlzoo_scores():
        import numpy

        def spread(features, labels):
            \"\"\"Between-class over total variance of features (examples, size) with labels (examples,).\"\"\"
            means = numpy.stack([features[labels == label].mean(axis=0) for label in labels])
            return float(means.var(axis=0).sum() / features.var(axis=0).sum())

        return {"spread": spread}
    ```
    """
    raise NotImplementedError


@hookspec
def tlzoo_objectives() -> Mapping[str, type[Objective]]:
    """Return objectives by name: what a phase descends in place of its task's loss.

    A name is ``NAMESPACE/NAME``, with the plugin's name or a namespace of its registry, and is the class's ``name``.
    Called once, when an objective is first asked for by a name that is not the core's, or when all are shown. An
    objective's fields are its options. Strategies use it as ``Phase(objective="example/certain")`` or as an object, and
    users as ``-S objective=example/certain`` of ``domain-adaptation``, with its options as further ``-S``. It may ask
    for the features of stages and for a frozen teacher (``tlzoo.objectives.Objective``).

    ```python
    from tlzoo.plugins import hookimpl


    @hookimpl
    def tlzoo_objectives():
        from tlzoo.objectives import Objective

        class Certain(Objective):
            \"\"\"The task's loss plus the mean entropy (nats) of the predictions for unlabelled inputs.\"\"\"

            name = "example/certain"
            uses_target = True
            classifies = True
            weight: float = 0.1

            def value(self, step):
                import tensorflow as tf

                logs = tf.nn.log_softmax(step.target.outputs)
                entropy = -tf.reduce_sum(tf.exp(logs) * logs, axis=1)
                return step.loss + self.weight * tf.reduce_mean(entropy)

        return {"example/certain": Certain}
    ```
    """
    raise NotImplementedError


@hookspec
def tlzoo_exporters() -> Mapping[str, Exporter]:
    """Return exporters by the formats that ``--export`` and the recipe field ``export`` name.

    Called once, before the first run that exports a model. Each exporter is called at the end of a run whose recipe
    lists its format, with a ``ServingModel`` and the run folder. It returns the path of the file or folder it wrote.

    ```python
    from tlzoo.plugins import hookimpl


    @hookimpl
    def tlzoo_exporters():
        def weights(model, folder):
            \"\"\"Write the weights alone.\"\"\"
            path = folder / "model.weights.h5"
            model.network.save_weights(path)
            return path

        return {"weights": weights}
    ```
    """
    raise NotImplementedError


@hookspec
def tlzoo_trackers() -> Mapping[str, type[Tracker]]:
    """Return trackers by the names that ``--tracker`` takes: what sends figures and files of runs elsewhere.

    Called once, when a run is to be tracked, or when trackers are shown. A tracker's fields are its options. It is told
    of every epoch as it ends. Where it raises an error, that is noted once, and the run goes on without it.

    ```python
    from tlzoo.plugins import hookimpl


    @hookimpl
    def tlzoo_trackers():
        from tlzoo.trackers import Tracker

        class Lines(Tracker):
            \"\"\"Write a line for each epoch into a file of the run's folder.\"\"\"

            name = "lines"
            file: str = "epochs.txt"

            def start(self, run, key):
                self.state["path"] = run.folder / self.file

            def log_epoch(self, phase, epoch, step, figures):
                with self.state["path"].open("a") as stream:
                    print(step, phase, dict(figures), file=stream)

        return {"lines": Lines}
    ```
    """
    raise NotImplementedError


@hookspec
def tlzoo_layers() -> Mapping[str, str]:
    """Return the plugin's own Keras layers that saved models contain, each as ``module:Class``, by its registered name.

    That is the name under which Keras registers the class: ``package>Class``. All are imported with ``tlzoo.layers``,
    and ``keras.models.load_model`` finds them then. A run that is exported names this import if its ``model.keras``
    needs it; that imports none of them.

    ```python
    from tlzoo.plugins import hookimpl


    @hookimpl
    def tlzoo_layers():
        return {"example>Halve": "example.layers:Halve"}
    ```
    """
    raise NotImplementedError
