"""What only a GPU can show: recordings equal what they record, and the loop runs there as on the CPU."""

from __future__ import annotations

import pytest
import torch

from engine.clock import Clock
from engine.distill import distill
from engine.distill.loop import Loop
from engine.evaluate import Classroom, trainings
from engine.events import Metrics, Snapshot
from engine.fast import Layers
from engine.fast.match import matched_gradient
from engine.fast.recorded import Recorded
from engine.nets import Architecture, build_network
from engine.objectives import DISTANCES, OBJECTIVES
from engine.objectives.matching import Matching, differentiated
from engine.precision import use
from engine.protocols import Protocol
from engine.sampling import representative
from engine.sampling.kmeans import representatives
from engine.streams import generator
from tests.small import small_config, small_data

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU on this machine"),
]
GPU = torch.device("cuda")
ARCH = Architecture("convnet", 3, 32, 10, 3, 32)
BOTH = Matching(OBJECTIVES["both"], DISTANCES["mse"], 0.7)


@pytest.fixture(autouse=True)
def exact() -> None:
    """Whatever a run in this process has set before."""
    use("float32")


def test_the_image_gradient_equals_the_differentiated_one() -> None:
    network = build_network(ARCH, 0).double().to(GPU)
    layers, labels = Layers.of(network, 32), torch.tensor([1, 4], device=GPU)
    real, syn = (torch.randn(2 * n, 3, 32, 32, device=GPU, dtype=torch.float64) for n in (6, 4))
    gradient, terms = matched_gradient(layers, BOTH, real, syn, labels)
    for i, label in enumerate(labels.tolist()):
        one, expected = differentiated(network, real[6 * i :][:6], syn[4 * i :][:4], label, BOTH)
        torch.testing.assert_close(gradient[4 * i :][:4], one, rtol=1e-8, atol=1e-11)
        torch.testing.assert_close(terms[i], expected, rtol=1e-8, atol=1e-11)


def test_a_recording_replays_what_it_recorded_with_new_inputs_and_new_weights() -> None:
    network = build_network(ARCH, 0).to(GPU)
    layers, labels = Layers.of(network, 32), torch.tensor([1, 4], device=GPU)
    recorded = Recorded(lambda *given: matched_gradient(layers, BOTH, *given))
    for turn in range(4):
        real, syn = (torch.randn(2 * n, 3, 32, 32, device=GPU) for n in (6, 4))
        with torch.no_grad():
            for p in network.parameters():
                p.add_(0.01 * turn * torch.randn_like(p))
        expected = matched_gradient(layers, BOTH, real, syn, labels)
        for ours, theirs in zip(recorded(real, syn, labels), expected, strict=True):
            torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-6)
    assert recorded.works and recorded._recordings


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"recipe": "idc", "batch_real": 5, "augment": "color_crop_scale_rotate"},
        {"recipe": "dc", "factor": 1, "net_epochs": 2, "image_lr": 0.1, "metric": "cosine"},
        {
            "recipe": "dsa-dream+",
            "factor": 1,
            "net_epochs": 1,
            "image_lr": 0.1,
            "metric": "cosine",
            "augment": "one_color_crop_cutout",
        },
        {"recipe": "dm", "factor": 1, "augment": "one_color_crop_scale_rotate"},
    ],
    ids=lambda c: c.get("recipe", "dream+"),
)
def test_a_run_on_a_gpu_goes_as_on_the_cpu(changes: dict[str, object]) -> None:
    """Same draws; float32 differs by rounding, which grows: compared after few loops. Random batches, because in clusters of two
    images both are as near to the centre, and rounding picks one."""
    config = small_config(
        outer=1, inner=4, eval_repeats=1, precision="float32", sampler="random", init="random", **changes
    )
    last = {}
    for device in ("cpu", "cuda"):
        events = list(distill(config, small_data(), torch.device(device)))
        last[device] = [e.images.cpu() for e in events if isinstance(e, Snapshot)][-1]
        steps = [e.step for e in events if isinstance(e, Metrics) and "loss.feature" in e.values]
        assert steps == [1, 2, 3, 4], "every loss is told, in order"
    torch.testing.assert_close(last["cuda"], last["cpu"], rtol=0, atol=0.02)


@pytest.mark.parametrize("at_once", [1, 2])
def test_the_images_do_not_depend_on_how_many_classes_are_worked_on_at_once(at_once: int) -> None:
    """As in a worker, where PyTorch has one thread: batches of classes take turns at one recording."""
    threads, last = torch.get_num_threads(), []
    torch.set_num_threads(1)
    try:
        for classes in (at_once, 3):
            config = small_config(outer=1, inner=6, precision="float32", sampler="random", init="random")
            loop = Loop(config, small_data().to(GPU))
            list(loop.start())
            loop.sweep.at_once = classes
            for _ in range(6):
                loop.refresh()
                loop.advance()
            last.append(loop.images.cpu())
    finally:
        torch.set_num_threads(threads)
    torch.testing.assert_close(*last, rtol=0, atol=1e-3)


def test_a_recording_that_fails_leaves_the_queue_as_it_was() -> None:
    recorded = Recorded(lambda x: [x * float(x.sum())])  # looks at a value, which no recording can
    x = torch.ones(3, device=GPU)
    for _ in range(3):
        torch.testing.assert_close(recorded(x)[0], 3 * x)
    assert not recorded.works and torch.cuda.current_stream() == torch.cuda.default_stream()


def test_representatives_of_well_separated_clusters_are_those_of_the_cpu() -> None:
    draws = torch.Generator().manual_seed(5)
    centres = 100 * torch.randn(6, 1, 20, generator=draws)
    features = (centres + torch.randn(6, 9, 20, generator=draws)).flatten(0, 1)
    together = [representatives([f], 6, 1, generator(0))[0] for f in (features, features.to(GPU))]
    library = [representative(f, 6, 1, generator(0)) for f in (features, features.to(GPU))]
    for cpu, gpu in (together, library):
        assert gpu.sort().values.tolist() == cpu.sort().values.tolist()


def test_networks_are_trained_as_one_and_become_what_they_would_alone() -> None:
    data, how = small_data().to(GPU), Protocol(3, "color_crop", 0.5, batch=10)
    arch = Architecture("convnet", 1, 8, 3, 2, 8)

    def trained(together: bool) -> list[torch.Tensor]:
        rooms = [
            Classroom(build_network(arch, s).to(GPU), data.train_images, data.train_labels, generator(s), [])
            for s in (0, 1)
        ]
        for group in [rooms] if together else [[room] for room in rooms]:
            jobs = trainings(group, data, how)
            assert len(jobs) == 1
            for job in jobs:
                list(job)
        return [p.detach() for room in rooms for p in room.network.parameters()]

    for a, b in zip(trained(True), trained(False), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-2, atol=1e-4)


def test_the_clock_reads_what_the_device_took() -> None:
    clock, x = Clock(GPU), torch.randn(2000, 2000, device=GPU)
    with clock.time("match"):
        for _ in range(20):
            x = x @ x / 2000
    lap = clock.lap(1)
    assert 0 < lap["share.match"] <= 100 and lap["memory"] > 16
