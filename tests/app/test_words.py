"""Numbers in a person's words."""

from __future__ import annotations

import pytest

from app.parts import words
from engine.config import build
from engine.events import Score
from tests.app.test_run_rows import made


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0, "0:00"),
        (42.4, "0:42"),
        (59.7, "1:00"),
        (725, "12:05"),
        (3599.6, "1 h 00 min"),
        (12_000, "3 h 20 min"),
        (187_000, "2 d 3 h"),
    ],
)
def test_durations(seconds: float | None, text: str) -> None:
    assert words.duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "–"), (3, "1 min"), (110, "2 min"), (2390, "40 min"), (9000, "2 h"), (400_000, "5 d")]
)
def test_guesses_are_round(seconds: float | None, text: str) -> None:
    assert words.roughly(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(-5, "just now"), (59, "just now"), (61, "1 min ago"), (7300, "2 h ago"), (90_000, "1 d ago")]
)
def test_ages(seconds: float, text: str) -> None:
    assert words.age(1000.0, 1000.0 + seconds) == text


def test_accuracy_tells_spread_and_number() -> None:
    assert words.accuracy(Score("convnet", (95.0, 96.0, 97.0), {})) == "96.0 ± 0.8 % (n 3)"
    assert words.accuracy(None) == "–"


@pytest.mark.parametrize(("rate", "text"), [(0, ""), (2.14, "2.1 loops/s"), (0.25, "4.0 s/loop")])
def test_rates(rate: float, text: str) -> None:
    assert words.rate(rate) == text


@pytest.mark.parametrize(("rate", "text"), [(12_345.6, "12,346 images/s"), (10, "10 images/s"), (2.14, "2.1 images/s")])
def test_image_rates(rate: float, text: str) -> None:
    assert words.image_rate(rate) == text


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (123.4, "123 TFLOP/s"),
        (1.34, "1.3 TFLOP/s"),
        (0.0854, "85 GFLOP/s"),
        (0.0012, "1.2 GFLOP/s"),
        (4e-5, "0.04 GFLOP/s"),
    ],
)
def test_arithmetic_rates(rate: float, text: str) -> None:
    assert words.arithmetic_rate(rate) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "0 MB"),
        (1, "< 1 MB"),
        (999_999, "< 1 MB"),
        (10**6, "1 MB"),
        (2**20, "1 MB"),
        (640.2e6, "640 MB"),
        (999.4e6, "999 MB"),
        (999.6e6, "1.0 GB"),
        (2**30, "1.1 GB"),
        (2400e6, "2.4 GB"),
        (1_843_200e6, "1,843.2 GB"),
    ],
)
def test_sizes_are_bytes_in_decimal_units(amount: float, text: str) -> None:
    assert words.size(amount) == text


@pytest.mark.parametrize(("amount", "text"), [(0, "0 runs"), (1, "1 run"), (2000, "2,000 runs")])
def test_one_is_no_plural(amount: int, text: str) -> None:
    assert words.many(amount, "run") == text


def test_text_from_outside_stays_text() -> None:
    """Markdown knows no more than these signs; each one comes out as it went in."""
    text = "*a* _b_ `c` $d$ :red[e] <f> [g](h) ~i~ #j | k\\"
    escaped = words.plain(text)
    assert escaped.replace("\\\\", "\0").replace("\\", "").replace("\0", "\\") == text
    assert words.plain("Digits, ipc 1") == "Digits, ipc 1"


@pytest.mark.parametrize(
    ("phase", "done", "total", "shown"),
    [("downloading cifar10, MB", 61, 1162, "downloading cifar10 61 / 1,162 MB"), ("reading images", 3, 40, "reading images 3 / 40"),
     ("reading the archive, KB", 0, 0, "reading the archive"), ("", 0, 0, ""), ("a, b", 1, 2, "a, b 1 / 2")],
)  # fmt: skip
def test_how_far_with_its_unit(phase: str, done: int, total: int, shown: str) -> None:
    assert words.counted(phase, done, total) == shown


@pytest.mark.parametrize(
    ("asked", "shown"), [("auto", "automatic"), ("cpu", "CPU"), ("cuda", "GPU"), ("cuda:1", "GPU 1")]
)
def test_a_device_that_is_not_decided_is_called_what_was_asked_for(asked: str, shown: str) -> None:
    assert words.wanted(build({"device": asked})) == shown
    waiting = made(state="queued", config={"device": asked})
    assert words.facts(waiting) == f"Digits · 1 image per class · DREAM+ · seed 0 · device: {shown}"


def test_a_device_that_is_known_is_named() -> None:
    assert words.facts(made(device="NVIDIA A100")).endswith(" · seed 0 · NVIDIA A100")
