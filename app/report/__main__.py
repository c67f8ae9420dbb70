"""`python -m app.report RUN_ID --to report.html`: the story of a run as a file, and its parts by themselves.

PNG and SVG of the figures are made by the page itself, with the buttons above each: Python would need a browser for them.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from app.report import build, media, slides
from app.report.facts import STORY, Facts, gather
from app.report.slide import Chart, Player
from app.report.story import tell
from engine import api
from engine.api import Task
from engine.errors import BadRequest, DistilleryError, ReadOnly

POLL = 0.3
Said = Callable[[str, int, int], None]


def main(argv: list[str] | None = None) -> int:
    """0 done, 1 the work failed, 2 the request was wrong, 130 interrupted."""
    args = _parser().parse_args(argv)
    said = _as_json if args.progress else _as_words
    try:
        facts = read(args.run, said, ask=any((args.to, args.csv, args.figures)))
        for write, path in (
            (_page, args.to),
            (_gif, args.gif),
            (_mp4, args.mp4),
            (_csv, args.csv),
            (_figures, args.figures),
        ):
            if path:
                write(facts, path, said)
                print(path)
    except DistilleryError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"error: '{error.filename}' cannot be written ({error.strerror}); choose another place.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def read(run_id: str, said: Said, ask: bool = True) -> Facts:
    """Everything about the run. With `ask`, the engine is asked to look at the real data, and waited for."""
    task, why = _looked(run_id, said) if ask else (None, "")
    return gather(run_id, task, why, lambda done, total: said("reading the images", done, total))


def _looked(run_id: str, said: Said) -> tuple[Task | None, str]:
    """The finished "story" task; where there is none, why."""
    try:
        task = api.request(STORY, run_id, {})
    except ReadOnly:
        return None, "nobody has asked for them before, and this Distillery only shows."
    while task.is_live:
        said(task.phase or "waiting for the engine", task.done, task.total)
        time.sleep(POLL)
        task = api.task(task.id)
    return (task, "") if task.state == "finished" else (None, task.error or "looking at them was stopped.")


def _page(facts: Facts, path: Path, said: Said) -> None:
    _write(path, build.page(facts, said).encode())


def _gif(facts: Facts, path: Path, said: Said) -> None:
    said("drawing the GIF", 0, 0)
    _write(path, media.gif(_growth(facts).growth))


def _mp4(facts: Facts, path: Path, said: Said) -> None:
    said("drawing the film", 0, 0)
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / "film.mp4"
        media.write_mp4(_growth(facts).growth, part)
        _write(path, part.read_bytes())


def _growth(facts: Facts) -> Player:
    """Raises BadRequest for a run without images."""
    player = slides.player_of(tell(facts))
    if player is None:
        raise BadRequest(f"Run '{facts.run.id}' has no images yet; wait for its first snapshot.")
    return player


def _csv(facts: Facts, folder: Path, said: Said) -> None:
    for chart in _charts(facts):
        said("writing the curves", 0, 0)
        _write(folder / f"{chart.name}.csv", slides.table(chart.cells).encode())


def _figures(facts: Facts, folder: Path, said: Said) -> None:
    for chart in _charts(facts):
        said("writing the figures", 0, 0)
        _write(folder / f"{chart.name}.json", str(chart.figure.to_json()).encode())
    print("These are for plotly; the buttons above each figure of the report make PNG and SVG.", file=sys.stderr)


def _charts(facts: Facts) -> list[Chart]:
    return [chart for chart in slides.charts_of(tell(facts)) if not chart.cursor]


def _write(path: Path, data: bytes) -> None:
    """The file appears only once it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(data)
    part.replace(path)


def _as_words(phase: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[2K{phase}{f' {done}/{total}' if total else ''}", end="", file=sys.stderr, flush=True)


def _as_json(phase: str, done: int, total: int) -> None:
    print(json.dumps([phase, done, total]), file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m app.report", description="The story of a run, as one HTML file or in parts."
    )
    parser.add_argument("run", help="the run's id, as 'python -m engine list' shows it")
    for option, metavar, words in (
        ("--to", "FILE", "the HTML file: everything in it, no network needed, under 10 MB"),
        ("--gif", "FILE", "the synthetic images over the run, as an animated GIF"),
        ("--mp4", "FILE", "the same as a film (H.264)"),
        ("--csv", "FOLDER", "a CSV file for each figure, with every recorded point"),
        ("--figures", "FOLDER", "each figure for plotly (JSON); PNG and SVG come from the buttons in the HTML file"),
    ):
        parser.add_argument(option, metavar=metavar, help=words, type=Path)
    parser.add_argument("--progress", action="store_true", help="progress as JSON lines on stderr, for programs")
    return parser


if __name__ == "__main__":
    sys.exit(main())
