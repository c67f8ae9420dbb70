"""The look at one class that the Sampling page shows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.distill import distill
from engine.errors import BadConfig
from engine.events import Checkpoint, Progress
from engine.runner.kinds import check
from engine.sampling import SAMPLERS, representative
from engine.sampling import study as module
from engine.sampling.embeddings import EMBEDDINGS
from engine.sampling.representative import k_means
from engine.sampling.study import SIDES, run_network, study
from engine.streams import generator
from engine.training import embed
from tests.small import small_config, small_data

PARAMS = {"label": 1, "clusters": 3, "per_cluster": 2, "left": "representative", "right": "random", "method": "pca", "dims": 2, "seed": 0}  # fmt: skip


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    made = small_data()
    monkeypatch.setattr(module, "run_data", lambda *_: made)
    return made


def run_folder(tmp_path: Path) -> Path:
    """A run folder with a checkpoint in the middle of an outer iteration."""
    state = next(
        e.state()
        for e in distill(small_config(), small_data(), torch.device("cpu"))
        if isinstance(e, Checkpoint) and e.step == 3
    )
    (tmp_path / "run" / "checkpoints").mkdir(parents=True)
    save_file(state, tmp_path / "run" / "checkpoints" / "0000003.safetensors")
    return tmp_path / "run"


def test_batches_are_distinct_members_and_the_figures_are_json(tmp_path: Path, data) -> None:  # type: ignore[no-untyped-def]
    said: list[Progress] = []
    result = study(run_folder(tmp_path), small_config(), PARAMS, tmp_path, tmp_path, said.append)
    json.dumps(result)
    file = load_file(tmp_path / "study.safetensors")
    assert result["count"] == 12 and result["step"] == 3 and "inner loop 3" in result["features"]
    assert file["points"].shape == (12, 2) and file["points"].dtype == torch.float32
    assert torch.equal(file["images"], data.train_images[data.members[1]])
    assert torch.equal(file["members"], data.members[1])
    for side in SIDES:
        picks = file[side].tolist()
        assert len(set(picks)) == 6 and min(picks) >= 0 and max(picks) < 12
        assert result[side]["mmd"] >= 0 and result[side]["spread"] > 0
        assert result[side]["norm"] == pytest.approx(float(file["norms"][picks].mean()))
    assert said[-1].done == said[-1].total


def test_behind_a_torn_checkpoint_is_the_one_before(tmp_path: Path, data) -> None:  # type: ignore[no-untyped-def]
    folder = run_folder(tmp_path)
    (folder / "checkpoints" / "0000004.safetensors").write_bytes(b"torn")
    assert run_network(folder, small_config(), data).step == 3


def test_clusters_are_those_the_representatives_stand_for(tmp_path: Path, data) -> None:  # type: ignore[no-untyped-def]
    """Every image belongs to the nearest centre; the picks come cluster by cluster, each from its own."""
    folder, config = run_folder(tmp_path), small_config()
    study(folder, config, PARAMS | {"per_cluster": 1}, tmp_path, tmp_path, lambda _: None)
    file = load_file(tmp_path / "study.safetensors")
    features = embed(run_network(folder, config, data).network, file["images"], data.normalise)
    centres = k_means(features, 3, generator(0, "study", 1, "representative"))
    nearest = [min(range(3), key=lambda c: float((image - centres[c]).square().sum())) for image in features]
    assert file["cluster"].tolist() == nearest
    assert file["cluster"][file["left"]].tolist() == [0, 1, 2]
    assert torch.equal(file["left"], representative(features, 3, 1, generator(0, "study", 1, "representative")))


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_sampler_picks_the_same_on_either_side_whatever_stands_beside(name: str, tmp_path: Path, data) -> None:  # type: ignore[no-untyped-def]
    folder, found = run_folder(tmp_path), []
    for other in SAMPLERS:
        for side, opposite in (SIDES, SIDES[::-1]) if other != name else ():
            result = study(folder, small_config(), PARAMS | {side: name, opposite: other}, tmp_path, tmp_path, lambda _: None)  # fmt: skip
            found.append((load_file(tmp_path / "study.safetensors")[side].tolist(), result[side]))
    assert len(found) == 6 and all(one == found[0] for one in found)


def test_parts_that_take_long_are_made_once_per_network(tmp_path: Path, data, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    folder, calls = run_folder(tmp_path), []
    plain = EMBEDDINGS["pca"]
    monkeypatch.setitem(EMBEDDINGS, "pca", lambda *given: calls.append(given[1:]) or plain(*given))  # type: ignore[func-returns-value]
    files = []
    for changed in ({}, {"right": "center"}, {"clusters": 2}, {"dims": 3}):
        study(folder, small_config(), PARAMS | changed, tmp_path, tmp_path, lambda _: None)
        files.append(load_file(tmp_path / "study.safetensors"))
    assert calls == [(0, 2), (0, 3)] and [f["points"].shape[1] for f in files] == [2, 2, 2, 3]
    assert all(torch.equal(f["norms"], files[0]["norms"]) for f in files)
    (folder / "checkpoints" / "0000003.safetensors").unlink()
    study(folder, small_config(), PARAMS, tmp_path, tmp_path, lambda _: None)
    assert len(calls) == 3
    assert not torch.equal(load_file(tmp_path / "study.safetensors")["norms"], files[0]["norms"]), "another network"
    assert all(path.name.startswith("0000000-") for path in (folder / "looks").iterdir())


def test_a_damaged_part_is_made_again(tmp_path: Path, data) -> None:  # type: ignore[no-untyped-def]
    folder = run_folder(tmp_path)
    study(folder, small_config(), PARAMS, tmp_path, tmp_path, lambda _: None)
    before = load_file(tmp_path / "study.safetensors")
    for path in (folder / "looks").iterdir():
        path.write_bytes(b"nonsense")
    study(folder, small_config(), PARAMS, tmp_path, tmp_path, lambda _: None)
    after = load_file(tmp_path / "study.safetensors")
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_with_batch_norm_there_are_no_gradient_norms(tmp_path: Path, data) -> None:  # type: ignore[no-untyped-def]
    result = study(tmp_path, small_config(norm="batch"), PARAMS, tmp_path, tmp_path, lambda _: None)
    assert load_file(tmp_path / "study.safetensors")["norms"].isnan().all()
    assert result["left"]["norm"] is None and result["right"]["mmd"] >= 0


def test_parameters_are_whole_and_bounded() -> None:
    whole = check("sampling", {"label": 1}, small_config())
    assert (whole["left"], whole["right"], whole["dims"]) == ("representative", "random", 2)
    for wrong in ({"left": "best"}, {"right": 3}, {"dims": 4}, {"dims": "3"}):
        with pytest.raises(BadConfig):
            check("sampling", wrong, small_config())


def test_without_a_checkpoint_it_says_so(tmp_path: Path, data) -> None:  # type: ignore[no-untyped-def]
    result = study(tmp_path, small_config(), PARAMS, tmp_path, tmp_path, lambda _: None)
    assert "no checkpoint yet" in result["features"]


@pytest.mark.parametrize(
    ("params", "field"), [({"label": 3}, "label"), ({"clusters": 7}, "clusters"), ({"left": "random"}, "right")]
)
def test_what_is_not_there_is_refused(tmp_path: Path, data, params: dict[str, object], field: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(BadConfig) as caught:
        study(tmp_path, small_config(), PARAMS | params, tmp_path, tmp_path, lambda _: None)
    assert field in caught.value.problems


@pytest.mark.parametrize("dims", [2, 3])
@pytest.mark.parametrize("count", [1, 3, 60])
@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_embeddings_have_finite_columns_whatever_the_count(method: str, count: int, dims: int) -> None:
    features = torch.randn(count, 9).numpy()
    points = EMBEDDINGS[method](features, 0, dims)
    assert points.shape == (count, dims) and torch.from_numpy(points).isfinite().all()


@pytest.mark.parametrize("dims", [2, 3])
def test_umap_keeps_two_far_groups_apart(dims: int) -> None:
    features = torch.randn(40, 9)
    features[20:] += 50
    threads = torch.get_num_threads()
    points = torch.from_numpy(EMBEDDINGS["umap"](features.numpy(), 0, dims))
    assert torch.get_num_threads() == threads, "what comes after it in this process has as many as before"
    assert points.shape == (40, dims)
    a, b = points[:20], points[20:]
    assert (a.mean(0) - b.mean(0)).norm() > (a - a.mean(0)).norm(dim=1).mean()


def test_pca_equals_the_singular_value_decomposition() -> None:
    features = torch.randn(30, 6, dtype=torch.float64)
    centred = features - features.mean(0)
    _, values, _ = torch.linalg.svd(centred)
    points = torch.from_numpy(EMBEDDINGS["pca"](features.float().numpy(), 0, 2)).double()
    torch.testing.assert_close(points.norm(dim=0), values[:2], rtol=1e-4, atol=1e-4)
