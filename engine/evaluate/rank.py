"""DD-Ranking v0.2 of a run, as a task: the accuracies that engine/ranking.py asks for (METHODS F1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, cast

import torch

from engine.baselines import full_data, random_images
from engine.config import DEFAULTS, RunConfig
from engine.data.dataset import Dataset
from engine.evaluate.ranking import RATES, augmentation_robust_score, label_robust_score
from engine.evaluate.score import Exam, TrainingSet, evaluate, evaluation_architectures, training_pair
from engine.evaluate.task import images_at, prepared, step_to_evaluate
from engine.events import Evaluated, Progress, Report, Score
from engine.hosts import families
from engine.nets import Architecture
from engine.protocols import Protocol
from engine.streams import derive_seed, generator

RANKING = Protocol(1000, "", 0.0, "DD-Ranking v0.2", batch=256, lr_factor=0.1, lr_drops=(1 / 2,), tests=(1,))
"""A student of DD-Ranking, with the learning rate still to be chosen."""
HELD_OUT = 0.1  # share of every class's training images that learning rates are chosen on
FINE = 100  # steps of the progress bar per network


def rank_run(
    run_dir: Path, config: RunConfig, params: Mapping[str, Any], cache: Path, report: Report
) -> dict[str, Any]:
    """The label-robust and the augmentation-robust score of a run's newest images, and all they are computed from.

    Networks of the run's first evaluation architecture are trained on the synthetic images and on as many random real ones, with
    DSA's augmentation and without. For each of the four the learning rate is the one of `RATES` whose network does best on a
    tenth of the training data that is held out, and of which no random image is drawn; the released code chooses it, and the
    best epoch, on the test set. (The synthetic images have seen all training data, but none of the test data.) The methods here
    have hard labels only, so that the accuracy with the method's own labels is the one with hard labels. Accuracies of the
    label-robust score are those with augmentation; the full data's is the run's own, or measured where the run has none.

    params: epochs, repeats. Returns {"step", "lrs", "ars", "inputs" (fractions), "scores", "full", "protocol"}.
    Raises NotFound without images.
    """
    step = step_to_evaluate(run_dir)
    data = prepared(config, cache, report)
    pair = training_pair(config, data, images_at(run_dir, step, data))
    course = Course(config, data, held_out(data, config.seed), int(params["repeats"]))
    sets: dict[str, TrainingSet] = {
        "synthetic": lambda _repeat: pair,
        "random": lambda repeat: random_images(config, course.choosing, repeat),
    }
    scores: dict[str, Score] = {}
    for augmented in (True, False):
        how = replace(RANKING, epochs=int(params["epochs"]), augment=families(config.dataset) if augmented else "")
        for name, training_set in sets.items():
            key = f"{name}_{'aug' if augmented else 'noaug'}"
            title = f"{'the synthetic' if name == 'synthetic' else 'random real'} images with{'' if augmented else 'out'} augmentation"
            scores[key] = _heard(course.score(title, training_set, how), report, len(scores), 2 * len(sets))
    full = _heard(_full(config, data, cache), report, 0, 1)
    return _result(step, scores, full, replace(RANKING, epochs=int(params["epochs"])))


class Course(NamedTuple):
    """What the four measurements share. `choosing`: the data with its held-out tenth in the place of the test set."""

    config: RunConfig
    data: Dataset
    choosing: Dataset
    repeats: int

    @property
    def arch(self) -> Architecture:
        return evaluation_architectures(self.config, self.data)[0]

    def score(self, title: str, training_set: TrainingSet, how: Protocol) -> Iterator[Progress | Score]:
        """Progress in units of `FINE` per network and, last, the score with the learning rate that was chosen."""
        total, validated = FINE * (len(RATES) + self.repeats), dict.fromkeys(RATES, 0.0)
        seed = derive_seed(self.config.seed, "ranking, learning rate")
        for number, rate in enumerate(RATES):
            exam = Exam(f"{title}, learning rate {rate:g}", training_set, [self.arch], replace(how, lr=rate), 1, seed)
            for item in evaluate(exam, self.choosing):
                if isinstance(item, Progress):
                    yield Progress(item.phase, FINE * number + FINE * item.done // item.total, total)
                else:
                    validated[rate] = item[0].mean
        best = replace(how, lr=max(RATES, key=validated.__getitem__))
        exam = Exam(title, training_set, [self.arch], best, self.repeats, self.config.seed)
        for item in evaluate(exam, self.data):
            if isinstance(item, Progress):
                done = FINE * len(RATES) + FINE * self.repeats * item.done // item.total
                yield Progress(item.phase, done, total)
            else:
                yield item[0]


def held_out(data: Dataset, seed: int) -> Dataset:
    """`data` with `HELD_OUT` of each class's training images, at least one, taken out and put in the place of the test set. A
    class of one image keeps it, and is tested on it."""
    kept, taken = [], []
    for label, members in enumerate(data.members):
        order = members[torch.randperm(len(members), generator=generator(seed, "held out", label)).to(members.device)]
        count = max(1, int(HELD_OUT * len(members)))
        taken.append(order[:count])
        kept.append(order[count:] if len(members) > 1 else order)
    rest, test = torch.cat(kept).sort().values, torch.cat(taken).sort().values
    return replace(
        data,
        train_images=data.train_images[rest],
        train_labels=data.train_labels[rest],
        test_images=data.train_images[test],
        test_labels=data.train_labels[test],
    )


def _full(config: RunConfig, data: Dataset, cache: Path) -> Iterator[Progress | Score]:
    """The run's own full-data score where it was measured, which the cache tells; else measured now, and kept there."""
    measured = replace(config, full_epochs=config.full_epochs or DEFAULTS["full_epochs"])
    for item in full_data(measured, data, cache):
        yield item.scores[0] if isinstance(item, Evaluated) else item


def _heard(measuring: Iterator[Progress | Score], report: Report, number: int, count: int) -> Score:
    """Follows one of `count` measurements to its score, telling how far all of them are."""
    with closing(cast("Any", measuring)):
        for item in measuring:
            if isinstance(item, Score):
                return item
            report(Progress(item.phase, number * item.total + item.done, count * item.total))
    raise RuntimeError("a measurement ends with its score")


def _result(step: int, scores: Mapping[str, Score], full: Score, how: Protocol) -> dict[str, Any]:
    found = {name: score.mean / 100 for name, score in scores.items()}
    label = {
        "acc_real_hard": full.mean / 100,
        "acc_syn_hard": found["synthetic_aug"],
        "acc_syn": found["synthetic_aug"],
        "acc_random": found["random_aug"],
    }
    augmentation = {
        "syn_aug": found["synthetic_aug"],
        "rand_aug": found["random_aug"],
        "syn_noaug": found["synthetic_noaug"],
        "rand_noaug": found["random_noaug"],
    }
    return {
        "step": step,
        "lrs": label_robust_score(**label),
        "ars": augmentation_robust_score(**augmentation),
        "inputs": label | augmentation,
        "scores": {name: score.to_dict() for name, score in scores.items()},
        "full": full.to_dict(),
        "protocol": how.to_dict() | {"rates": list(RATES), "held_out": HELD_OUT},
    }
