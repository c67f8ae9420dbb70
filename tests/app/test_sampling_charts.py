"""The figures of the Sampling page."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from app import palette
from app.charts.embedding import METHODS, Batch, embedding
from app.charts.gradient_histogram import gradient_histogram

COUNT = 60


def a_class(dims: int) -> tuple[Any, list[Batch]]:
    """Random points and two batches of them."""
    draw = np.random.default_rng()
    points = draw.normal(size=(COUNT, dims)).astype(np.float32)
    return points, [
        Batch(f"{name} batch", draw.permutation(COUNT)[:8], palette.SAMPLERS[name]) for name in ("boundary", "random")
    ]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dims", [2, 3])
def test_an_embedding_carries_positions_for_hover_and_lasso(dims: int, method: str) -> None:
    points, batches = a_class(dims)
    figure = embedding(points, batches, method)
    for trace, which in zip(figure.data, (np.arange(COUNT), *(b.positions for b in batches)), strict=True):
        assert np.array_equal(trace.customdata, which)
        axes = [trace.x, trace.y, trace.z] if dims == 3 else [trace.x, trace.y]
        assert np.array_equal(np.stack(axes, 1), points[which])
    titles = figure.layout.xaxis.title.text if dims == 2 else figure.layout.scene.xaxis.title.text
    assert titles.startswith(f"{METHODS[method]} 1")


@pytest.mark.parametrize("dims", [2, 3])
def test_clusters_have_marks_and_numbers(dims: int) -> None:
    points, batches = a_class(dims)
    cluster = np.random.default_rng().integers(0, 100, COUNT)
    every, *outlined = embedding(points, batches, "pca", cluster=cluster).data
    assert list(every.marker.color) == [palette.class_mark(c).ink.light for c in cluster.tolist()]
    assert list(every.text) == [f"cluster {c}" for c in cluster]
    assert [t.text[0] for t in outlined] == [f"cluster {cluster[b.positions[0]]}" for b in batches]
    if dims == 2:
        assert list(every.marker.symbol) == [palette.class_mark(c).symbol for c in cluster.tolist()]
        assert all("-open" in t.marker.symbol or t.marker.symbol == "x-thin" for t in outlined), "what is below shows"


@pytest.mark.parametrize("measured", [COUNT, 20, 0])
def test_norms_are_a_scale_and_what_was_not_measured_stays_plain(measured: int) -> None:
    points, _ = a_class(2)
    norms = np.full(COUNT, np.nan, np.float32)
    known = np.sort(np.random.default_rng().permutation(COUNT)[:measured])
    norms[known] = np.random.default_rng().random(measured)
    traces = {trace.name.split(" (")[0]: trace for trace in embedding(points, [], "pca", norms=norms).data}
    assert (
        set(traces) == {"All real images of the class"} | {"Not measured"} if 0 < measured < COUNT else len(traces) == 1
    )
    if measured:
        scale = traces["All real images of the class"]
        assert np.array_equal(scale.customdata, known) and np.allclose(scale.marker.color, norms[known])
        assert [colour for _, colour in scale.marker.colorscale] == list(palette.SCALE)
        assert scale.marker.colorbar.title.text == "Gradient norm per image"
    if measured < COUNT:
        assert np.array_equal(traces["Not measured"].customdata, np.setdiff1d(np.arange(COUNT), known))


def test_what_is_selected_stands_out_in_every_trace() -> None:
    points, batches = a_class(2)
    wanted = {3, 8, 21, int(batches[0].positions[2])}
    for trace in embedding(points, batches, "pca", selected=wanted).data:
        assert {int(trace.customdata[i]) for i in trace.selectedpoints} == wanted & set(trace.customdata.tolist())
    assert all(trace.selectedpoints is None for trace in embedding(points, batches, "pca").data)


def test_in_space_all_but_the_chosen_cluster_fades() -> None:
    points, batches = a_class(3)
    members = np.array([3, 8, 21])
    chosen = Batch("cluster 5", members, palette.class_mark(5), faint=True)
    *rest, last = embedding(points, [*batches, chosen], "pca", selected=members.tolist()).data
    assert {trace.opacity for trace in rest} == {0.25} and last.opacity is None
    assert {trace.opacity for trace in embedding(points, batches, "pca", selected=[1]).data} == {None}


def test_only_inks_of_the_palette_are_drawn() -> None:
    known = set(palette.swap())
    points, batches = a_class(2)
    for figure in (
        embedding(points, batches, "pca"),
        gradient_histogram(np.random.random(COUNT).astype(np.float32), batches),
    ):
        for trace in figure.data:
            inks = [c for part in (trace.marker, trace.line) if part and (c := part.to_plotly_json().get("color"))] if trace.type != "bar" else [trace.marker.color]  # fmt: skip
            assert inks and set(inks) <= known


def test_a_histogram_shows_shares_in_the_same_bars() -> None:
    norms = np.random.default_rng().gamma(2, size=400).astype(np.float32)
    norms[::7] = np.nan
    _, batches = a_class(2)
    figure = gradient_histogram(norms, batches)
    bars, *outlines = figure.data
    assert np.isclose(sum(bars.y), 100) and len(bars.y) == round(np.isfinite(norms).sum() ** 0.5)
    edges = np.append(bars.x - bars.width / 2, bars.x[-1] + bars.width[-1] / 2)
    for batch, outline in zip(batches, outlines, strict=True):
        own = norms[batch.positions]
        own = own[np.isfinite(own)]
        inside = [((own >= low - 1e-6) & (own < high - 1e-6)).sum() for low, high in pairwise(edges)]
        inside[-1] += (own >= edges[-1] - 1e-6).sum()
        assert np.allclose(outline.y, [0, *(100 * n / len(own) for n in inside), 0])
        assert np.allclose(outline.x, [edges[0], *edges]) and outline.line.dash == batch.mark.dash
    assert (
        figure.layout.xaxis.title.text == "Gradient norm per image"
        and figure.layout.yaxis.title.text == "Share of images [%]"
    )


def test_without_norms_the_histogram_is_empty() -> None:
    assert not gradient_histogram(np.full(9, np.nan, np.float32), []).data
