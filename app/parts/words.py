"""Numbers and states in a person's words. Widths stay put: digits are tabular, units always written."""

from __future__ import annotations

import time

from engine.api import Run
from engine.config import RunConfig
from engine.events import Score
from engine.recipes import RECIPES

DASH = "–"
MARKDOWN = frozenset(r"\`*_{}[]()#+-!|<>~:$")
MINUTE, HOUR, DAY = 60, 3600, 86400
MEGA = 10**6  # bytes of a megabyte
UNITS = (", MB", ", KB")  # that a phase may end with


def duration(seconds: float | None) -> str:
    """'0:42', '12:05', '3 h 20 min', '2 d 4 h'; a dash when unknown."""
    if seconds is None:
        return DASH
    whole = max(0, round(seconds))
    if whole < HOUR:
        return f"{whole // MINUTE}:{whole % MINUTE:02d}"
    if whole < DAY:
        return f"{whole // HOUR} h {whole % HOUR // MINUTE:02d} min"
    return f"{whole // DAY} d {whole % DAY // HOUR} h"


def roughly(seconds: float | None) -> str:
    """A time that is only guessed: '2 min', '3 h', '2 d'; a dash when nobody can tell."""
    if seconds is None:
        return DASH
    for unit, name in ((DAY, "d"), (HOUR, "h")):
        if seconds >= 2 * unit:
            return f"{round(seconds / unit)} {name}"
    return f"{max(1, round(seconds / MINUTE))} min"


def age(since: float, now: float | None = None) -> str:
    """'just now', '5 min ago', '3 h ago', '2 d ago'."""
    seconds = max(0.0, (time.time() if now is None else now) - since)
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= unit:
            return f"{int(seconds // unit)} {name} ago"
    return "just now"


def accuracy(score: Score | None) -> str:
    """'95.8 ± 0.2 % (n 3)'; a dash when not measured."""
    return DASH if score is None else f"{score.mean:.1f} ± {score.std:.1f} % (n {score.n})"


def rate(per_second: float) -> str:
    """'2.1 loops/s', or 'x s/loop' when slower than one a second."""
    if per_second <= 0:
        return ""
    return f"{per_second:.1f} loops/s" if per_second >= 1 else f"{1 / per_second:.1f} s/loop"


def image_rate(per_second: float) -> str:
    """'3,400 images/s', or with a decimal below ten."""
    return f"{per_second:,.0f} images/s" if per_second >= 10 else f"{per_second:.1f} images/s"


def arithmetic_rate(tflop_per_second: float) -> str:
    """'1.3 TFLOP/s', or '85 GFLOP/s' below one."""
    giga = 1000 * tflop_per_second
    for amount, unit in ((tflop_per_second, "TFLOP/s"), (giga, "GFLOP/s")):
        if amount >= 1:
            return f"{amount:.0f} {unit}" if amount >= 10 else f"{amount:.1f} {unit}"
    return f"{giga:.2f} GFLOP/s"


def place(run: Run) -> str:
    """The kind of device that the run is on: 'CPU' or 'GPU'; 'device' before that is decided."""
    return "device" if not run.device else "CPU" if run.device.upper() == "CPU" else "GPU"


def facts(run: Run) -> str:
    """What is distilled, how and where, in one line."""
    config = run.config
    what = f"{config.spec.title} · {many(config.ipc, 'image')} per class · {recipe(config)}"
    return f"{what} · seed {config.seed} · {run.device or f'device: {wanted(config)}'}"


def wanted(config: RunConfig) -> str:
    """The device that a run asks for, before one is decided: 'automatic', 'CPU', 'GPU', 'GPU 1'."""
    kind, _, number = config.device.partition(":")
    return {"auto": "automatic", "cpu": "CPU", "cuda": "GPU"}.get(kind, kind) + (f" {number}" if number else "")


def phase(run: Run) -> str:
    """What the run is doing now: its phase, with how far it is."""
    words = run.phase[:1].upper() + run.phase[1:] or run.state.capitalize()
    counted = run.phase_total > 1 and run.phase_total != run.total  # inner loops are shown anyway
    return f"{words} {run.phase_done:,} / {run.phase_total:,}" if counted else words


def counted(phase: str, done: int, total: int) -> str:
    """'reading images 3 / 40'; a unit that the phase ends with goes behind the numbers: 'downloading cifar10 61 / 162 MB'."""
    what, _, unit = phase.rpartition(", ") if phase.endswith(UNITS) else (phase, "", "")
    return f"{what} {done:,} / {total:,} {unit}".rstrip() if total else what


def size(amount: float) -> str:
    """Bytes in decimal units, 1 MB = 10^6 bytes, for files and memory alike: '640 MB' or '2.3 GB'. What is there is never '0 MB'."""
    mega = round(amount / MEGA)
    if mega >= 1000:
        return f"{amount / (1000 * MEGA):,.1f} GB"
    return "< 1 MB" if 0 < amount < MEGA else f"{mega} MB"


def many(amount: int, word: str) -> str:
    """'1 image', '2,000 images'."""
    return f"{amount:,} {word}{'' if amount == 1 else 's'}"


def plain(text: str) -> str:
    """Text from outside (names, paths, messages) for a place that understands markdown: every sign is taken as it is."""
    return "".join(f"\\{sign}" if sign in MARKDOWN else sign for sign in text)


def recipe(config: RunConfig) -> str:
    """The recipe as papers write it: 'DREAM+'."""
    return RECIPES[config.recipe].title
