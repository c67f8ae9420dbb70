"""Lloyd's k-means for many classes side by side, and the images it picks (METHODS A5).

From random images ten iterations lead as far as the library until it stops. It can also start from the last picks as the present network
sees them, in fewer iterations; but then it picks nearly the same images again (docs/PERFORMANCE.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Generator, Tensor

from engine.crew import Crew

FRESH, WARM = 10, 3  # Lloyd iterations from random images, and from the last picks; measured, see docs/PERFORMANCE.md

# How many values the features and distances of classes taken together may have, padding included. Joining halves the time of small
# classes (144 x 128) on a CPU; a class that fills the caches by itself goes alone, where copying it would cost more. A GPU wants few,
# large products: 2^28 float32 are 1 GiB.
CPU_VALUES, GPU_VALUES = 2**20, 2**28
FULLEST = 0.75  # classes go together only when the smaller has at least this share of the larger's images: the rest is padding


def representatives(
    features: Sequence[Tensor],
    clusters: int,
    per_cluster: int,
    generator: Generator,
    last: Sequence[Tensor] | None = None,
    iterations: int | None = None,
) -> list[Tensor]:
    """Per class, positions of `clusters * per_cluster` distinct images: int64, cluster by cluster, nearest to its centre first.

    features: per class [n, d], each n >= clusters * per_cluster, one dtype and device. last: what this function gave for the same
    classes before, under whichever network; each centre starts at the mean of its picks. None: distinct random images, the only
    draws made here. iterations: Lloyd iterations, by default WARM or, without `last`, FRESH.
    """
    if last is None:
        starts: Sequence[Tensor] = [torch.randperm(len(f), generator=generator)[:clusters] for f in features]
    else:
        starts = last
    rounds = iterations if iterations is not None else FRESH if last is None else WARM

    def work(labels: list[int]) -> Tensor:
        x, inside = stacked([features[label] for label in labels])
        first = torch.stack([starts[label] for label in labels]).to(x.device)
        centres = lloyd(x, inside, _rows(x, first).unflatten(1, (clusters, -1)).mean(2), rounds)
        return nearest_members(x, inside, centres, per_cluster)

    groups = list(joined([len(f) for f in features], features[0].shape[1] + clusters, _limit(features[0])))
    found = zip(groups, Crew(features[0].device).each(work, groups), strict=True)
    picks = {label: one for labels, chosen in found for label, one in zip(labels, chosen, strict=True)}
    return [picks[label] for label in range(len(features))]


def _limit(features: Tensor) -> int:
    return GPU_VALUES if features.is_cuda else CPU_VALUES


def joined(sizes: Sequence[int], per_image: int, limit: int) -> Iterator[list[int]]:
    """Groups of positions in `sizes` (images of each class) to be worked on together, of like size, largest first.

    `per_image` values are held for each image, padding included; a group has at most `limit`, or one class.
    """
    group: list[int] = []
    for label in sorted(range(len(sizes)), key=lambda k: -sizes[k]):
        if group:
            largest = sizes[group[0]]
            if sizes[label] < FULLEST * largest or (len(group) + 1) * largest * per_image > limit:
                yield group
                group = []
        group.append(label)
    yield group


def stacked(features: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Classes [n_k, d] -> x [K, n, d], zero beyond a class's own images, and bool [K, n] that is true inside. One class is not
    copied."""
    if len(features) == 1:
        x = features[0].unsqueeze(0)
        return x, torch.ones(x.shape[:2], dtype=torch.bool, device=x.device)
    x = torch.nn.utils.rnn.pad_sequence(list(features), batch_first=True)
    sizes = torch.tensor([len(f) for f in features], device=x.device)
    return x, torch.arange(x.shape[1], device=x.device) < sizes.unsqueeze(1)


def lloyd(x: Tensor, inside: Tensor, centres: Tensor, iterations: int) -> Tensor:
    """Centres [K, C, d] after so many iterations of Euclidean k-means from `centres`; x and inside as `stacked` gives them.

    Each iteration assigns every image to its nearest centre and moves the centre to the mean of its images. A centre without
    images moves to the image farthest from its own centre (several: the farthest, the next, ...). Nothing here waits for the
    device or depends on values, so it may be captured in a CUDA graph.
    """
    squares = _squares(x)
    for _ in range(iterations):
        nearest, owner = _to_centres(x, centres).min(2)
        sums, counts = _sums(x, owner.masked_fill(~inside, centres.shape[1]), centres.shape[1])
        away = (nearest + squares).masked_fill(~inside, -torch.inf)
        empty = counts == 0
        farthest = away.topk(centres.shape[1], dim=1).indices
        spare = _rows(x, farthest.gather(1, (empty.cumsum(1) - 1).clamp_min(0)))
        centres = torch.where(empty.unsqueeze(2), spare, sums / counts.clamp_min(1).unsqueeze(2))
    return centres


def nearest_members(x: Tensor, inside: Tensor, centres: Tensor, per_cluster: int) -> Tensor:
    """Positions int64 [K, C * per_cluster] in each class, distinct, cluster by cluster, nearest to the centre first.

    Each cluster gives its own members; one with too few is filled, after all have given theirs, with the nearest images that
    nobody has taken. Each class needs at least C * per_cluster images.
    """
    clusters = centres.shape[1]
    distance = _to_centres(x, centres) + _squares(x).unsqueeze(2)
    owner = distance.argmin(2).masked_fill(~inside, clusters)
    foreign = owner.unsqueeze(1) != torch.arange(clusters, device=x.device).unsqueeze(1)  # [K, C, n]
    best = distance.transpose(1, 2).masked_fill(foreign, torch.inf).topk(per_cluster, largest=False)
    picks, own = best.indices, best.values.isfinite()
    for k in (~own).any(2).any(1).nonzero().flatten().tolist():  # rare, and the gaps are filled one after the other
        picks[k] = _filled(distance[k][inside[k]].cpu(), picks[k].cpu(), own[k].cpu()).to(x.device)
    return picks.flatten(1)


def owners(features: Tensor, centres: Tensor) -> Tensor:
    """The cluster of each image, as `nearest_members` sees it: features [n, d], centres [C, d] -> int64 [n]."""
    distance = _to_centres(features.unsqueeze(0), centres.unsqueeze(0)) + _squares(features.unsqueeze(0)).unsqueeze(2)
    return distance[0].argmin(1)


def _filled(distance: Tensor, picks: Tensor, own: Tensor) -> Tensor:
    """Picks [C, per] whose entries outside `own` (bool, last in each row) are replaced, row by row, by the free images nearest to
    the row's centre; distance [n, C]."""
    free = torch.ones(len(distance), dtype=torch.bool)
    free[picks[own]] = False
    for c in (~own).any(1).nonzero().flatten().tolist():
        gap = int((~own[c]).sum())
        left = free.nonzero().flatten()
        extra = left[distance[left, c].topk(gap, largest=False).indices]
        picks[c, -gap:] = extra
        free[extra] = False
    return picks


def _squares(x: Tensor) -> Tensor:
    """|x|^2, [K, n]. By the norm, because x.square() would write all of x anew, at the price of half an iteration."""
    squares: Tensor = torch.linalg.vector_norm(x, dim=2).square()
    return squares


def _to_centres(x: Tensor, centres: Tensor) -> Tensor:
    """Squared distances [K, n, C], less |x|^2, which is the same for all centres: |c|^2 - 2 x.c."""
    return torch.baddbmm(_squares(centres).unsqueeze(1), x, centres.transpose(1, 2), alpha=-2)


def _rows(x: Tensor, positions: Tensor) -> Tensor:
    """Images [K, m, d] at int64 [K, m] of each class."""
    return x.gather(1, positions.unsqueeze(2).expand(-1, -1, x.shape[2]))


def _sums(x: Tensor, owner: Tensor, clusters: int) -> tuple[Tensor, Tensor]:
    """Per cluster, the sum [K, C, d] and number [K, C] of its images; owner int64 [K, n], `clusters` for nobody's."""
    return (_sums_by_product if x.is_cuda else _sums_by_adding)(x, owner, clusters)


def _sums_by_product(x: Tensor, owner: Tensor, clusters: int) -> tuple[Tensor, Tensor]:
    """For a GPU, where adding by index happens in no fixed order."""
    member = (owner.unsqueeze(1) == torch.arange(clusters, device=x.device).unsqueeze(1)).to(x.dtype)
    return member @ x, member.sum(2)


def _sums_by_adding(x: Tensor, owner: Tensor, clusters: int) -> tuple[Tensor, Tensor]:
    """For a CPU: 15 times faster there than the product, and in the order of the images."""
    sums = x.new_zeros(len(x), clusters + 1, x.shape[2])  # the last row takes what is nobody's
    first = torch.arange(len(x), device=x.device).unsqueeze(1) * (clusters + 1)
    sums.flatten(0, 1).index_add_(0, (owner + first).flatten(), x.flatten(0, 1))
    counts = x.new_zeros(len(x), clusters + 1).scatter_add_(1, owner, torch.ones_like(owner, dtype=x.dtype))
    return sums[:, :clusters], counts[:, :clusters]
