"""The story of a run and its files: what they say is what the store holds, and the page needs nothing but itself."""

from __future__ import annotations

import base64
import csv
import gzip
import html
import io
import json
import random
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import safetensors.numpy
from PIL import Image

from app.charts.table import Points
from app.parts.curves import Curves
from app.report import __main__ as command
from app.report import build, media, slides
from app.report.builds import FAILED, FINISHED, Builds, Look
from app.report.facts import Facts, Growth, gather, spread, tiling
from app.report.slide import Chart, Pictures, Player, Rows, Slide
from app.report.story import CURVES, tell
from app.views.compare import accuracies
from engine import api
from engine.api import Task
from engine.errors import NotFound
from engine.store import artifacts, database
from engine.store.tables import MetricRow
from engine.store.workspace import Workspace
from tests.e2e.sight import until
from tests.pages.screen import add_run, score

HOSTILE = "</script><img src=https://evil.example/x onerror=alert(1)> \"'&"
RESULTS = {"distilled": [score(95.0, 96.0, 97.0)], "initial": [score(90.0, 91.0)], "random": [score(60.0, 62.0)], "full": [score(99.0)]}  # fmt: skip


def a_task(folder: Path, side: int = 8, channels: int = 1, classes: int = 10, batch: int = 16) -> Task:
    """What the engine answers, of random images."""
    folder.mkdir(exist_ok=True)
    draw = np.random.default_rng(5)
    shapes = {"real": (classes, 10), "representative": (batch,), "random": (batch,)}
    tensors = {n: draw.integers(0, 256, (*s, channels, side, side), np.uint8) for n, s in shapes.items()}
    safetensors.numpy.save_file(tensors, folder / "story.safetensors")
    result = {"train": 1437, "classes": 10, "labels": list(range(classes)), "names": [f"<b>{i}</b>" for i in range(classes)],
              "class": "<b>3</b>", "count": 140, "batch": batch, "mmd": {"representative": 0.0123, "random": 0.0345},
              "nearer": 7, "compared": 10, "features": "the run's network", "step": 40}  # fmt: skip
    return Task("00000001", "story", "", {}, "finished", 1, 1, "", "", "", result, folder)


def a_run(here: Workspace, tmp_path: Path, **columns: Any) -> Facts:
    run_id = add_run(here, "finished", 40, name=HOSTILE, **({"results": RESULTS} | columns))
    return gather(run_id, a_task(tmp_path / "task"))


def test_report_comparison_and_page_read_the_same_points(here: Workspace) -> None:
    """Work time among them; a step that a resumed run wrote again has its later value in all three."""
    run_id = add_run(here, "finished", 40)
    with database.write(here) as session:
        session.add(MetricRow(run_id=run_id, step=20, name="accuracy", value=77.0, seconds=99.0))
    table = gather(run_id, None).table
    assert table == Curves(run_id).read()[0]
    assert table["accuracy"] == accuracies._curve(run_id, (40, "finished"))
    at = list(table["accuracy"].steps).index(20)
    assert (table["accuracy"].values[at], table["accuracy"].seconds[at]) == (77.0, 99.0)


def made(facts: Facts) -> dict[str, Slide]:
    return {slide.name: slide for slide in tell(facts).slides}


def words(slide: Slide) -> str:
    return " ".join((slide.title, *slide.text))


class Parsed(HTMLParser):
    """What a browser would find in the file."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: dict[str, str] = {}
        self.seen = ""
        self._script: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "script":
            self._script = dict(attrs).get("id") or f"script {len(self.scripts)}"
            self.scripts[self._script] = ""

    def handle_endtag(self, tag: str) -> None:
        self._script = None if tag == "script" else self._script

    def handle_data(self, data: str) -> None:
        if self._script:
            self.scripts[self._script] += data
        else:
            self.seen += data


def test_the_story_says_what_the_store_holds(here: Workspace, tmp_path: Path) -> None:
    facts = a_run(here, tmp_path)
    story = made(facts)
    assert list(story) == ["problem", "real", "growth", "batches", "curves", "accuracy", "made"]
    assert "1,437 images, distilled into 10" in words(story["problem"])
    assert "144 times fewer" in words(story["problem"])
    assert "96.0 ± 0.8 % (n 3)" in words(story["accuracy"])
    assert "61.0 %" in words(story["accuracy"]) and "99.0 %" in words(story["accuracy"])
    assert f"{100 * (96 - 61) / (99 - 61):.0f} % of the way" in words(story["accuracy"])
    assert "0.0123" in words(story["batches"]) and "0.0345" in words(story["batches"])
    assert "7 of 10 classes" in words(story["batches"])
    (rows,) = story["made"].material
    assert isinstance(rows, Rows) and ("Run", facts.run.id) in rows.rows


def test_every_frame_is_a_snapshot(here: Workspace, tmp_path: Path) -> None:
    facts = a_run(here, tmp_path)
    player = made(facts)["growth"].material[0]
    assert isinstance(player, Player) and player.growth.steps == tuple(api.snapshots(facts.run.id)) == (
        0,
        10,
        20,
        30,
        40,
    )
    for step, frame in zip(player.growth.steps, player.growth.frames, strict=True):
        assert np.array_equal(frame, np.rint(api.snapshot(facts.run.id, step) * 255).astype(np.uint8))
    assert player.values == (1.0, 11.0, 21.0, 31.0, 41.0), "the loss recorded at that step"


def test_what_was_not_measured_is_said_or_left_out(here: Workspace) -> None:
    some = gather(add_run(here, "running", 20, results={"distilled": [score(95.0)]}), None, "no time.")
    story = made(some)
    assert list(story) == ["problem", "growth", "curves", "accuracy", "made"]
    assert "Not measured: random images and the whole training set." in words(story["accuracy"])
    assert tell(some).left_out == ("The real images and the comparison of batches are left out: no time.",)
    nothing = made(gather(add_run(here, "queued"), None))
    assert list(nothing) == ["problem", "made"] and not nothing["problem"].material


def test_a_random_batch_that_is_nearer_is_not_hidden(here: Workspace, tmp_path: Path) -> None:
    facts = a_run(here, tmp_path)
    assert facts.real is not None
    real = facts.real._replace(mmd_representative=0.5, mmd_random=0.25, nearer=1)
    told = words(made(Facts(**(vars(facts) | {"real": real})))["batches"])
    assert (
        "is 0.5 for the representative batch and 0.25 for the random one; the representative is nearer in 1 of 10"
        in told
    )


def test_coresets_have_one_frame_and_no_curves(here: Workspace, tmp_path: Path) -> None:
    run_id = add_run(here, "finished", 0, {"recipe": "herding", "outer": 0}, results={"distilled": [score(80.0)]})
    artifacts.write_snapshot(here.run(run_id), 0, np.random.default_rng(0).random((10, 1, 16, 16), np.float32), 10)
    story = made(gather(run_id, a_task(tmp_path / "task")))
    player = story["growth"].material[0]
    assert isinstance(player, Player) and player.growth.steps == (0,) and not {"curves", "batches"} & set(story)
    (chart,) = story["accuracy"].material
    assert isinstance(chart, Chart) and [row[0] for row in chart.cells] == ["trained on", "Chosen images"]
    assert "real images chosen by herding" in words(story["growth"])


@pytest.mark.parametrize(("count", "most"), [(1, 60), (60, 60), (61, 60), (1201, 60), (500, 2)])
def test_thinned_frames_keep_both_ends(count: int, most: int) -> None:
    steps = [7 * i for i in range(count)]
    kept = spread(steps, most)
    assert len(kept) == len(set(kept)) == min(count, most) and kept == sorted(kept)
    assert (kept[0], kept[-1]) == (steps[0], steps[-1])


@pytest.mark.parametrize(("classes", "ipc"), [(10, 1), (10, 50), (2, 500), (20, 10), (100, 1), (200, 10), (7, 1)])
def test_shown_images_belong_to_the_classes_they_stand_under(classes: int, ipc: int) -> None:
    tiles, columns = tiling(classes, ipc)
    assert 0 < len(tiles) <= 100 and len(set(tiles)) == len(tiles) and max(tiles) < classes * ipc
    if ipc > 1 and classes <= 20:
        assert columns == classes and all(tile // ipc == i % classes for i, tile in enumerate(tiles))
    else:
        assert [tile // ipc for tile in tiles] == sorted({tile // ipc for tile in tiles})


def growth(frames: int, tiles: int, columns: int, channels: int = 1, side: int = 8) -> Growth:
    draw = np.random.default_rng(frames)
    pixels = draw.integers(0, 256, (frames, tiles, channels, side, side), np.uint8)
    names = tuple(str(i) for i in range(columns))
    return Growth(pixels, tuple(range(0, 10 * frames, 10)), columns, names, True, tiles, pixels[-1], columns)


def frame_of(grown: Growth, index: int) -> Any:
    """The frame laid out by hand: rows of images with a white pixel between them."""
    side = grown.frames.shape[-1]
    rows = -(-grown.shown // grown.columns)
    canvas = np.full((rows * (side + 1) - 1, grown.columns * (side + 1) - 1, grown.frames.shape[2]), 255, np.uint8)
    for i, image in enumerate(grown.frames[index]):
        y, x = divmod(i, grown.columns)
        canvas[y * (side + 1) : y * (side + 1) + side, x * (side + 1) : x * (side + 1) + side] = np.moveaxis(
            image, 0, -1
        )
    factor = max(1, round(480 / canvas.shape[1]))
    return np.kron(canvas, np.ones((factor, factor, 1), np.uint8))


@pytest.mark.parametrize("channels", [1, 3])
def test_the_gif_holds_every_frame(channels: int) -> None:
    grown = growth(9, 6, 3, channels, side=4)  # 288 pixels: a palette of 256 colours holds nearly all of them
    with Image.open(io.BytesIO(media.gif(grown))) as film:
        assert getattr(film, "n_frames", 1) == 9 and film.info["loop"] == 0
        for index in range(9):
            film.seek(index)
            seen = np.asarray(film.convert("RGB"), int)
            wanted = np.broadcast_to(frame_of(grown, index), seen.shape)
            off = np.abs(seen - wanted)
            assert off.max() == 0 if channels == 1 else off.mean() < 4


@pytest.mark.parametrize("channels", [1, 3])
def test_the_film_has_every_frame(channels: int, tmp_path: Path) -> None:
    grown = growth(7, 5, 5, channels, side=3)  # 19 x 3: odd sides
    media.write_mp4(grown, tmp_path / "film.mp4")
    with av.open(str(tmp_path / "film.mp4")) as film:
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    assert len(frames) == 7 and all(side % 2 == 0 for side in frames[0].shape[:2])
    for index, seen in enumerate(frames):
        wanted = frame_of(grown, index)
        off = np.abs(seen[: wanted.shape[0], : wanted.shape[1]].astype(int) - wanted).mean()
        assert off < (6 if channels == 1 else 30), "colour is kept at half the resolution"


def test_the_sheet_is_the_frames(tmp_path: Path) -> None:
    grown = growth(4, 6, 3, channels=3)
    with Image.open(io.BytesIO(media.sheet(grown))) as picture:
        pixels = np.asarray(picture)
    for row in range(4):
        for tile in range(6):
            cut = pixels[8 * row : 8 * row + 8, 8 * tile : 8 * tile + 8]
            assert np.array_equal(cut, np.moveaxis(grown.frames[row, tile], 0, -1))


def test_less_to_show_keeps_both_ends() -> None:
    grown: Growth | None = growth(60, 100, 10)
    while grown is not None:
        assert grown.shown == grown.frames.shape[1] and len(grown.steps) == len(grown.frames)
        assert (grown.steps[0], grown.steps[-1]) == (0, 590) and len(grown.names) == grown.columns
        last, grown = grown, media.smaller(grown)
    assert last.frames.nbytes == 2 * 64


def test_the_page_needs_nothing_but_itself(here: Workspace, tmp_path: Path) -> None:
    text = build.page(a_run(here, tmp_path))
    assert len(text.encode()) < 10_000_000
    page = Parsed(text)
    for tag, attributes in page.tags:
        assert tag not in ("link", "iframe", "object", "embed", "base", "form", "audio", "video"), tag
        for name in ("src", "href", "srcset", "action", "data", "poster"):
            assert (attributes.get(name) or "#").startswith(("data:", "#")), (tag, attributes)
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
    styles = "".join(re.findall(r"<style>(.*?)</style>", text, re.DOTALL))
    assert "url(" not in styles and "@import" not in styles
    policy = next(a["content"] for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy and "default-src 'none'" in policy and "http" not in policy and "*" not in policy
    assert HOSTILE in page.seen and html.escape(HOSTILE) in text, "the name is shown as it is"
    assert "<b>3</b>" in page.seen, "so is a class's"
    assert sum("plotly.js (basic - minified) v" in script[:400] for script in page.scripts.values()) == 1


def test_the_page_holds_every_point(here: Workspace, tmp_path: Path) -> None:
    facts = a_run(here, tmp_path)
    data = json.loads(Parsed(build.page(facts)).scripts["story-data"])
    stored: dict[tuple[str, int], float] = {(row.name, row.step): row.value for row in api.metrics(facts.run.id)[0]}
    found: dict[tuple[str, int], float] = {}
    for chart in (of for name, of in data["charts"].items() if name != "accuracy"):
        heads, *rows = csv.reader(io.StringIO(gzip.decompress(base64.b64decode(chart["csv"])).decode()))
        found |= {(name, int(row[0])): float(row[i]) for row in rows for i, name in enumerate(heads) if i}
    assert found and found == {key: value for key, value in stored.items() if key[0] in {name for name, _ in found}}
    assert {"loss.gradient", "mmd.random", "migration"} <= {name for name, _ in found}


def test_a_huge_run_still_fits(here: Workspace, tmp_path: Path) -> None:
    """A hundred classes of colour images, sixty frames of pure noise, and five curves of 100,000 random points."""
    facts = gather(add_run(here, "finished", 40, name="Huge"), a_task(tmp_path / "task", 96, 3, 10, 128))
    draw = random.Random(1)
    curve = Points(range(100_000), [draw.random() for _ in range(100_000)])
    grown = growth(60, 100, 10, 3, 32)._replace(per_class=False, names=tuple(str(i) for i in range(100)), whole=1000)
    table = dict.fromkeys(CURVES, curve)
    text = build.page(Facts(**(vars(facts) | {"table": table, "growth": grown})))
    assert 5_000_000 < len(text.encode()) < 10_000_000
    page = Parsed(text)
    assert "Each curve keeps about 3,000 of its points here" in page.seen
    player = json.loads(page.scripts["story-data"])["player"]
    assert (player["steps"][0], player["steps"][-1]) == (0, 590)


def test_large_real_images_are_shown_smaller_and_it_is_said(here: Workspace, tmp_path: Path) -> None:
    run_id = add_run(here, "finished", 40, {"side": 64})
    facts = gather(run_id, a_task(tmp_path / "task", 64, 3))
    assert facts.real is not None and facts.real.images.shape[-1] == 32
    whole = safetensors.numpy.load_file(tmp_path / "task" / "story.safetensors")["real"]
    by_hand = whole[0, 0, :, :2, :2].reshape(3, 4).mean(1)
    assert np.array_equal(facts.real.images[0, 0, :, 0, 0], np.rint(by_hand))
    captions = [p.caption for p in made(facts)["real"].material if isinstance(p, Pictures)]
    assert captions == ["A row for each class, shown at 32 × 32 pixels."]


def test_the_command_writes_what_is_asked(here: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    monkeypatch.setenv("DISTILLERY_READONLY", "1")
    run_id = add_run(here, "finished", 40, name="Mine")
    out = tmp_path / "new" / "out"
    options = [word for option in ("to", "gif", "mp4", "csv", "figures") for word in (f"--{option}", str(out / option))]
    assert command.main([run_id, *options]) == 0
    assert "only shows" in (out / "to").read_text(encoding="utf-8")
    assert (out / "gif").read_bytes()[:6] == b"GIF89a" and (out / "mp4").read_bytes()[4:8] == b"ftyp"
    charts = [p for s in tell(gather(run_id, None)).slides for p in s.material if isinstance(p, Chart) and not p.cursor]
    assert (
        {path.stem for path in (out / "csv").iterdir()}
        == {path.stem for path in (out / "figures").iterdir()}
        == {c.name for c in charts}
    )
    assert (out / "csv" / "loss.gradient.csv").read_text().splitlines()[:3] == [
        "inner_loop,loss.gradient",
        "0,1.0",
        "10,11.0",
    ]
    assert "PNG and SVG" in capsys.readouterr().err
    assert not list(tmp_path.rglob("*.part"))


def test_the_command_refuses_in_a_sentence(here: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["00000000", "--gif", str(tmp_path / "a.gif")]) == 2
    assert command.main([add_run(here, "queued"), "--gif", str(tmp_path / "a.gif")]) == 2
    (tmp_path / "file").write_text("")
    assert command.main([add_run(here, "finished", 10), "--gif", str(tmp_path / "file" / "a.gif")]) == 2
    said = capsys.readouterr().err
    assert "no run '00000000'" in said and "no images yet" in said and "choose another place" in said
    assert "Traceback" not in said


def test_files_are_made_by_other_processes(here: Workspace) -> None:
    run_id, empty, builds = add_run(here, "finished", 20), add_run(here, "queued"), Builds()
    keys = [builds.ask(run_id, "gif", "1"), builds.ask(empty, "gif", "1")]
    assert builds.ask(run_id, "gif", "1") == keys[0], "what is on its way is not begun again"

    def looks() -> list[Look]:
        found = [builds.look(key) for key in keys]
        return [look for look in found if look]

    until(lambda: {look.state for look in looks()} == {FINISHED, FAILED}, 120, "both have ended")
    good, bad = looks()
    assert good.path.read_bytes()[:4] == b"GIF8" and "no images yet" in bad.error
    assert builds.look("unknown") is None
    assert not here.run(run_id).export.exists(), "nothing is written into the workspace"
    with pytest.raises(NotFound, match="no run"):
        builds.ask("00000000", "gif", "1")


def test_names_of_files_are_plain() -> None:
    assert slides.filename("DREAM+ on Digits, ipc 1", "00c0ffee") == "dream-on-digits-ipc-1"
    assert slides.filename("../../<script>", "00c0ffee") == "script"
    assert slides.filename("火", "00c0ffee") == "00c0ffee" and len(slides.filename("a" * 200, "x")) == 60
