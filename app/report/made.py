"""The last slide: what a run was made with, enough to make it again."""

from __future__ import annotations

from app.parts import scores, sheet, words
from app.report.facts import Facts
from app.report.slide import Rows, Slide, counted
from engine.config import SETTINGS


def made(facts: Facts) -> Slide:
    """Settings that differ, time, device, protocol, versions."""
    run, config, found = facts.run, facts.run.config, facts.made_with
    score = facts.score("distilled")
    changed = [f"{name} = {sheet.value(value)}{_unit(name)}" for name, value in config.departures().items()]
    loops = f"{run.step:,} of {run.total:,} inner loops" if run.total else "No matching; all else"
    rows = [
        ("Data", f"{config.spec.title}, {counted(config.ipc, 'image')} per class"),
        ("Method", f"{words.recipe(config)}, seed {config.seed}"),
        ("Settings that differ from the usual", ", ".join(changed) or "none"),
        ("Work", f"{loops} in {words.duration(run.seconds)} ({run.state})"),
        ("Device", str(found.get("device") or run.device)),
        ("How accuracy is measured", f"{score.network}: {scores.protocol_in_words(score.protocol)}" if score else ""),
        ("Versions", _versions(facts)),
        ("Run", run.id),
    ]
    text = "All that is needed to make it again." if found else "Versions were not recorded when this run was made."
    return Slide("made", "How it was made", (text,), (Rows(tuple(row for row in rows if row[1])),))


def _unit(name: str) -> str:
    return f" {SETTINGS[name].unit}" if SETTINGS[name].unit else ""


def _versions(facts: Facts) -> str:
    made = facts.made_with
    found = [
        f"{word} {made[key]}"
        for key, word in (("version", "Distillery"), ("torch", "PyTorch"), ("python", "Python"))
        if made.get(key)
    ]
    if made.get("commit"):
        found.append(f"commit {str(made['commit'])[:12]}{' with changes' if made.get('dirty') else ''}")
    return ", ".join(found)
