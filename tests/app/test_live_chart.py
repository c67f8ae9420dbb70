"""What the browser draws figures with comes from this machine, whole."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import plotly.graph_objects as go
import pytest
from plotly.offline import get_plotlyjs_version

from app.charts import library
from app.charts.catalog import Chart
from app.charts.table import Points, Scene, Table
from app.components import figures, lean
from app.views.run.curve_panel import Drawings, Look
from engine.config import build


def test_plotly_is_served_from_here_and_renewed_with_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lean, "STATIC", tmp_path)
    for name, source in (("basic", library.BASIC), ("whole", library.WHOLE)):
        figures.plotly_urls.clear()
        url, copy = figures.plotly_urls()[name], tmp_path / source.name
        assert url.startswith(f"/app/static/{source.name}?v=") and copy.read_bytes() == source.read_bytes()
        copy.write_bytes(b"an older one")
        figures.plotly_urls.clear()
        assert figures.plotly_urls()[name] == url and copy.read_bytes() == source.read_bytes()


def test_both_builds_of_plotly_are_of_one_kind() -> None:
    """The small one is a file of ours: it has to go with the figures that the installed package describes."""
    found = re.search(rb"plotly.js \(basic - minified\) v(\d+)\.", library.BASIC.read_bytes()[:400])
    assert found and found[1].decode() == get_plotlyjs_version().partition(".")[0]


def test_a_copy_is_never_seen_half_written(tmp_path: Path) -> None:
    content, target = bytes(5_000_000), tmp_path / "deep" / "to"
    sizes: set[int] = set()
    with ThreadPoolExecutor(4) as pool:
        copies = [pool.submit(lean.write_whole, content, target) for _ in range(8)]
        while not all(copy.done() for copy in copies):
            if target.exists():
                sizes.add(target.stat().st_size)
    assert sizes <= {5_000_000} and target.read_bytes() == content
    assert [path.name for path in target.parent.iterdir()] == ["to"]


def test_script_and_style_are_served_once_and_renewed_with_their_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lean, "STATIC", tmp_path)
    first = lean.served("a.js", b"1")
    assert first.startswith("/app/static/a.js?v=") and (tmp_path / "a.js").read_bytes() == b"1"
    assert lean.served("a.js", b"1") == first
    assert lean.served("a.js", b"2") != first and (tmp_path / "a.js").read_bytes() == b"2"
    lean.pieces.clear()
    assert set(lean.pieces("steps", preface="const A = 1\n")) == {"code", "style"}
    assert (tmp_path / "steps.js").read_text().startswith("const A = 1\n")
    lean.pieces.clear()


def test_a_figure_is_drawn_once_for_everybody() -> None:
    """Again when there are new points, and for whoever looks at it otherwise."""
    drawn: list[tuple[int, bool]] = []

    def draw(table: Table, scene: Scene) -> go.Figure:
        drawn.append((len(table["speed"].steps), scene.log))
        return go.Figure()

    chart, kept, config = Chart("Speed", "Steady.", ("speed",), draw), Drawings(), build({"dataset": "digits"})
    for version, log in [(1, False), (1, False), (1, True), (2, False), (2, False), (2, True)]:
        table = {"speed": Points(list(range(version)), [1.0] * version)}
        kept.text("chart-a-speed", chart, table, Look(version, Scene(config, log=log)))
    assert drawn == [(1, False), (1, True), (2, False), (2, True)]
    for number in range(2 * Drawings.MOST):
        kept.text(f"chart-{number}-speed", chart, table, Look(1, Scene(config)))
    kept.text("chart-a-speed", chart, table, Look(2, Scene(config)))
    assert len(drawn) == 4 + 2 * Drawings.MOST + 1, "those looked at long ago are forgotten"
