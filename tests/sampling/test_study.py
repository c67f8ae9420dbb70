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
from engine.sampling import study as module
from engine.sampling.study import EMBEDDINGS, study
from tests.small import small_config, small_data

PARAMS = {"label": 1, "clusters": 3, "per_cluster": 2, "method": "pca", "seed": 0}


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
    for name in ("representative", "random"):
        picks = file[name].tolist()
        assert len(set(picks)) == 6 and min(picks) >= 0 and max(picks) < 12
        assert result[name]["mmd"] >= 0 and result[name]["spread"] > 0
    assert said[-1].done == said[-1].total


def test_without_a_checkpoint_it_says_so(tmp_path: Path, data) -> None:  # type: ignore[no-untyped-def]
    result = study(tmp_path, small_config(), PARAMS, tmp_path, tmp_path, lambda _: None)
    assert "no checkpoint yet" in result["features"]


@pytest.mark.parametrize(("params", "field"), [({"label": 3}, "label"), ({"clusters": 7}, "clusters")])
def test_what_is_not_there_is_refused(tmp_path: Path, data, params: dict[str, int], field: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(BadConfig) as caught:
        study(tmp_path, small_config(), PARAMS | params, tmp_path, tmp_path, lambda _: None)
    assert field in caught.value.problems


@pytest.mark.parametrize("count", [1, 3, 60])
@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_embeddings_have_two_finite_columns_whatever_the_count(method: str, count: int) -> None:
    features = torch.randn(count, 9).numpy()
    points = EMBEDDINGS[method](features, 0)
    assert points.shape == (count, 2) and torch.from_numpy(points).isfinite().all()


def test_umap_keeps_two_far_groups_apart() -> None:
    features = torch.randn(40, 9)
    features[20:] += 50
    points = torch.from_numpy(EMBEDDINGS["umap"](features.numpy(), 0))
    a, b = points[:20], points[20:]
    assert (a.mean(0) - b.mean(0)).norm() > (a - a.mean(0)).norm(dim=1).mean()


def test_pca_equals_the_singular_value_decomposition() -> None:
    features = torch.randn(30, 6, dtype=torch.float64)
    centred = features - features.mean(0)
    _, values, _ = torch.linalg.svd(centred)
    points = torch.from_numpy(EMBEDDINGS["pca"](features.float().numpy(), 0)).double()
    torch.testing.assert_close(points.norm(dim=0), values[:2], rtol=1e-4, atol=1e-4)
