"""What the browser draws figures with comes from this machine, whole."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import plotly
import pytest

from app.components import lean, live_chart
from app.components.live_chart import copy_whole


def test_plotly_is_served_from_here_and_renewed_with_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_chart, "SERVED", tmp_path / "plotly.min.js")
    source = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    live_chart.plotly_url.clear()
    url = live_chart.plotly_url()
    assert url == f"/app/static/plotly.min.js?v={plotly.__version__}"
    assert live_chart.SERVED.read_bytes() == source.read_bytes()
    live_chart.SERVED.write_bytes(b"an older one")
    live_chart.plotly_url.clear()
    live_chart.plotly_url()
    assert live_chart.SERVED.read_bytes() == source.read_bytes()


def test_a_copy_is_never_seen_half_written(tmp_path: Path) -> None:
    source, target = tmp_path / "from", tmp_path / "deep" / "to"
    source.write_bytes(bytes(5_000_000))
    sizes: set[int] = set()
    with ThreadPoolExecutor(4) as pool:
        copies = [pool.submit(copy_whole, source, target) for _ in range(8)]
        while not all(copy.done() for copy in copies):
            if target.exists():
                sizes.add(target.stat().st_size)
    assert sizes <= {5_000_000} and target.read_bytes() == source.read_bytes()
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
    assert set(lean.pieces("steps", "const A = 1\n")) == {"code", "style"}
    assert (tmp_path / "steps.js").read_text().startswith("const A = 1\n")
    lean.pieces.clear()
