"""Representative real images of one class: k-means on features from scratch, the images nearest to each centre (DREAM, METHODS A5).

For starting images and the Sampling page. The picks during a run are `engine.sampling.kmeans.representatives`, all classes together.
"""

from __future__ import annotations

import torch
from fast_pytorch_kmeans import KMeans
from torch import Generator, Tensor

from engine.sampling.kmeans import nearest_members, stacked

MAX_ITERATIONS, TOLERANCE, RESEED_ROUNDS = 100, 1e-4, 3


def representative(features: Tensor, clusters: int, per_cluster: int, generator: Generator) -> Tensor:
    """Positions of `clusters * per_cluster` distinct images of one class: int64, cluster by cluster, nearest first.

    features [n, d], n >= clusters * per_cluster. Each cluster gives its own members first; a cluster with too few is filled
    with the nearest images nobody has taken, so that the picks are always distinct.
    """
    return picked(features, k_means(features, clusters, generator), per_cluster)


def picked(features: Tensor, centres: Tensor, per_cluster: int) -> Tensor:
    """What `representative` picks around these centres [clusters, d]."""
    x, inside = stacked([features])
    return nearest_members(x, inside, centres.unsqueeze(0), per_cluster)[0]


def official(features: Tensor, clusters: int, per_cluster: int, generator: Generator) -> Tensor:
    """The same as the released code of DREAM has it (METHODS A5): starts drawn with replacement, a cluster that runs empty stays
    at the zero vector, and each centre takes the images nearest to it, so that an image may be picked more than once."""
    start = torch.randint(len(features), (clusters,), generator=generator)
    model = _library(clusters)
    model.fit_predict(features, centroids=features[start.to(features.device)])
    nearest: Tensor = torch.cdist(model.centroids, features).topk(per_cluster, largest=False).indices
    return nearest.flatten()


def k_means(features: Tensor, clusters: int, generator: Generator) -> Tensor:
    """Centres [clusters, d] of Euclidean k-means (fast-pytorch-kmeans, at most 100 iterations, tolerance 1e-4).

    It starts from distinct images, and a cluster that runs empty starts again at the image farthest from its centre: the
    library by itself draws starts with replacement and leaves an empty cluster at the zero vector (METHODS A5).
    """
    start = torch.randperm(len(features), generator=generator)[:clusters]
    centres = features[start.to(features.device)]
    for _ in range(RESEED_ROUNDS):
        model = _library(clusters)
        owner = model.fit_predict(features, centroids=centres)
        centres = model.centroids
        empty = torch.bincount(owner, minlength=clusters) == 0
        if not empty.any():
            break
        away = (features - centres[owner]).square().sum(1)
        centres[empty] = features[away.topk(int(empty.sum())).indices]
    return centres


def _library(clusters: int) -> KMeans:
    """On a GPU it tries, in each iteration, how many gigabytes it could get for what takes megabytes here: it need not."""
    model = KMeans(clusters, max_iter=MAX_ITERATIONS, tol=TOLERANCE, mode="euclidean")
    model.max_sim = lambda a, b: model.sim_func(a, b).max(-1)
    return model
