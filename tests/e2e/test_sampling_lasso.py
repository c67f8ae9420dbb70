"""A lasso drawn with the mouse lists the images inside it, by id, as the store has them."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import safetensors.numpy
from playwright.sync_api import Locator, Page, expect

from engine import api
from tests.e2e.conftest import Gallery
from tests.e2e.sight import until

Pixels = npt.NDArray[np.float64]
LONG = 60_000  # milliseconds: the lab may have to start first
MARGIN = 3.0  # pixels between any image and the lasso: plotly rounds corners
GEOMETRY = """chart => {
  const div = chart.querySelector('.plot'), full = div._fullLayout, box = div.getBoundingClientRect()
  const axis = (a, offset) => ({ range: a.range, length: a._length, start: offset + a._offset })
  return { x: axis(full.xaxis, box.left), y: axis(full.yaxis, box.top) }
}"""


def on_screen(points: Pixels, plot: Locator) -> Pixels:
    """Where the points [n, 2] are drawn, in pixels of the window."""
    axes = plot.evaluate(GEOMETRY)
    shares = [
        (points[:, i] - axes[a]["range"][0]) / (axes[a]["range"][1] - axes[a]["range"][0]) for i, a in enumerate("xy")
    ]
    x = axes["x"]["start"] + shares[0] * axes["x"]["length"]
    y = axes["y"]["start"] + (1 - shares[1]) * axes["y"]["length"]
    return np.stack([x, y], 1)


def clear_circle(dots: Pixels) -> tuple[Pixels, set[int]]:
    """Corners [48, 2] of a lasso around the middle that no dot is near to, and the dots inside."""
    middle = np.median(dots, 0)
    away = np.hypot(*(dots - middle).T)
    middles = (np.sort(away)[1:] + np.sort(away)[:-1]) / 2
    gaps = np.diff(np.sort(away))
    radius = max((r for r, gap in zip(middles, gaps, strict=True) if gap > 2 * MARGIN and (away < r).sum() > 5), key=lambda r: -abs(r - np.median(away)))  # fmt: skip
    turns = np.linspace(0, 2 * math.pi, 48)
    return middle + radius * np.stack([np.cos(turns), np.sin(turns)], 1), set(np.flatnonzero(away < radius).tolist())


def draw(page: Page, corners: Pixels) -> None:
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*corner)
    page.mouse.up()


def shown(page: Page) -> list[int]:
    ids: list[str] = page.locator("figure[data-id]").evaluate_all("all => all.map(one => one.dataset.id)")
    return [int(i) for i in ids]


def look_of(page: Page) -> tuple[str, ...]:
    """What the controls say: class, embedding, left and right batch."""
    lists = [page.get_by_role("combobox", name=re.compile(name)) for name in ("Class", "Left batch", "Right batch")]
    switch = page.locator(".st-key-method [data-selected]")
    kind, left, right = (one.input_value() for one in lists)
    return kind, switch.inner_text(), left, right


def test_a_lasso_lists_exactly_its_images(gallery: Gallery, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = gallery.runs["dream+ 0"]
    page.goto(f"{gallery.url}/sampling?id={run_id}&class=3&left=Boundary&right=Centre&clusters=6")
    plot = page.locator(".live-chart.ready[aria-label^='Embedding']")
    expect(plot).to_be_visible(timeout=LONG)
    assert look_of(page) == ("3", "PCA", "Boundary", "Centre")
    monkeypatch.setenv("DISTILLERY_HOME", gallery.home)
    wanted = {"label": 3, "left": "boundary", "right": "center", "clusters": 6, "method": "pca", "dims": 2}
    (task,) = [t for t in api.tasks_of(run_id) if wanted.items() <= t.params.items()]
    file = safetensors.numpy.load_file(Path(task.folder) / "study.safetensors")
    plot.scroll_into_view_if_needed()
    corners, inside = clear_circle(on_screen(file["points"].astype(float), plot))
    some = on_screen(file["points"].astype(float), plot)[min(inside)]
    page.mouse.move(*some)
    thumb = plot.locator(".thumb")
    expect(thumb).to_be_visible()
    assert thumb.evaluate("e => getComputedStyle(e).backgroundImage").startswith('url("data:image/png')
    draw(page, corners)
    until(lambda: shown(page) != [], 15, "the images of the lasso")
    assert shown(page) == sorted(inside) and 5 < len(inside) < len(file["points"])
    expect(page.get_by_text(f"Inside your lasso: {len(inside)} images")).to_be_visible()

    page.get_by_text("Cluster", exact=True).click()
    until(
        lambda: "cluster" in json.dumps(plot.evaluate("c => c.querySelector('.plot').data[0].text ?? []")),
        15,
        "the clusters",
    )
    assert shown(page) == sorted(inside) and "colour=Cluster" in page.url
    assert plot.evaluate("c => c.querySelector('.plot').layout.selections.length") == 1
    kept = plot.evaluate("c => c.querySelector('.plot').data[0].selectedpoints")
    assert sorted(kept) == sorted(inside)

    page.get_by_role("button", name="Clear").click()
    expect(page.locator("figure[data-id]")).to_have_count(0)
    expect(plot).to_be_visible()
    assert plot.evaluate("c => c.querySelector('.plot').layout.selections?.length ?? 0") == 0

    page.goto(f"{gallery.url}/sampling?id={run_id}&class=5&method=t-SNE&left=Centre&right=Boundary")
    expect(plot).to_be_visible(timeout=LONG)
    assert look_of(page) == ("5", "t-SNE", "Centre", "Boundary")
