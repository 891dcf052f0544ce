"""Ranking of the zoo for a data set."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tlzoo.durations import TimeBudget, parse_duration
from tlzoo.errors import TlzooError, UsageError, did_you_mean
from tlzoo.process.forks import refuse_fork
from tlzoo.progress import Progress, Silent
from tlzoo.registry.licences import licence_names
from tlzoo.zoo.benching import this_machine
from tlzoo.zoo.ranking.candidates import check_choice, find_candidates
from tlzoo.zoo.ranking.confidence import groups
from tlzoo.zoo.ranking.contender import Contender, cost_of, load_contender, release, score_all
from tlzoo.zoo.ranking.curve import learning_curve
from tlzoo.zoo.ranking.halving import rungs, survivors
from tlzoo.zoo.ranking.pareto_front import on_pareto_front
from tlzoo.zoo.ranking.result import Baseline, Ranked, Ranking, Unranked
from tlzoo.zoo.ranking.sampling import Sample, draw_sample

if TYPE_CHECKING:
    from tlzoo.data import Samples
    from tlzoo.scores import Score

__all__ = ["rank"]

_PREFERRED = ("linear-probe", "knn")
_CURVES = 3


def rank(
    data: str | Samples,
    *,
    patterns: Sequence[str] = (),
    where: str | None = None,
    licences: str | Sequence[str] | None = None,
    scores: Sequence[str] = (),
    by: str | None = None,
    count: int | None = None,
    per_class: int | None = None,
    seed: int = 0,
    budget: TimeBudget | None = None,
    baselines: bool = True,
    curves: bool = True,
    maps: bool = False,
    engine: Literal["local", "ray"] = "local",
    progress: Progress | None = None,
) -> Ranking:
    """Rank the entries of the data's modality with files on this machine by scores of a sample; nothing is downloaded.

    ``data`` is a source or samples. ``patterns``, ``where`` and ``licences`` (SPDX names; None: any) select entries,
    ``scores`` (default: all) are computed, and ``by`` is the score to sort by, by default the linear probe. ``count``
    samples are drawn as in ``draw_sample``. With a time ``budget`` (``"10m"``, or seconds), entries go through rounds
    of increasing sample size, and the worst entries that do not fit are dropped. With the engine ``ray``, features come
    from a Ray cluster, whose machines must be able to open the same source. Features are cached shard by shard, so
    nothing is computed twice, and an interrupted ranking can be resumed.

    Raises UsageError, DataError and other kinds of TlzooError for errors that concern all entries. Errors of a single
    entry are in ``unranked``.
    """
    from tlzoo.zoo.ranking.baselines import better_baselines

    refuse_fork()
    progress = progress or Silent()
    seconds = None if budget is None else parse_duration(budget, "budget")
    chosen, order_by = _scores(scores, by)
    check_choice(patterns, where)
    allowed = licence_names(licences)
    samples = _opened(data, progress)
    found = find_candidates(patterns, where, samples.examples, allowed)
    sample = draw_sample(samples, seed=seed, per_class=per_class, count=count)
    work = _Work(samples, sample, chosen, order_by, seed, progress, _until(seconds), list(found.unranked))
    for note in (*found.notes, *sample.notes):
        work.note(note)
    if engine == "ray":
        from tlzoo.zoo.ranking.ray_cluster import fill_store

        fill_store(found.entries, samples, sample.order, progress)
    contenders = work.run([Contender(entry) for entry in found.entries])
    ranked = list(_ranked(contenders, order_by, work, curves=curves))
    beside = tuple(work.baselines(contenders)) if baselines and contenders else ()
    for note in better_baselines(ranked, beside, order_by):
        work.note(note)
    planes, mapped = work.maps(contenders) if maps else ({}, ())
    return Ranking(
        data=samples.source,
        fingerprint=samples.fingerprint,
        classes=samples.task.names,
        samples=max((each.samples for each in contenders), default=0),
        available=sample.available,
        seed=seed,
        by=order_by,
        machine=str(this_machine()),
        entries=tuple(ranked),
        baselines=beside,
        unranked=tuple(work.unranked),
        notes=tuple(work.notes),
        maps=planes,
        mapped=mapped,
    )


@dataclass(slots=True)
class _Work:
    """Shared data of all steps of a ranking."""

    samples: Samples
    sample: Sample
    scores: Mapping[str, Score]
    by: str
    seed: int
    progress: Progress
    until: float | None
    unranked: list[Unranked]
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        self.notes.append(text)
        self.progress.note(text)

    @property
    def remaining(self) -> float:
        return float("inf") if self.until is None else self.until - time.monotonic()

    def run(self, contenders: list[Contender]) -> list[Contender]:
        """Score entries in rounds; return them in order of the round reached, then of the score."""
        sizes = rungs(
            len(self.sample.order), len(np.unique(self.sample.labels)), len(contenders), budgeted=self.until is not None
        )
        going, done = sorted(contenders, key=_expense), []
        try:
            for position, size in enumerate(sizes):
                going = list(self._round(going, size, first=position == 0))
                if size == sizes[-1] or not going:
                    break
                left = [_remaining_seconds(each, sizes[-1]) for each in going]
                kept = survivors([each.estimates[self.by].value for each in going], left, self.remaining)
                dropped = [each for at, each in enumerate(going) if at not in kept]
                if dropped:
                    self.note(
                        f"{len(dropped)} of {len(going)} entries dropped after {size} samples to stay within the budget"
                    )
                done += dropped
                going = [going[at] for at in kept]
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                "interrupted; run the same command again to continue with cached features"
            ) from None
        return sorted([*going, *done], key=lambda each: _place(each, self.by))

    def _round(self, contenders: Sequence[Contender], size: int, *, first: bool) -> Iterator[Contender]:
        for position, each in enumerate(contenders):
            if self.remaining <= 0:
                if first:
                    self.unranked.append(Unranked(each.entry.id, "the time budget is used up", "use a larger --budget"))
                else:
                    yield each
                continue
            self.progress.note(f"{position + 1} of {len(contenders)}: {each.entry.id}, {size} samples")
            try:
                self._score(each, size)
            except TlzooError as error:
                self.unranked.append(Unranked(each.entry.id, error.what, error.fix))
            except Exception as error:  # noqa: BLE001 - a plugin's loader may raise anything; other entries continue
                said = " ".join(f"{type(error).__name__}: {error}".split())
                self.unranked.append(Unranked(each.entry.id, said, f"tlzoo check {each.entry.id}"))
            else:
                yield each
            finally:
                release()

    def _score(self, contender: Contender, size: int) -> None:
        from tlzoo.modalities import require_modality

        loaded = load_contender(contender, self.samples, self.sample, size, self.progress)
        contender.features = loaded.features
        labels = self.sample.labels[:size]
        contender.estimates = score_all(self.scores, loaded.features, loaded.predictions, labels, self.seed)
        if contender.measurement is None:
            contender.measurement = cost_of(contender.entry, loaded.backbone)
            modality = require_modality(contender.entry.modality)
            contender.warnings = (
                *modality.preprocessing_problems(contender.entry, loaded.backbone),
                *modality.data_problems(contender.entry, loaded.backbone, self.samples.examples),
            )

    def baselines(self, contenders: Sequence[Contender]) -> Iterator[Baseline]:
        from tlzoo.zoo.ranking.baselines import majority_class, random_weights, raw_input_features

        best = contenders[0]
        order, labels = self.sample.order[: best.samples], self.sample.labels[: best.samples]
        yield majority_class(self.scores, labels)
        plain = raw_input_features(self.scores, self.samples, order, labels)
        if plain is not None:
            yield plain
        if self.remaining <= 0:
            self.note("the time budget was used up before the baseline with random weights")
            return
        try:
            yield random_weights(self.scores, best.entry, self.samples, order, labels, self.seed, self.progress)
        except TlzooError as error:
            self.note(f"no baseline with random weights: {error.what}")
        finally:
            release()

    def maps(self, contenders: Sequence[Contender]) -> tuple[dict[str, Any], tuple[tuple[int, str], ...]]:
        from tlzoo.zoo.ranking.output.projection import MAPPED, project

        count = min([MAPPED, *(each.samples for each in contenders)])
        planes = {}
        for each in contenders:
            assert each.features is not None
            planes[each.entry.id] = project(each.features[:count])
        examples = self.samples.examples
        named = [(int(self.samples.labels[at]), examples.name(int(at))) for at in self.sample.order[:count]]
        return planes, tuple(named)


def _scores(names: Sequence[str], by: str | None) -> tuple[dict[str, Score], str]:
    from tlzoo.plugins import registered

    known: dict[str, Any] = {each.name: each.value for each in registered("tlzoo_scores")}
    for name in (*names, *([by] if by else [])):
        if name not in known:
            raise UsageError(f"no score {name!r}", did_you_mean(name, known))
    wanted = dict.fromkeys((*names, *([by] if by else []))) if names else known
    chosen: dict[str, Score] = {name: known[name] for name in wanted}
    order_by = by or next((name for name in _PREFERRED if name in chosen), next(iter(chosen)))
    return chosen, order_by


def _opened(data: str | Samples, progress: Progress) -> Samples:
    from tlzoo.runs import open_source

    return open_source(data, progress) if isinstance(data, str) else data


def _until(seconds: float | None) -> float | None:
    return None if seconds is None else time.monotonic() + seconds


def _expense(contender: Contender) -> float:
    measured = contender.entry.measured
    return float("inf") if measured is None or measured.flops is None else measured.flops


def _remaining_seconds(contender: Contender, samples: int) -> float:
    return contender.loading + contender.seconds * (samples - contender.samples)


def _place(contender: Contender, by: str) -> tuple[int, bool, float, str]:
    estimate = contender.estimates.get(by)
    known = estimate is not None and not np.isnan(estimate.value)
    return -contender.samples, not known, -estimate.value if estimate and known else 0.0, contender.entry.id


def _ranked(contenders: Sequence[Contender], by: str, work: _Work, *, curves: bool) -> Iterator[Ranked]:
    ordering = [each.estimates[by] for each in contenders if by in each.estimates]
    alike = groups(ordering) if len(ordering) == len(contenders) else list(range(1, len(contenders) + 1))
    values = [each.estimates[by].value if by in each.estimates else float("nan") for each in contenders]
    front = on_pareto_front(values, [each.measurement.latency_ms if each.measurement else None for each in contenders])
    for place, each in enumerate(contenders):
        assert each.features is not None
        yield Ranked(
            id=each.entry.id,
            scores={name: estimate.value for name, estimate in each.estimates.items()},
            intervals={name: estimate.interval for name, estimate in each.estimates.items()},
            samples=each.samples,
            cost=_cost(each),
            reported={said.metric: said.value for said in reversed(each.entry.reported)},
            group=alike[place],
            front=front[place],
            warnings=each.warnings,
            curve=learning_curve(each.features, work.sample.labels[: each.samples], work.seed)
            if curves and place < _CURVES
            else None,
        )


def _cost(contender: Contender) -> dict[str, float | None]:
    entry, taken = contender.entry, contender.measurement
    measured = entry.measured
    assert contender.features is not None
    return {
        "latency_ms": round(taken.latency_ms, 3) if taken else None,
        "throughput": round(taken.throughput, 1) if taken else None,
        "peak_bytes": taken.peak_bytes if taken else None,
        "parameters": contender.parameters,
        "flops": measured.flops if measured else None,
        "bytes": entry.bytes,
        "feature_size": contender.features.shape[1],
    }
