"""The story of a run: its slides in order, each with a title, a sentence or two made from the run's own numbers, and what it
shows. What was not measured is left out, or said to be missing."""

from __future__ import annotations

import math
from collections.abc import Callable

from app.charts.catalog import CHARTS
from app.charts.table import NOTHING, Scene
from app.parts import scores, words
from app.report.bars import Bar, bars
from app.report.facts import Facts, Growth, Pixels, wide
from app.report.made import made
from app.report.slide import Chart, Material, Pictures, Player, Slide, Story, Strip, cells, counted
from engine.data.catalog import DATASETS
from engine.events import Score

LOSSES = ("loss.gradient", "loss.feature", "accuracy", "accuracy.seen")  # the first that was recorded runs beside S
CURVES = ("loss.gradient", "loss.feature", "mmd", "migration", "accuracy.seen")
MOST_NAMES = 20  # of classes that are listed
STARTS = {
    "clustered": "real images nearest to k-means centres of their class",
    "random": "random real images",
    "first": "the first images in the files",
    "noise": "noise",
}
GOALS = {
    "gradient": "they move a network as the real images do",
    "feature": "a network finds in them, on average, what it finds in the real images",
    "both": "they move a network, and look to it, as the real images do",
}
BATCHES = {
    "representative": "This run matched its images against representative batches.",
    "random": "This run matched its images against random batches.",
    "center": "This run matched its images against the images nearest to the middle of the class.",
    "boundary": "This run matched its images against the images farthest from the middle of the class.",
}


def tell(facts: Facts) -> Story:
    """The whole story."""
    slides = tuple(slide for make in SLIDES if (slide := make(facts)))
    missing = "" if facts.real else facts.why or "The real images have not been looked at."
    left_out = (f"The real images and the comparison of batches are left out: {missing}",) if missing else ()
    return Story(facts.run.name, facts.run.id, words.facts(facts.run), slides, left_out)


def trained_on(facts: Facts) -> int | None:
    """Number of real training images; None where nobody has counted them."""
    if facts.real:
        return facts.real.train
    catalogued = DATASETS[facts.run.config.dataset].train
    return catalogued if catalogued and facts.run.config.keep == 1 else None


def _problem(facts: Facts) -> Slide:
    config, many = facts.run.config, trained_on(facts)
    few = facts.growth.whole if facts.growth else len(facts.classes) * config.ipc
    into = f"{counted(few, 'image')}" if few else f"{counted(config.ipc, 'image')} per class"
    chosen = "distilled" if config.outer else "reduced"
    title = f"{many:,} images, {chosen} into {few:,}" if many and few else f"A training set, {chosen} into {into}"
    text = [
        "Training on everything is slow and needs all the data. Dataset distillation looks for a few synthetic images that teach"
        " a network nearly as much."
        if config.outer
        else "Training on everything is slow and needs all the data. A coreset is a choice of a few real images instead."
    ]
    ratio = f", {many / few:,.0f} times fewer than there are" if many and few and many > few else ""
    text.append(f"Here: {config.spec.title}, {counted(config.ipc, 'image')} for each class{ratio}.")
    return Slide("problem", title, tuple(text), _before_and_after(facts))


def _before_and_after(facts: Facts) -> tuple[Material, ...]:
    """Some of the real images beside all that is shown of S."""
    found: list[Material] = []
    if facts.real:
        real, first = facts.real, facts.real.images
        flat = first.reshape(-1, *first.shape[2:])
        found.append(
            Pictures(
                "Real images",
                f"{len(flat):,} of {real.train:,} real images{_small(facts, flat)}.",
                (Strip("", flat, first.shape[1]),),
            )
        )
    if facts.growth:
        final, whole = facts.growth.final, facts.growth.whole
        some = f"{len(final):,} of {whole:,}" if len(final) < whole else f"All {whole:,}"
        kind = "synthetic images" if facts.run.config.outer else "chosen images"
        found.append(Pictures(kind.capitalize(), f"{some} {kind}.", (Strip("", final, facts.growth.final_columns),)))
    return tuple(found)


def _real(facts: Facts) -> Slide | None:
    real = facts.real
    if real is None:
        return None
    classes = len(facts.classes)
    which = f"{len(real.names)} of its {classes} classes" if len(real.names) < classes else f"all {classes} classes"
    strips = tuple(Strip(name, images, len(images)) for name, images in zip(real.names, real.images, strict=True))
    text = f"{real.train:,} training images of {facts.run.config.spec.title}; here are {real.images.shape[1]} from each of {which}."
    return Slide(
        "real",
        "The real images",
        (text,),
        (Pictures("Real images, a row for each class", f"A row for each class{_small(facts, real.images)}.", strips),),
    )


def _small(facts: Facts, images: Pixels) -> str:
    """What to say of images that are shown smaller than they are."""
    side = images.shape[-1]
    return f", shown at {side} × {side} pixels" if side < facts.run.config.image_side else ""


def _growth(facts: Facts) -> Slide | None:
    growth, config = facts.growth, facts.run.config
    if growth is None:
        return None
    start = STARTS.get(config.init, f"real images chosen by {config.init}")
    if len(growth.steps) < 2:
        return Slide("growth", "The images", (f"They are {start}.",), (Player(growth, "", (None,), _shown(growth)),))
    text = [f"They start as {start} and are changed, loop by loop, until {GOALS[config.objective]}."]
    tiles = config.factor**2
    if tiles > 1:
        text.append(f"Each stored image holds {tiles} smaller ones, which networks see enlarged.")
    curve = next((name for name in LOSSES if facts.table.get(name, NOTHING).steps), "")
    material: list[Material] = [Player(growth, curve, _values(facts, curve), _shown(growth))]
    if curve:
        material.append(_chart(facts, curve)._replace(name="growth", cursor=True))
    return Slide("growth", f"The synthetic images over {growth.steps[-1]:,} inner loops", tuple(text), tuple(material))


def _shown(growth: Growth) -> str:
    some = (
        f"{growth.shown:,} of {growth.whole:,} images"
        if growth.shown < growth.whole
        else f"All {growth.whole:,} images"
    )
    many = len(growth.names) > MOST_NAMES
    names = f"{growth.names[0]} to {growth.names[-1]}" if many else ", ".join(growth.names)
    return f"{some}. {'A column for each class' if growth.per_class else 'One image of each class'}: {names}."


def _values(facts: Facts, curve: str) -> tuple[float | None, ...]:
    """At each frame the newest value that was recorded by then."""
    points, found, at = facts.table.get(curve, NOTHING), [], -1
    for step in facts.growth.steps if facts.growth else ():
        while at + 1 < len(points.steps) and points.steps[at + 1] <= step:
            at += 1
        found.append(points.values[at] if at >= 0 and math.isfinite(points.values[at]) else None)
    return tuple(found)


def _batches(facts: Facts) -> Slide | None:
    real = facts.real
    if real is None or not facts.run.config.outer:  # nothing is matched, so there are no batches
        return None
    size = len(real.random)
    ours, theirs = real.mmd_representative, real.mmd_random
    verdict = (
        f"For class “{real.class_name}” MMD², the distance to the class, is {ours:.3g} for the representative batch and"
        f" {theirs:.3g} for the random one; the representative is nearer in {real.nearer} of {real.compared} classes."
    )
    text = (
        f"A batch of {counted(size, 'image')} should stand for all {real.class_count:,} of its class. {verdict}",
        BATCHES.get(facts.run.config.sampler, ""),
    )
    strips = (("Representative batch (k-means)", real.representative, ours), ("Random batch", real.random, theirs))
    columns = wide(size)
    pictures = tuple(Pictures(f"{name} of class {real.class_name}", f"{name}: MMD² {mmd:.4f}{_small(facts, images)}", (Strip("", images, columns),))
                     for name, images, mmd in strips)  # fmt: skip
    return Slide("batches", "Why representative batches", tuple(filter(None, text)), pictures)


def _curves(facts: Facts) -> Slide | None:
    charts = tuple(_chart(facts, name) for name in CURVES if _recorded(facts, name))
    if not charts:
        return None
    text = [_fall(facts, name) for name in ("loss.gradient", "loss.feature") if facts.table.get(name, NOTHING).steps]
    return Slide("curves", "What happened on the way", tuple(filter(None, text)), charts)


def _fall(facts: Facts, name: str) -> str:
    points = facts.table[name]
    part = max(1, len(points.values) // 10)
    first, last = (sum(some) / part for some in (points.values[:part], points.values[-part:]))
    went = "fell" if last < first else "rose"
    tenth = ", each the mean of a tenth of the run" if part > 1 else ""
    return f"{CHARTS[name].title} {went} from {first:.3g} to {last:.3g}{tenth}." if first != last else ""


def _recorded(facts: Facts, name: str) -> bool:
    return any(facts.table.get(metric, NOTHING).steps for metric in CHARTS[name].metrics)


def _chart(facts: Facts, name: str) -> Chart:
    chart = CHARTS[name]
    figure = chart.draw(facts.table, Scene(facts.run.config, scores.references(facts.run)))
    return Chart(
        name, chart.title, chart.see, figure, cells({n: facts.table[n] for n in chart.metrics if n in facts.table})
    )


def _accuracy(facts: Facts) -> Slide | None:
    chosen = {} if facts.run.config.outer else {"distilled": "Chosen images"}
    found = [
        Bar(level.what, chosen.get(level.what, level.title), score)
        for level in scores.LEVELS
        if (score := facts.score(level.what))
    ]
    if not found:
        return None
    by = {bar.what: bar.score for bar in found}
    order = ("random", "initial", "distilled", "full")
    found.sort(key=lambda bar: order.index(bar.what))
    rows = (
        ("trained on", "mean", "std", "networks"),
        *((bar.title, bar.score.mean, bar.score.std, bar.score.n) for bar in found),
    )
    see = "Each bar: test accuracy of networks trained from scratch on those images; the line on it is ± one standard deviation."
    chart = Chart("accuracy", "Test accuracy", see, bars(found, facts.run.config, facts.published), rows)
    return Slide("accuracy", "What they are worth", tuple(filter(None, _worth(facts, by))), (chart,))


def _worth(facts: Facts, by: dict[str, Score]) -> tuple[str, ...]:
    ours = by.get("distilled")
    if ours is None:
        return ("The result itself has not been measured yet.",)
    kind = "these images" if facts.run.config.outer else "the chosen images"
    first = f"Networks trained on {kind} reach {words.accuracy(ours)} on the real test set."
    missing = [
        name for what, name in (("random", "random images"), ("full", "the whole training set")) if what not in by
    ]
    if missing:
        return first, f"Not measured: {' and '.join(missing)}."
    low, high = by["random"].mean, by["full"].mean
    gap = (
        f" That is {100 * (ours.mean - low) / (high - low):.0f} % of the way between the two."
        if low < ours.mean < high
        else ""
    )
    return first, f"As many random real images give {low:.1f} %, the whole training set {high:.1f} %.{gap}"


SLIDES: tuple[Callable[[Facts], Slide | None], ...] = (_problem, _real, _growth, _batches, _curves, _accuracy, made)
