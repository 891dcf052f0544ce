"""The hooks of plugins. A test runs every example and uses its result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tlzoo.plugins.markers import hookspec

if TYPE_CHECKING:
    from tlzoo.artifacts import Importer
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
    "tlzoo_importers",
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
    """Return loaders by the names used in the registry's entries.

    Called once, when an entry of this plugin is first loaded, never for listing and showing. The loader is called for
    every backbone, with verified files. Import Keras inside the functions, not at the top of the module.

    ```python
    from tlzoo.plugins import hookimpl


    def load_dots(entry, files, request):
        import keras
        from tlzoo.backbones import Backbone, Vector, image_preprocessing, load_digest, stages_by_layers

        size = request.image_size or entry.input.size
        inputs = keras.Input((*size, 1))
        kernel = keras.initializers.GlorotUniform(request.seed)
        dots = keras.layers.Dense(8, kernel_initializer=kernel, name="dots")
        model = keras.Model(inputs, dots(keras.layers.Flatten()(inputs)))
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
def tlzoo_importers() -> Mapping[str, Importer]:
    """Return functions that create entries for repositories of the Hugging Face Hub and Kaggle, by formats.

    Called once, by ``tlzoo registry add`` with ``hf://OWNER/NAME`` or ``kaggle://…``. The name is the ``model_type`` in
    ``config.json``, or ``timm/ARCHITECTURE`` or ``keras/CLASS`` for other layouts, and may have wildcards. An importer
    reads the configuration, which is untrusted, and returns an entry with the files that its loader needs; tlzoo then
    sets id and licence, downloads the files, and runs the conformance checks.

    ```python
    from tlzoo.plugins import hookimpl


    def import_dots(repository):
        from tlzoo.registry import Entry, Features, ImageInput

        side = repository.config.integer("image_size", most=512)
        return Entry(
            id=repository.handle,
            plugin="tlzoo",
            summary=f"Dots from {repository.handle}",
            modality="vision",
            loader="dots",
            files={"weights": repository.file("model.weights.h5")},
            input=ImageInput("image", (side, side), channels=1, order="grey"),
            features=Features("vector"),
            licence="NOASSERTION",
        )


    @hookimpl
    def tlzoo_importers():
        return {"dots": import_dots}
    ```
    """
    raise NotImplementedError


@hookspec
def tlzoo_heads() -> Mapping[str, type[Head]]:
    """Return heads by the names used in recipes and ``--head``.

    Called once, when a head with a name unknown to earlier plugins is requested, or when all heads are listed. The
    fields of a head are its options. ``takes`` is its input: pooled features, a map, a sequence, or a pyramid of maps
    (``tlzoo.heads.Head``). Frozen features are cached if they fit, for all kinds of heads.

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
    """Return strategies by the names used in recipes and ``--strategy``.

    Called once, when a strategy with a name unknown to earlier plugins is requested, or when all strategies are listed.
    The fields of a strategy are its options.

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
    """Return data adapters by scheme: ``images`` reads sources that start with ``images:``.

    Called once, when a source with a scheme unknown to earlier plugins is read. An adapter determines the data of a
    source and their splits; it reads inputs only on request. Data without labelled samples are a ``TrainerData``, which
    only its trainer reads. An adapter may be an object that also declares which module a source imports, and that its
    sources have no labelled samples (``tlzoo.data.DataAdapter``).

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
    """Return modalities by name: kinds of raw input with readers, checks, statistics, augmentation and thumbnails.

    Called once, when a modality that is not one of tlzoo's is first looked up. Entries name it, and so do the examples
    of a data adapter. Its input contract is declared at the top of the registry, as ``[inputs.KIND]`` with
    ``modality``, ``shown`` and ``fields``, so that listing does not need the plugin. tlzoo creates one object of the
    class.

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
    """Return tasks by kind: what is learned from labels, with loss, score, metrics and predictions.

    Called once, when a kind that is not one of tlzoo's is first looked up. A data adapter creates objects of the class;
    ``?task=KIND`` of tables and arrays does so, too. Subclass a similar task, or ``Task``.

    ```python
    from tlzoo.plugins import hookimpl


    @hookimpl
    def tlzoo_tasks():
        from tlzoo.tasks import Classification

        class Grades(Classification):
            \"\"\"Ordered classes: the worst errors are those with the largest difference in grades.\"\"\"

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
    """Return trainers by the names used in tasks and heads, such as ``supervised``.

    ``Task.trainer`` is the name; a head with an attribute ``trainer = "ranking"`` uses the one below instead. The
    trainer of a ``TrainerData`` has the name of its task's kind, if the head names none. Called once, when a run starts
    with a trainer unknown to earlier plugins. A trainer plans and runs phases, and declares other abilities of its
    runs.

    ```python
    from tlzoo.plugins import hookimpl


    @hookimpl
    def tlzoo_trainers():
        import numpy as np
        from tlzoo.tasks import PlainMetrics
        from tlzoo.training import Evaluation, SupervisedTrainer

        class Ranking(SupervisedTrainer):
            \"\"\"Train as for classification; a label among the two most likely classes counts as correct.\"\"\"

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
    """Return scores by name: estimates of how well an entry transfers to a data set, without fine-tuning it.

    Called once, when scores are first computed or listed.

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
    """Return objectives by name: losses that replace the task's loss in a phase.

    A name is ``NAMESPACE/NAME``, with the plugin's name or a namespace of its registry, and equals the class's
    ``name``. Called once, when an objective that is not one of tlzoo's is requested, or when all are listed. The fields
    of an objective are its options. Strategies use it as ``Phase(objective="example/certain")`` or as an object, and
    users as ``-S objective=example/certain`` of ``domain-adaptation``, with its options as further ``-S``. It may
    request the features of stages and a frozen teacher (``tlzoo.objectives.Objective``).

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
def tlzoo_exporters() -> Mapping[str, type[Exporter]]:
    """Return export formats by the names used in ``tlzoo export --to`` and ``--export``.

    Called once, before the first run that exports a model. The fields of an exporter are its options, as in
    ``weights?file=my.weights.h5``. ``export`` receives the trained network, prepared training samples and an existing
    folder, and returns the path of the file or folder that it wrote. With ``open``, tlzoo runs the file on the test
    split and reports its accuracy, speed and memory.

    ```python
    from tlzoo.plugins import hookimpl


    @hookimpl
    def tlzoo_exporters():
        from tlzoo.export import Exporter

        class Weights(Exporter):
            \"\"\"Only the weights, in Keras's format.\"\"\"

            name = "weights"
            file: str = "model.weights.h5"

            def export(self, model, samples, folder):
                path = folder / self.file
                model.network.save_weights(path)
                return path

        return {"weights": Weights}
    ```
    """
    raise NotImplementedError


@hookspec
def tlzoo_trackers() -> Mapping[str, type[Tracker]]:
    """Return trackers by the names used in ``--tracker``; they log metrics and files of runs elsewhere.

    Called once, when a run is tracked, or when trackers are listed. The fields of a tracker are its options. It
    receives every epoch at its end. If it raises an error, a note is printed once, and the run continues without it.

    ```python
    from tlzoo.plugins import hookimpl


    @hookimpl
    def tlzoo_trackers():
        from tlzoo.trackers import Tracker

        class Lines(Tracker):
            \"\"\"Write a line per epoch to a file in the run folder.\"\"\"

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
    """Return the plugin's Keras layers in saved models, each as ``module:Class``, by registered name.

    The registered name is Keras's: ``package>Class``. All layers are imported with ``tlzoo.layers``, after which
    ``keras.models.load_model`` finds them. An exported run lists this import if its ``model.keras`` needs it; listing
    does not import the layers.

    ```python
    from tlzoo.plugins import hookimpl


    @hookimpl
    def tlzoo_layers():
        return {"example>Halve": "example.layers:Halve"}
    ```
    """
    raise NotImplementedError
