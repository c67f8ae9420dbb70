"""Features laid out in two or three dimensions, for people to look at."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

Points = NDArray[np.float32]
PCA_FIRST = 50  # dimensions that t-SNE and UMAP start from: many times faster, the same picture


def pca(features: Points, seed: int, dimensions: int = 2) -> Points:
    """Principal components, float32 [n, dimensions]; missing ones (fewer images or features) are zero."""
    from sklearn.decomposition import PCA

    if len(features) < 2:
        return np.zeros((len(features), dimensions), np.float32)
    have = min(dimensions, *features.shape)
    found = PCA(have, random_state=seed).fit_transform(features)
    return np.pad(found, ((0, 0), (0, dimensions - have))).astype(np.float32)


def tsne(features: Points, seed: int, dimensions: int = 2) -> Points:
    """t-SNE (van der Maaten & Hinton, 2008) of the first 50 principal components, float32 [n, dimensions]."""
    from sklearn.manifold import TSNE

    if len(features) < 4:
        return pca(features, seed, dimensions)
    perplexity = min(30.0, (len(features) - 1) / 3)
    start = pca(features, seed, min(PCA_FIRST, *features.shape))
    found = TSNE(dimensions, perplexity=perplexity, random_state=seed).fit_transform(start)
    return np.asarray(found, np.float32)


def umap(features: Points, seed: int, dimensions: int = 2) -> Points:
    """UMAP (McInnes et al., 2018) of the first 50 principal components, float32 [n, dimensions]."""
    if len(features) < dimensions + 3:
        return pca(features, seed, dimensions)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # umap-learn warns of its own use of other libraries
        from umap import UMAP

        neighbours = min(15, len(features) - 1)
        start = pca(features, seed, min(PCA_FIRST, *features.shape))
        layout = UMAP(neighbours, n_components=dimensions, random_state=seed, n_jobs=1, init="pca")
        threads = torch.get_num_threads()
        try:
            found = layout.fit_transform(start)
        finally:
            torch.set_num_threads(
                threads
            )  # numba shares OpenMP with PyTorch: its first parallel loop sets the number for both
    points = np.asarray(found, np.float32)
    assert all(math.isfinite(v) for v in points.sum(0)), "UMAP gave points that are not finite"
    return points


EMBEDDINGS: dict[str, Callable[[Points, int, int], Points]] = {"pca": pca, "tsne": tsne, "umap": umap}
