"""What the product is compared with: a plain loop over classes in eager float32 PyTorch, written the way the code of IDC and DREAM+
works (METHODS A4 to A6). `python -m benchmarks.baseline`, started by `python -m engine bench` only.

Which habit comes from where (METHODS):
- one class at a time, one optimiser for the tensor of all images, stepped per class: A4, Loop;
- real and synthetic images augmented together with one draw: A4, Loop, [X~;Z~];
- gradients of all of the network's parameters, of which the convolutions' are then compared: A4, Loop, L_c;
- `loss.item()` per class and `loss.backward()`, which also reaches the network's parameters: A4, Loop;
- features from the forward pass that the gradients need anyway: A6, no. 1;
- every `interval` inner loops, class by class: features of all its images as they are (not normalised), k-means of
  fast-pytorch-kmeans from scratch with its own start, the nearest image of each centre, used until the next time: A5, no. 3;
- after each sweep the network is trained on batches of a shuffled loader over float images on the device, each image with its
  own augmentation, CutMix for half of the batches; loss and top-1 and top-5 accuracy are fetched after every batch: A4, net update.

Where the papers' code does needless work that is no matter of style, this does not, so that the comparison is with the better
loop: the real features carry no graph (A6, no. 1), and real images are taken by one index operation, not stacked one by one.
Threads and kernels are PyTorch's own choice; on a GPU cuDNN may try its kernels out and use TF32, as it does by default.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from fast_pytorch_kmeans import KMeans
from safetensors.torch import load_file
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from engine.augment import apply, draw
from engine.bench.child import memory, serve
from engine.bench.noise import random_data
from engine.config import RunConfig, build
from engine.data.dataset import Dataset
from engine.decode import decode
from engine.devices import finish, resolve
from engine.nets import Architecture, Network, build_network
from engine.streams import Permutations, Streams

EMBED_BATCH = 512  # a whole class at once would need gigabytes


def distance(a: Tensor, b: Tensor, metric: str) -> Tensor:
    return (a - b).square().sum() if metric == "mse" else (a - b).abs().sum()


def match_loss(network: Network, real: Tensor, syn: Tensor, label: int, config: RunConfig) -> Tensor:
    """The loss of one class, a scalar; real [B, C, H, H], syn [M, C, H, H], normalised and augmented."""
    if config.objective == "feature":
        with torch.no_grad():
            target = network.features(real).mean(0)
        return distance(network.features(syn).mean(0), target, config.metric)
    parameters = list(network.parameters())
    real_features, real_loss = _response(network, real, label)
    real_gradients = [g.detach() for g in torch.autograd.grad(real_loss, parameters)]
    syn_features, syn_loss = _response(network, syn, label)
    syn_gradients = torch.autograd.grad(syn_loss, parameters, create_graph=True)
    loss = syn_loss.new_zeros(())
    for ours, theirs in zip(syn_gradients, real_gradients, strict=True):
        if ours.dim() > 2:  # convolutions only
            loss = loss + distance(ours, theirs, config.metric)
    if config.objective == "both":
        term = distance(syn_features.mean(0), real_features.detach().mean(0), config.metric)
        loss = loss + config.feature_weight * term
    return loss


def _response(network: Network, x: Tensor, label: int) -> tuple[Tensor, Tensor]:
    features = network.features(x)
    labels = torch.full((len(x),), label, device=x.device)
    return features, F.cross_entropy(network.classifier(features), labels)


class Meter:
    """The mean of what was seen, as the papers' code keeps it for its log."""

    def __init__(self) -> None:
        self.sum, self.count = 0.0, 0

    def update(self, value: float, count: int) -> None:
        self.sum += value * count
        self.count += count


class Plain:
    """A distillation's state between two inner loops, and the inner loop."""

    def __init__(self, config: RunConfig, data: Dataset) -> None:
        self.config, self.data, self.step = config, data, 0
        streams = Streams(config.seed)
        self.augment_draws, self.subset_draws = streams["augment"], streams["subset"]
        self.network_draws = streams["network training"]
        self.pixels = data.train_images.float() / 255
        shape = (data.num_classes * config.ipc, *self.pixels.shape[1:])
        self.images = torch.rand(shape, generator=streams["init"]).to(data.device).requires_grad_()
        self.optimiser = torch.optim.SGD([self.images], config.effective_image_lr, momentum=config.image_momentum)
        self.picks: list[Tensor] = []
        self.batches = [
            Permutations(len(members), config.batch_real, streams[f"real {label}"])
            for label, members in enumerate(data.members)
        ]
        loader = DataLoader(TensorDataset(self.pixels, data.train_labels), config.batch_real, shuffle=True)
        self.real_stream = self._endless(loader)
        self.fresh_network()

    @staticmethod
    def _endless(loader: DataLoader[tuple[Tensor, ...]]) -> Iterator[list[Tensor]]:
        while True:
            yield from loader

    def fresh_network(self) -> None:
        config, data = self.config, self.data
        shape = Architecture(
            config.network, data.channels, data.side, data.num_classes, config.depth, config.width, config.norm
        )
        self.network = build_network(shape, config.seed + self.step).to(data.device)
        self.network_optimiser = torch.optim.SGD(
            self.network.parameters(), config.net_lr, momentum=0.9, weight_decay=5e-4
        )
        self.images.data.clamp_(0, 1)

    def pick(self) -> None:
        """New real batches for all classes."""
        self.picks = [self._representatives(members) for members in self.data.members]

    @torch.no_grad()
    def _representatives(self, members: Tensor) -> Tensor:
        config, pixels = self.config, self.pixels[members]
        features = torch.cat([self.network.features(x) for x in pixels.split(EMBED_BATCH)])
        model = KMeans(config.clusters, mode="euclidean")
        model.fit_predict(features)
        nearest = torch.cdist(model.centroids, features).topk(config.per_cluster, largest=False).indices
        return members[nearest.flatten()]

    def sweep(self) -> float:
        """An image step of every class in turn; the sum of the losses."""
        return sum(self.image_step(label) for label in range(self.data.num_classes))

    def image_step(self, label: int) -> float:
        config = self.config
        real = self._real_batch(label)
        syn = decode(self.images[label * config.ipc : (label + 1) * config.ipc], config.factor)
        shared = draw(config.augment, 1, self.data.side, self.augment_draws)
        if len(syn) > config.batch_syn_max:
            chosen = torch.randperm(len(syn), generator=self.subset_draws)[: config.batch_syn_max]
            syn = syn[chosen.to(syn.device)]
        both = apply(self.data.normalise(torch.cat([real, syn])), shared)
        loss = match_loss(self.network, both[: len(real)], both[len(real) :], label, config)
        value = loss.item()
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        return value

    def _real_batch(self, label: int) -> Tensor:
        """[B, C, H, H] in [0, 1]."""
        if self.picks:
            return self.pixels[self.picks[label]]
        members = self.data.members[label]
        return self.pixels[members[self.batches[label].next().to(members.device)]]

    def train_network(self) -> None:
        losses, top1, top5 = Meter(), Meter(), Meter()
        seen = 0
        while seen < self.config.net_samples_per_step:
            images, labels = next(self.real_stream)
            loss, logits = self._network_loss(images, labels)
            best = logits.topk(min(5, logits.shape[1])).indices == labels.unsqueeze(1)
            losses.update(loss.item(), len(labels))
            top1.update(100 * best[:, 0].float().mean().item(), len(labels))
            top5.update(100 * best.any(1).float().mean().item(), len(labels))
            self.network_optimiser.zero_grad()
            loss.backward()
            self.network_optimiser.step()
            seen += len(labels)

    def _network_loss(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Mean cross-entropy of a batch, augmented and for some batches with CutMix, and the logits."""
        draws, side = self.network_draws, images.shape[-1]
        drawn = draw(self.config.net_augment, len(images), side, draws)
        with torch.no_grad():
            x = apply(self.data.normalise(images), drawn)
        if float(torch.rand((), generator=draws)) >= self.config.net_cutmix:
            logits = self.network(x)
            return F.cross_entropy(logits, labels), logits
        area, row, column = torch.rand(3, generator=draws).tolist()
        half, cy, cx = int(side * area**0.5) // 2, int(row * side), int(column * side)
        top, bottom = max(cy - half, 0), min(cy + half, side)
        left, right = max(cx - half, 0), min(cx + half, side)
        other = torch.randperm(len(x), generator=draws).to(x.device)
        x[:, :, top:bottom, left:right] = x[other, :, top:bottom, left:right]
        kept = 1 - (bottom - top) * (right - left) / side**2
        logits = self.network(x)
        loss = F.cross_entropy(logits, labels) * kept + F.cross_entropy(logits, labels[other]) * (1 - kept)
        return loss, logits

    def inner_loop(self) -> dict[str, float]:
        """Seconds of "match", "network" and both ("whole"), and of "cluster" on top where it was due."""
        config, spent = self.config, {}
        if self.step and self.step % config.inner == 0:
            self.fresh_network()
        if config.sampler == "representative" and self.step % config.inner % config.interval == 0:
            spent["cluster"] = self._timed(self.pick)
        spent["match"] = self._timed(self.sweep)
        spent["network"] = self._timed(self.train_network)
        self.step += 1
        return spent | {"whole": spent["match"] + spent["network"]}

    def _timed(self, part: Any) -> float:
        finish(self.data.device)
        start = time.perf_counter()
        part()
        finish(self.data.device)
        return time.perf_counter() - start

    def load(self, state: dict[str, Tensor]) -> None:
        """Takes up a state that `engine.distill.loop.Loop` wrote, so that the same sweep can be made from it."""
        streams = Streams(self.config.seed)
        streams.load(_below("stream", state))
        self.augment_draws, self.subset_draws = streams["augment"], streams["subset"]
        for label, batches in enumerate(self.batches):
            batches.generator = streams[f"real {label}"]
            batches.load(_below(f"real_batches.{label}", state))
        picks = _below("picks", state)
        self.picks = [picks[str(label)].to(self.images.device) for label in range(len(picks))]
        self.network.load_state_dict(_below("network", state))
        self.images.data.copy_(state["images"])
        velocity = state["velocity"].to(self.images.device, copy=True)
        self.optimiser.state[self.images]["momentum_buffer"] = velocity


def check(plain: Plain, folder: Path) -> float:
    """How far the product's image step is from this one's from the same state with the same draws: |difference of the changes| /
    |change|. In full float32 here."""
    before, after = load_file(folder / "before.safetensors"), load_file(folder / "after.safetensors")
    rounded = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = False
    plain.load(before)
    plain.sweep()
    torch.backends.cudnn.allow_tf32 = rounded
    ours, theirs = (x.detach().cpu() - before["images"] for x in (plain.images, after["images"]))
    return float((theirs - ours).norm() / ours.norm())


def _below(prefix: str, state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name[len(prefix) + 1 :]: value for name, value in state.items() if name.startswith(prefix + ".")}


def main() -> None:
    torch.backends.cudnn.benchmark = True
    made: list[Plain] = []

    def start(question: dict[str, Any]) -> None:
        config = build(question["config"])
        made.append(Plain(config, random_data(config).to(resolve(config.device))))

    def fresh(_: dict[str, Any]) -> None:
        made[0].step += -made[0].step % made[0].config.inner

    serve(
        {
            "start": start,
            "block": lambda question: [made[0].inner_loop() for _ in range(question["loops"])],
            "fresh": fresh,
            "check": lambda question: check(made[0], Path(question["folder"])),
            "memory": lambda _: memory(made[0].data.device),
        }
    )


if __name__ == "__main__":
    main()
