"""The loop: what it yields, that it is deterministic and can be resumed bit for bit, and the traps of METHODS A6.3."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
import torch
from torch import Tensor

from engine.config import RunConfig
from engine.data.dataset import Dataset
from engine.distill import distill
from engine.distill.loop import Loop
from engine.distill.ready import Ready
from engine.events import Checkpoint, Done, Evaluated, Event, Metrics, Picked, Progress, Snapshot, State
from engine.metrics.catalog import METRICS
from engine.nets import Architecture, Network, build_network
from tests.small import small_config, small_data

CPU = torch.device("cpu")
OF_THE_MACHINE = ("speed", "utilisation", "memory", "share.")  # values that no seed decides


def reference() -> Network:
    return build_network(Architecture("convnet", 1, 8, 3, 2, 8), 99)


def run(config: RunConfig, data: Dataset, resume: State | None = None) -> list[Any]:
    events = distill(config, data, CPU, resume, Ready(reference()))
    return [frozen(event) for event in events if not isinstance(event, Progress)]  # progress follows the clock


def frozen(event: Event) -> Any:
    """The event as a value that the loop can no longer change."""
    match event:
        case Metrics(step, values):
            return step, {k: v for k, v in values.items() if not k.startswith(OF_THE_MACHINE)}
        case Snapshot(step, images):
            return step, images.clone()
        case Picked(step, label, indices):
            return step, label, indices.clone()
        case Checkpoint(step, state):
            return step, state()
        case Evaluated(step, what, scores):
            return step, what, scores
        case _:
            return event


def same(a: Any, b: Any) -> bool:
    if isinstance(a, Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return bool(a == b)


@pytest.mark.parametrize(
    "changes",
    [
        {"recipe": "dream+"},
        {"recipe": "idc", "batch_real": 5, "init": "random"},
        {"objective": "feature", "metric": "l1", "init": "noise", "factor": 3},
        {"batch_syn_max": 3, "pretrain_epochs": 0, "ipc": 2, "factor": 1},
        {"recipe": "dsa-dream+", "net_epochs": 1, "metric": "cosine", "augment": "one_crop_scale_color", "factor": 1},
        {"recipe": "dc", "net_epochs": 1, "sampler": "boundary", "embedding": "raw"},
        {"clustering": "official", "embedding": "raw", "recipe": "dream"},
    ],
    ids=lambda c: "-".join(map(str, c.values())),
)
def test_same_seed_same_bits_and_a_resumed_run_has_those_of_the_unbroken_one(changes: dict[str, Any]) -> None:
    config, data = small_config(**changes), small_data()
    whole = run(config, data)
    assert all(same(a, b) for a, b in zip(whole, run(config, data), strict=True))
    checkpoints = [(i, e[0], e[1]) for i, e in enumerate(whole) if isinstance(e, tuple) and is_state(e[1])]
    assert [step for _, step, _ in checkpoints] == list(range(1, 9))
    for at, _, state in checkpoints:
        tail = run(config, data, {name: value.clone() for name, value in state.items()})
        assert len(tail) == len(whole) - at - 1
        assert all(same(a, b) for a, b in zip(whole[at + 1 :], tail, strict=True))


def is_state(value: Any) -> bool:
    return isinstance(value, dict) and "velocity" in value


def test_another_seed_gives_another_run() -> None:
    a, b = (last_images(distill(small_config(seed=s), small_data(), CPU)) for s in (1, 2))
    assert not torch.equal(a, b)


def last_images(events: Iterable[Event]) -> Tensor:
    return [e.images.clone() for e in events if isinstance(e, Snapshot)][-1]


def test_a_stop_wish_may_take_the_state_while_a_fresh_network_warms_up_or_is_evaluated() -> None:
    """The last checkpoint's state must not change until the next inner loop begins."""
    config, data = small_config(pretrain_epochs=2), small_data()
    events = distill(config, data, CPU)
    for event in events:
        if isinstance(event, Checkpoint) and event.step == config.inner:
            early = event.state()
            after = next(e for e in events if isinstance(e, (Metrics, Picked)) and e.step > config.inner - 1)
            assert after is not None
            assert same(early, event.state())
            break


def test_every_curve_has_points_and_every_name_is_in_the_catalogue() -> None:
    config = small_config()
    events = list(distill(config, small_data(), CPU, None, Ready(reference())))
    names = {name for e in events if isinstance(e, Metrics) for name in e.values}
    assert names == set(METRICS) - {"accuracy.seen"}, "that one is of class-incremental runs"
    steps = [e.step for e in events if isinstance(e, Metrics) and "loss.gradient" in e.values]
    assert steps == list(range(1, config.total_steps + 1))
    assert [e.step for e in events if isinstance(e, Snapshot)] == [0, 3, 6, 8]
    assert [(e.step, e.what) for e in events if isinstance(e, Evaluated)] == [
        (0, "initial"),
        (4, "distilled"),
        (8, "distilled"),
    ]
    assert isinstance(events[-1], Done)


def test_picks_are_made_at_the_interval_of_each_outer_iteration_and_lie_in_their_class() -> None:
    config, data = small_config(inner=5, interval=2), small_data()
    picked = [e for e in distill(config, data, CPU) if isinstance(e, Picked)]
    assert sorted({e.step for e in picked}) == [0, 2, 4, 5, 7, 9], "anew at each outer iteration's start"
    for event in picked:
        assert (data.train_labels[event.indices] == event.label).all()
        assert len(event.indices.unique()) == config.clusters


def test_images_are_clamped_between_outer_iterations_only() -> None:
    """METHODS A6.3 c: with a huge step they leave [0, 1] inside an outer iteration, and what is shown is clamped."""
    config, data = small_config(image_lr=1e4, outer=2, inner=2, metrics_every=100), small_data()
    loop = Loop(config, data)
    list(loop.start())
    for _ in range(2):
        loop.refresh()
        loop.advance()
    assert loop.images.min() < 0 or loop.images.max() > 1
    list(loop.fresh_network())
    assert loop.images.min() >= 0 and loop.images.max() <= 1
    assert all(
        e.images.min() >= 0 and e.images.max() <= 1 for e in distill(config, data, CPU) if isinstance(e, Snapshot)
    )


@pytest.mark.parametrize("init", ["clustered", "random"])
def test_starting_images_are_shrunk_real_images_of_their_class(init: str) -> None:
    config, data = small_config(init=init, ipc=2), small_data()
    loop = Loop(config, data)
    list(loop.start())
    assert loop.images.shape == (6, 1, 8, 8)
    for label, members in enumerate(data.members):
        shrunk = data.train_images[members][:, :, ::2, ::2].float() / 255
        for image in loop.images[label * 2 : label * 2 + 2]:
            for y in (0, 4):
                for x in (0, 4):
                    tile = image[:, y : y + 4, x : x + 4]
                    assert (shrunk == tile).flatten(1).all(1).any(), "each tile is one real image of the class"


def test_noise_starts_inside_the_range() -> None:
    loop = Loop(small_config(init="noise"), small_data())
    list(loop.start())
    assert loop.images.min() >= 0 and loop.images.max() <= 1 and loop.images.std() > 0.1


@pytest.mark.parametrize("network", ["resnet10", "densenet121"])
def test_other_networks_can_be_distilled_through(network: str) -> None:
    config = small_config(
        network=network, side=16, outer=1, inner=2, reference_epochs=0, eval_epochs=1, eval_repeats=1, image_lr=1e-3
    )
    data = small_data(side=16)
    images = [e.images.clone() for e in distill(config, data, CPU) if isinstance(e, Snapshot)]
    assert images[-1].isfinite().all() and not torch.equal(images[0], images[-1])


def test_matching_lowers_the_loss_it_matches() -> None:
    config = small_config(
        outer=1, inner=30, objective="feature", net_samples_per_step=0, metrics_every=1000, augment="", image_lr=30.0
    )
    losses = [
        e.values["loss.feature"]
        for e in distill(config, small_data(), CPU)
        if isinstance(e, Metrics) and "loss.feature" in e.values
    ]
    assert sum(losses[-10:]) < 0.8 * sum(losses[:10])
