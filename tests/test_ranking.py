"""DD-Ranking: the formulas at the figures of METHODS F1, and how the accuracies in them are measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from engine.errors import BadRequest
from engine.evaluate import rank
from engine.evaluate.rank import RANKING, Course, held_out, rank_run
from engine.evaluate.ranking import RATES, augmentation_robust_score, label_robust_score
from engine.evaluate.score import Exam
from engine.events import Progress, Score
from tests.small import small_config, small_data


def test_published_accuracies_give_the_known_scores() -> None:
    assert label_robust_score(0.848, 0.31, 0.31, 0.31) == pytest.approx(0.168, abs=1e-3), "random images themselves"
    assert label_robust_score(0.848, 0.699, 0.699, 0.31) == pytest.approx(0.323, abs=1e-3), "DREAM+ on CIFAR-10"


def test_scores_run_from_nought_to_one() -> None:
    assert (label_robust_score(1, 0, 0, 1), label_robust_score(0, 1, 1, 0)) == pytest.approx((0, 1))
    assert (augmentation_robust_score(0, 1, 0, 1), augmentation_robust_score(1, 0, 1, 0)) == pytest.approx((0, 1))
    for a, b, c, d in np.random.default_rng().random((50, 4)):
        assert 0 <= label_robust_score(a, b, c, d) <= 1 and 0 <= augmentation_robust_score(a, b, c, d) <= 1
        assert label_robust_score(a, b, c, d) < label_robust_score(a, b, c + (1 - c) / 2, d)
        assert augmentation_robust_score(a, b, c, d) == pytest.approx(augmentation_robust_score(c, d, a, b))
    assert augmentation_robust_score(0.3, 0.3, 0.7, 0.7) == pytest.approx((1 - np.exp(-1)) / (np.e - np.exp(-1)))


@pytest.mark.parametrize("wrong", [69.9, -0.1, float("nan")])
def test_percentages_are_refused(wrong: float) -> None:
    with pytest.raises(BadRequest, match="fractions"):
        label_robust_score(0.8, wrong, 0.5, 0.3)
    with pytest.raises(BadRequest, match="fractions"):
        augmentation_robust_score(0.8, 0.5, wrong, 0.3)


def test_a_tenth_of_every_class_is_held_out_and_nothing_is_lost() -> None:
    data = small_data(per_class=20)
    apart = held_out(data, 3)
    assert apart.test_labels.bincount().tolist() == [2, 2, 2] and apart.train_labels.bincount().tolist() == [18] * 3
    both = torch.cat([apart.train_images, apart.test_images]).flatten(1).tolist()
    assert sorted(both) == sorted(data.train_images.flatten(1).tolist())
    assert torch.equal(held_out(data, 3).test_images, apart.test_images)
    assert not torch.equal(held_out(data, 4).test_images, apart.test_images)


def test_the_rate_that_does_best_on_held_out_images_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """And only once is there a look at the test set."""
    data = small_data()
    apart, seen = held_out(data, 0), []

    def stand_in(exam: Exam, on: object):  # type: ignore[no-untyped-def]
        seen.append((exam.how.lr, exam.repeats, on))
        yield Progress(exam.title, 1, 2)
        yield (Score("convnet", (90.0 if exam.how.lr == 0.05 else 80.0,), exam.how.to_dict()),)

    monkeypatch.setattr(rank, "evaluate", stand_in)
    course = Course(small_config(), data, apart, 4)
    *progress, score = course.score("these", lambda _: (data.train_images, data.train_labels), RANKING)
    assert seen == [(rate, 1, apart) for rate in RATES] + [(0.05, 4, data)]
    assert isinstance(score, Score) and score.protocol["lr"] == 0.05
    done = [item.done for item in progress if isinstance(item, Progress)]
    assert done == sorted(done) and all(0 < n <= item.total for n, item in zip(done, progress, strict=True))  # type: ignore[union-attr]


def test_a_run_is_ranked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, data = small_config(), small_data()
    monkeypatch.setattr("engine.evaluate.task.run_data", lambda *_: data)
    (tmp_path / "snapshots").mkdir()
    save_file({"images": torch.rand(3, 1, 8, 8)}, tmp_path / "snapshots" / "0000008.safetensors")
    said: list[Progress] = []
    threads = torch.get_num_threads()
    try:
        found = rank_run(tmp_path, config, {"epochs": 2, "repeats": 2}, tmp_path, said.append)
    finally:
        torch.set_num_threads(threads)
    means = {name: score["mean"] / 100 for name, score in found["scores"].items()}
    given, full = found["inputs"], found["full"]["mean"] / 100
    assert found["lrs"] == label_robust_score(full, means["synthetic_aug"], means["synthetic_aug"], means["random_aug"])
    assert found["ars"] == augmentation_robust_score(
        *(given[n] for n in ("syn_aug", "rand_aug", "syn_noaug", "rand_noaug"))
    )
    assert found["step"] == 8 and {len(score["accuracies"]) for score in found["scores"].values()} == {2}
    for name, score in found["scores"].items():
        assert score["protocol"]["lr"] in RATES and bool(score["protocol"]["augment"]) is not name.endswith("noaug")
    assert all(0 <= p.done <= p.total for p in said) and any("learning rate 0.1" in p.phase for p in said)
