"""Representative real images: k-means on features, the images nearest to each centre (DREAM, METHODS A5)."""

from __future__ import annotations

import torch
from fast_pytorch_kmeans import KMeans
from torch import Generator, Tensor

MAX_ITERATIONS, TOLERANCE, RESEED_ROUNDS = 100, 1e-4, 3


def representative(features: Tensor, clusters: int, per_cluster: int, generator: Generator) -> Tensor:
    """Positions of `clusters * per_cluster` distinct images of one class: int64, cluster by cluster, nearest first.

    features [n, d], n >= clusters * per_cluster. Each cluster gives its own members first; a cluster with too few is filled
    with the nearest images nobody has taken, so that the picks are always distinct.
    """
    centres = k_means(features, clusters, generator)
    distance = torch.cdist(features, centres)  # [n, clusters]
    owner = distance.argmin(1)
    foreign = torch.arange(clusters, device=features.device) != owner.unsqueeze(1)
    preference = (distance + foreign * (distance.max() + 1)).T  # members before all others, each by distance
    picks = preference.topk(per_cluster, largest=False).indices
    if len(picks.unique()) == picks.numel():
        return picks.flatten()
    return _distinct(preference.cpu(), per_cluster).to(features.device)


def _distinct(preference: Tensor, per_cluster: int) -> Tensor:
    """Like `topk` per row of preference [clusters, n], but no column twice: members are handed out first, then the gaps
    are filled row by row."""
    clusters, n = preference.shape
    owner = preference.argmin(0)
    order = preference.argsort(1)
    taken: list[list[int]] = [[i for i in row.tolist() if owner[i] == c][:per_cluster] for c, row in enumerate(order)]
    free = torch.ones(n, dtype=torch.bool)
    free[[i for row in taken for i in row]] = False
    for c in range(clusters):
        gap = per_cluster - len(taken[c])
        extra = order[c][free[order[c]]][:gap] if gap else order[c][:0]
        free[extra] = False
        taken[c] += extra.tolist()
    return torch.tensor(taken).flatten()


def k_means(features: Tensor, clusters: int, generator: Generator) -> Tensor:
    """Centres [clusters, d] of Euclidean k-means (fast-pytorch-kmeans, at most 100 iterations, tolerance 1e-4).

    It starts from distinct images, and a cluster that runs empty starts again at the image farthest from its centre: the
    library by itself draws starts with replacement and leaves an empty cluster at the zero vector (METHODS A5).
    """
    start = torch.randperm(len(features), generator=generator)[:clusters]
    centres = features[start.to(features.device)]
    for _ in range(RESEED_ROUNDS):
        model = KMeans(clusters, max_iter=MAX_ITERATIONS, tol=TOLERANCE, mode="euclidean")
        owner = model.fit_predict(features, centroids=centres)
        centres = model.centroids
        empty = torch.bincount(owner, minlength=clusters) == 0
        if not empty.any():
            break
        away = (features - centres[owner]).square().sum(1)
        centres[empty] = features[away.topk(int(empty.sum())).indices]
    return centres
