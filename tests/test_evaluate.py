"""Protocol E-IDC, the training step, and the baselines."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from engine import evaluate
from engine.baselines import full_data, random_selection
from engine.evaluate import Protocol, evaluate_synthetic, train_from_scratch
from engine.events import Evaluated, Progress, Score
from engine.nets import Architecture, build_network
from engine.training import Regularisation, Student, accuracy, cutmix, embed, train_epoch
from tests.small import small_config, small_data

ARCH = Architecture("convnet", 1, 8, 3, 2, 8)


def draws(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_learning_rate_drops_where_the_protocol_says() -> None:
    how = Protocol(1000, "", 0.5)
    rates = [how.lr_at(e) for e in (0, 665, 666, 832, 833, 999)]
    assert rates == pytest.approx([0.01, 0.01, 0.002, 0.002, 0.0004, 0.0004])


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
        yield how.epochs

    monkeypatch.setattr(evaluate, "train_from_scratch", spy)
    events = list(evaluate_synthetic(config, data, torch.randn(6, 1, 8, 8) * 3, 0, "initial"))
    assert [s[0] for s in sizes] == [3 * 2 * 4] * 2, "K * ipc * factor^2 images, for each repeat"
    assert sizes[0][1:] == (0.0, 1.0, [0, 0, 1, 1, 2, 2] * 4)
    final = events[-1]
    assert isinstance(final, Evaluated) and final.scores[0].n == 2
    assert final.scores[0].protocol["name"] == "E-IDC" and final.scores[0].protocol["epochs"] == config.eval_epochs


def test_scores_are_mean_and_population_spread_and_survive_json() -> None:
    score = Score("convnet", (90.0, 92.0, 97.0), {"name": "E-IDC"})
    assert score.mean == pytest.approx(93) and score.std == pytest.approx((26 / 3) ** 0.5) and score.n == 3
    assert Score.from_dict(score.to_dict()) == score


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


def test_random_selection_is_drawn_anew_for_every_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, data, seen = small_config(ipc=3), small_data(), []

    def spy(network, images, labels, data, how, draws):  # type: ignore[no-untyped-def]
        seen.append(images)
        assert labels.bincount().tolist() == [3, 3, 3]
        assert len(images.flatten(1).unique(dim=0)) == 9
        yield how.epochs

    monkeypatch.setattr(evaluate, "train_from_scratch", spy)
    list(random_selection(config, data, tmp_path))
    assert len(seen) == 2 and not torch.equal(seen[0], seen[1])
