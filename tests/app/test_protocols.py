"""A protocol in a person's words, against what its training does."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import fields

import pytest

from app.parts import protocols
from engine.config import build
from engine.protocols import PROTOCOLS, Protocol, protocol

DIGITS = build({"dataset": "digits", "eval_augment": "color_crop", "eval_cutmix": 0.5})
DSA = build({"dataset": "cifar10", "recipe": "dsa"})


def test_idc_in_full() -> None:
    assert protocols.rows(protocol(DIGITS, 30).to_dict()) == [
        ("Protocol", "E-IDC, version 1"),
        ("Epochs", "30"),
        ("Batch", "64 images"),
        ("Learning rate", "0.01, × 0.2 after ⅔ and again after ⅚ of the epochs"),
        ("Optimiser", "SGD, momentum 0.9, weight decay 0.0005"),
        ("Augmentation", "colour + crop"),
        ("CutMix", "in 50 % of the batches"),
        ("Tested", "after ¼, ½, ¾ of the training and at its end; the end is the score"),
    ]


def test_dc_in_full() -> None:
    told = dict(protocols.rows(protocol(DSA, 300).to_dict()))
    assert told["Epochs"] == "300, and 1 more" and told["Batch"] == "256 images" and told["CutMix"] == "none"
    assert told["Learning rate"] == "0.01, × 0.1 after ½ of the epochs and 2 more; the optimiser then starts anew"
    assert told["Augmentation"] == "one of colour, crop, cutout, flip, scale, rotate per batch"
    assert told["Tested"] == "at the end"


@pytest.mark.parametrize("name", PROTOCOLS)
@pytest.mark.parametrize("epochs", [5, 30, 300])
def test_the_rate_falls_where_it_is_said_to(name: str, epochs: int) -> None:
    """Held against the rate of every epoch."""
    how = protocol(build({"protocol": name}, check=False), epochs)
    rates = [how.lr_at(number) for number in range(how.passes)]
    falls = {number for number in range(1, how.passes) if rates[number] < rates[number - 1]}
    words = dict(protocols.rows(how.to_dict()))["Learning rate"]
    more = int((re.search(r"epochs and (\d+) more", words) or ["", "0"])[1])
    said = {int(unicodedata.numeric(share) * epochs + 1e-6) + more for share in re.findall("[½⅔⅚]", words)}
    assert {number for number in said if 0 < number < how.passes} == falls and len(said) in (1, 2)


def test_no_raw_name_is_shown() -> None:
    """Every setting of a protocol is put into words, also one that will be added."""
    whole = PROTOCOLS["E-DC"].to_dict()
    told = " ".join(word for row in protocols.rows(whole) for word in row)
    assert set(whole) == {one.name for one in fields(Protocol)} and "_" not in told
    assert {title for title, _ in protocols.rows(whole)} == {line.title for line in protocols.LINES}, (
        "none as it is stored"
    )


def test_an_old_score_tells_what_it_knows() -> None:
    assert protocols.rows({"name": "E-IDC", "epochs": 1000}) == [("Protocol", "E-IDC"), ("Epochs", "1,000")]
    assert protocols.rows({}) == [] and protocols.together([]) == []
    assert protocols.rows({"lr": 0.01, "lr_drops": [0.5]}) == [("Learning rate", "0.01")]
    assert protocols.rows({"lr": 0.01, "label_smoothing": 0.1}) == [
        ("Learning rate", "0.01"),
        ("Label smoothing", "0.1"),
    ]


def test_several_at_once() -> None:
    told = dict(protocols.together([protocol(DIGITS, epochs).to_dict() for epochs in (30, 1000, 30)]))
    assert told == dict(protocols.rows(protocol(DIGITS, 30).to_dict())) | {"Epochs": "30 or 1,000"}


def test_in_one_line() -> None:
    line = protocols.in_words({"name": "E-IDC", "epochs": 30, "augment": "color_flip", "cutmix": 0.5})
    assert line == "E-IDC, 30 epochs, augmentation colour + flip, CutMix 0.5"
    assert protocols.in_words({"name": "E-DC", "augment": ""}) == "E-DC"
