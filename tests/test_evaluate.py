"""The protocols, the training step, scores, and the baselines."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from engine.baselines import full_data, random_selection
from engine.cli import text
from engine.evaluate import (
    Classroom,
    Exam,
    evaluate,
    evaluate_synthetic,
    train,
    train_from_scratch,
    training_pair,
    trainings,
)
from engine.events import Evaluated, Progress, Score, pooled
from engine.nets import Architecture, build_network
from engine.protocols import PROTOCOLS, Protocol, protocol
from engine.training import Regularisation, Student, accuracy, cutmix, embed, train_epoch
from tests.small import small_config, small_data

ARCH = Architecture("convnet", 1, 8, 3, 2, 8)


def draws(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_e_idc_drops_the_rate_at_two_thirds_and_five_sixths() -> None:
    how = PROTOCOLS["E-IDC"]
    rates = [how.lr_at(e) for e in (0, 665, 666, 832, 833, 999)]
    assert rates == pytest.approx([0.01, 0.01, 0.002, 0.002, 0.0004, 0.0004])
    assert (how.passes, how.tested_after()) == (1000, (250, 500, 750, 1000))
    assert not any(how.starts_anew(e) for e in range(1000))


@pytest.mark.parametrize("epochs", [1, 2, 5, 300])
def test_e_dc_is_the_loop_of_the_released_code(epochs: int) -> None:
    """That loop, in which the rate falls after an epoch, written down beside ours, in which it falls before the next."""
    how, lr = replace(PROTOCOLS["E-DC"], epochs=epochs), 0.01
    rates, anew = [], []
    for ep in range(epochs + 1):
        rates.append(lr)
        if ep in [epochs // 2 + 1]:
            lr *= 0.1
            anew.append(ep + 1)
    assert [how.lr_at(e) for e in range(how.passes)] == pytest.approx(rates)
    assert [e for e in range(epochs + 2) if how.starts_anew(e)] == anew
    assert how.tested_after() == (epochs + 1,) and how.batch == 256


@pytest.mark.parametrize(("epochs", "tests"), [(1, (1,)), (2, (1, 2)), (3, (1, 2, 3)), (10, (2, 5, 7, 10))])
def test_tests_that_fall_together_are_made_once(epochs: int, tests: tuple[int, ...]) -> None:
    assert replace(PROTOCOLS["E-IDC"], epochs=epochs).tested_after() == tests


def test_the_settings_choose_the_protocol() -> None:
    config = small_config(protocol="E-DC", eval_augment="flip", eval_cutmix=0.25)
    assert protocol(config, 7) == replace(PROTOCOLS["E-DC"], epochs=7, augment="flip", cutmix=0.25)
    assert all(
        how.name == name and json.loads(json.dumps(how.to_dict())) == how.to_dict() for name, how in PROTOCOLS.items()
    )


def test_e_dc_trains_as_torchs_own_optimisers_would() -> None:
    """A second optimiser takes over where the released code makes one."""
    data, how = small_data(), replace(PROTOCOLS["E-DC"], epochs=5, batch=16)
    network, twin = build_network(ARCH, 0), build_network(ARCH, 0)
    start = [p.detach().clone() for p in twin.parameters()]
    list(train_from_scratch(network, data.train_images, data.train_labels, data, how, draws(3)))
    x, lr, g = data.normalise(data.train_images), 0.01, draws(3)
    theirs = torch.optim.SGD(twin.parameters(), lr=lr, momentum=0.9, weight_decay=5e-4)
    for ep in range(5 + 1):
        for batch in torch.randperm(len(x), generator=g).split(16):
            theirs.zero_grad()
            F.cross_entropy(twin(x[batch]), data.train_labels[batch]).backward()
            theirs.step()
        if ep == 5 // 2 + 1:
            lr *= 0.1
            theirs = torch.optim.SGD(twin.parameters(), lr=lr, momentum=0.9, weight_decay=5e-4)
    for a, b, begun in zip(network.parameters(), twin.parameters(), start, strict=True):
        torch.testing.assert_close(a - begun, b - begun, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("name", ["convnet", "resnet10"])
def test_a_test_during_training_changes_nothing(name: str) -> None:
    """Same bits of every weight and statistic, whether a network was tested in between or not."""
    data, arch = small_data(), ARCH._replace(name=name, norm="instance" if name == "convnet" else "batch")

    def trained(tests: tuple[float, ...]) -> tuple[dict[str, torch.Tensor], list[float]]:
        how = Protocol(4, "color_crop", 0.5, batch=20, tests=tests)
        room = Classroom(build_network(arch, 1), data.train_images, data.train_labels, draws(2), [])
        (job,) = trainings([room], data, how)
        assert list(job) == list(range(1, 9))
        return room.network.state_dict(), room.marks

    (often, four), (once, one) = trained((0.25, 0.5, 0.75, 1)), trained((1,))
    assert len(four) == 4 and four[-1:] == one
    assert all(torch.equal(often[key], once[key]) for key in once)


def test_the_last_test_is_the_score_and_the_best_stands_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    data, how, marks = small_data(), Protocol(4, "", 0.0), iter([10.0, 60.0, 30.0, 40.0, 50.0, 20.0, 70.0, 80.0])
    monkeypatch.setattr(train, "accuracy", lambda *_: next(marks))
    monkeypatch.setattr("engine.evaluate.score.networks_at_once", lambda _: 1)
    pair = data.train_images, data.train_labels
    *_, scores = evaluate(Exam("these", lambda _: pair, [ARCH], how, 2, 0), data)
    assert scores == (Score("convnet", (40.0, 80.0), how.to_dict(), (60.0, 80.0)),)


def test_known_networks_are_not_trained_again() -> None:
    data, how = small_data(), Protocol(2, "color", 0.5, batch=20)
    exam = Exam("these", lambda _: (data.train_images, data.train_labels), [ARCH], how, 3, 5)
    whole: dict[tuple[str, int], tuple[float, ...]] = {}
    *_, expected = evaluate(exam, data, whole)
    assert set(whole) == {("convnet", n) for n in range(3)}
    some = {("convnet", 1): whole["convnet", 1]}
    *progress, scores = evaluate(exam, data, some)
    assert scores == expected and some == whole
    assert isinstance(progress[-1], Progress) and (progress[-1].done, progress[-1].total) == (12, 12)
    *progress, scores = evaluate(exam, data, some)
    assert scores == expected and progress == []


def test_a_step_is_cross_entropy_and_torchs_own_sgd() -> None:
    """Compared by the update: weights that hardly move hide a wrong step."""
    network, twin = build_network(ARCH, 0), build_network(ARCH, 0)
    x, y = torch.randn(6, 1, 8, 8), torch.tensor([0, 1, 2, 0, 1, 2])
    ours = Student(network, 0.1, 8)
    theirs = torch.optim.SGD(twin.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
    start = [p.detach().clone() for p in twin.parameters()]
    for rate in (0.1, 0.1, 0.02):
        ours.optimiser.lr = theirs.param_groups[0]["lr"] = rate
        ours.step(x, y, Regularisation("", 0.0), draws())
        theirs.zero_grad()
        F.nll_loss(F.log_softmax(twin(x), 1), y).backward()
        theirs.step()
    for a, b, begun in zip(network.parameters(), twin.parameters(), start, strict=True):
        torch.testing.assert_close(a - begun, b - begun, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_cutmix_pastes_one_box_and_counts_it(seed: int) -> None:
    n, side = 7, 8
    x = torch.arange(1.0, n + 1).view(n, 1, 1, 1).expand(n, 1, side, side)
    mixed, other, kept = cutmix(x, draws(seed))
    assert sorted(other.tolist()) == list(range(n))
    for i in range(n):
        own, pasted = (mixed[i] == x[i]).sum().item(), (mixed[i] == x[other[i]]).sum().item()
        if other[i] != i:
            assert own == round(kept * side**2) and own + pasted == side**2
    assert 0 <= kept <= 1


def test_cutmix_loss_mixes_the_labels_as_the_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    network, x, y = build_network(ARCH, 0), torch.randn(4, 1, 8, 8), torch.tensor([0, 1, 2, 0])
    mixed, other, kept = cutmix(x, draws(5))
    monkeypatch.setattr("engine.training.cutmix", lambda _x, _g: (mixed, other, kept))
    loss = kept * F.cross_entropy(network(mixed), y) + (1 - kept) * F.cross_entropy(network(mixed), y[other])
    expected = torch.autograd.grad(loss, list(network.parameters()))
    seen: list[torch.Tensor] = []
    student = Student(network, 0.0, 8)
    monkeypatch.setattr(student.optimiser, "step", seen.extend)
    student.step(x, y, Regularisation("", 1.0), draws())
    for ours, theirs in zip(seen, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-6)


def test_an_epoch_sees_every_image_once(monkeypatch: pytest.MonkeyPatch) -> None:
    data, student = small_data(), Student(build_network(ARCH, 0), 0.01, 8)
    seen: list[torch.Tensor] = []
    monkeypatch.setattr(student, "step", lambda images, _labels, _how, _generator: seen.append(images))
    assert list(train_epoch(student, data, 10, Regularisation("", 0.0), draws())) == [1, 2, 3, 4]
    assert [len(s) for s in seen] == [10, 10, 10, 6]
    got = torch.cat(seen).flatten(1).tolist()
    assert sorted(got) == sorted(data.normalise(data.train_images).flatten(1).tolist())


def test_accuracy_counts_and_features_come_in_batches() -> None:
    data, network = small_data(), build_network(ARCH, 0)
    predicted = torch.stack([network(data.normalise(x[None]))[0].argmax() for x in data.test_images])
    expected = 100 * (predicted == data.test_labels).double().mean().item()
    assert accuracy(network, data.test_images, data.test_labels, data.normalise) == pytest.approx(expected)
    whole = embed(network, data.train_images, data.normalise)
    torch.testing.assert_close(
        whole, network.features(data.normalise(data.train_images)).detach(), rtol=1e-4, atol=1e-5
    )


def test_training_from_scratch_learns_separable_classes() -> None:
    data, network = small_data(), build_network(ARCH, 0)
    how = Protocol(20, "", 0.0)
    assert list(train_from_scratch(network, data.train_images, data.train_labels, data, how, draws())) == list(
        range(1, 21)
    )
    assert accuracy(network, data.test_images, data.test_labels, data.normalise) == 100


def test_the_synthetic_set_is_evaluated_decoded_and_clamped(monkeypatch: pytest.MonkeyPatch) -> None:
    config, data = small_config(ipc=2), small_data()
    sizes: list[tuple[int, float, float, list[int]]] = []

    def spy(network, images, labels, data, how, draws):  # type: ignore[no-untyped-def]
        sizes.append((len(images), float(images.min()), float(images.max()), labels.tolist()))
        yield from range(1, how.epochs + 1)

    monkeypatch.setattr(train, "train_from_scratch", spy)
    events = list(evaluate_synthetic(config, data, torch.randn(6, 1, 8, 8) * 3, 0, "initial"))
    assert [s[0] for s in sizes] == [3 * 2 * 4] * 2, "K * ipc * factor^2 images, for each repeat"
    assert sizes[0][1:] == (0.0, 1.0, [0, 0, 1, 1, 2, 2] * 4)
    final = events[-1]
    assert isinstance(final, Evaluated) and final.scores[0].n == 2
    assert final.scores[0].protocol["name"] == "E-IDC" and final.scores[0].protocol["epochs"] == config.eval_epochs


def test_normalised_images_have_no_bounds() -> None:
    """Hosts that learn normalised pixels are evaluated on what they learnt."""
    data, images = small_data(), torch.randn(6, 1, 8, 8) * 3
    free, _ = training_pair(small_config(ipc=2, factor=1, host="dc"), data, images)
    bounded, labels = training_pair(small_config(ipc=2, factor=1), data, images)
    assert torch.equal(free, images) and torch.equal(bounded, images.clamp(0, 1))
    assert labels.tolist() == [0, 0, 1, 1, 2, 2]


def test_scores_are_mean_and_population_spread_and_survive_json() -> None:
    score = Score("convnet", (90.0, 92.0, 97.0), {"name": "E-IDC"})
    assert score.mean == pytest.approx(93) and score.std == pytest.approx((26 / 3) ** 0.5) and score.n == 3
    assert Score.from_dict(score.to_dict()) == score and math.isnan(score.best_mean) and math.isnan(score.best_std)
    both = replace(score, best=(94.0, 95.0, 99.0))
    assert (both.best_mean, both.best_std) == pytest.approx((96, (14 / 3) ** 0.5))
    assert Score.from_dict(json.loads(json.dumps(both.to_dict()))) == both
    old = {"network": "convnet", "accuracies": [90.0, 92.0, 97.0], "protocol": {"name": "E-IDC"}, "mean": 93.0}
    assert Score.from_dict(old) == score, "as scores were stored before there was a best"


def test_pooling_is_numpys_over_networks_and_over_sets() -> None:
    sets = [np.random.default_rng(n).uniform(50, 60, size) for n, size in enumerate((5, 3, 4))]
    found = pooled([Score("convnet", tuple(map(float, one)), {}) for one in sets])
    every = np.concatenate(sets)
    assert found == pytest.approx((every.mean(), every.std(), np.std([one.mean() for one in sets]), 3, 12))


@pytest.mark.parametrize("baseline", [random_selection, full_data])
def test_baselines_are_measured_once_and_then_read(baseline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    config, data = small_config(), small_data()
    first = [e for e in baseline(config, data, tmp_path) if isinstance(e, Evaluated)]
    monkeypatch.setattr("engine.baselines.evaluate", lambda *_: pytest.fail("measured again"))
    assert list(baseline(config, data, tmp_path)) == first
    (file,) = (tmp_path / "baselines").iterdir()
    file.write_text("{damaged")
    monkeypatch.undo()
    again = [e for e in baseline(config, data, tmp_path) if not isinstance(e, Progress)]
    assert again == first, "a damaged file is measured anew, with the same result"


def test_baselines_of_another_protocol_are_others(tmp_path: Path) -> None:
    data = small_data()
    for name in PROTOCOLS:
        *_, last = random_selection(small_config(protocol=name), data, tmp_path)
        assert isinstance(last, Evaluated) and last.scores[0].protocol["name"] == name
    assert len(list((tmp_path / "baselines").iterdir())) == len(PROTOCOLS)


def test_random_selection_is_drawn_anew_for_every_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, data, seen = small_config(ipc=3), small_data(), []

    def spy(network, images, labels, data, how, draws):  # type: ignore[no-untyped-def]
        seen.append(images)
        assert labels.bincount().tolist() == [3, 3, 3]
        assert len(images.flatten(1).unique(dim=0)) == 9
        yield from range(1, how.epochs + 1)

    monkeypatch.setattr(train, "train_from_scratch", spy)
    list(random_selection(config, data, tmp_path))
    assert len(seen) == 2 and not torch.equal(seen[0], seen[1])


@pytest.mark.parametrize(
    ("tests", "best", "told"), [((0.5, 1), (90.0,), True), ((1,), (90.0,), False), ((0.5, 1), (), False)]
)
def test_the_best_is_told_of_several_tests(tests: tuple[float, ...], best: tuple[float, ...], told: bool) -> None:
    """Of one test it is the score again."""
    one = Score("convnet", (80.0,), {"name": "E-DC", "tests": tests}, best)
    said = text.evaluation({"step": 7, "scores": [one.to_dict()]})
    assert one.has_best is told and ("best of tests 90.00 %" in said) is told
    assert "E-DC" in said and "80.00" in said
