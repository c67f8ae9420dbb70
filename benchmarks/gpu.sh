#!/usr/bin/env bash
# Everything that needs a GPU, in one call of at most ten minutes: benchmarks/gpu.sh [--dry] [CIFAR-10 archive]
#
# GPU tests, the inner loop beside the plain one in the shapes of three datasets, evaluation, and a CIFAR-10 run with the paper's settings for
# 60 outer iterations. Each part has its own time limit and leaves its own files, so that one that fails does not lose the others.
# Nothing is installed: what is missing is named, and PYTHONPATH may lead to it.
#
#   --dry      tiny sizes on the CPU: shows that the script works
#   OUT        folder for the results (default: benchmarks/results/gpu-<date>)
#   PYTHON     the Python to use (default: .venv's, else python3)
#   OUTER, EVAL_EPOCHS, EVAL_REPEATS   of the CIFAR-10 run (default: 60, 300, 1)
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

DRY=
[ "${1:-}" = --dry ] && { DRY=yes; shift; }
ARCHIVE=${1:-}
for place in ../shared/data shared/data; do
    [ -z "$ARCHIVE" ] && [ -f "$place/cifar10-jpeg.tar.xz" ] && ARCHIVE=$place/cifar10-jpeg.tar.xz
done
if [ -z "${PYTHON:-}" ]; then
    PYTHON=python3
    [ -x .venv/bin/python ] && PYTHON=.venv/bin/python
fi
OUT=${OUT:-benchmarks/results/gpu-$(date +%Y%m%d)}
mkdir -p "$OUT" || exit 1
OUT=$(cd "$OUT" && pwd)
SCRATCH=$(mktemp -d)
export DISTILLERY_HOME=$SCRATCH/workspace # its cache and snapshots are too large to be results
trap 'rm -rf "$SCRATCH"' EXIT             # a supervisor whose workspace is gone ends by itself

FAILED=
part() { # part NAME SECONDS COMMAND...: stdout to NAME.out, stderr to NAME.log; says how it went
    local name=$1 limit=$2 began=$SECONDS code
    shift 2
    timeout --kill-after=10 "$limit" "$@" >"$OUT/$name.out" 2>"$OUT/$name.log"
    code=$?
    case $code in
    0) echo "$name: done in $((SECONDS - began)) s" ;;
    124 | 137) echo "$name: not done within its $limit s" ;;
    *) echo "$name: failed with exit code $code: $(tail -n 1 "$OUT/$name.log" | cut -c 1-300)" ;;
    esac
    [ $code = 0 ] || FAILED="$FAILED $name"
    return $code
}

part environment 20 "$PYTHON" - <<'CHECK'
import importlib.util, os, platform, sys

import torch

needed = ("numpy", "PIL", "psutil", "safetensors", "fast_pytorch_kmeans", "numba", "sqlalchemy", "filelock", "sklearn", "pytest")
missing = [name for name in needed if importlib.util.find_spec(name) is None]
gpus = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
print(f"Python {platform.python_version()}, torch {torch.__version__}, {os.cpu_count()} cores, GPUs: {', '.join(gpus) or 'none'}")
print(f"missing: {', '.join(missing) or 'nothing'}")
CHECK
cat "$OUT/environment.out"

if [ -n "$DRY" ]; then
    DEVICE=cpu TESTS=tests/test_devices.py CASES=trial REPEATS="--repeats 1 --no-baseline"
    EVALUATION="--dataset digits --epochs 1 --networks 2 --repeats 1"
    SETTINGS="dataset=digits ipc=1 width=8 depth=2 outer=${OUTER:-2} inner=2 clusters=8 batch_real=32 net_samples_per_step=32 pretrain_epochs=0
        evaluate_every=2 eval_epochs=2 eval_repeats=1"
else
    DEVICE=cuda TESTS="tests/gpu tests/test_devices.py" CASES="cifar10-paper cifar10-bf16 cifar100-paper tinyimagenet-paper" REPEATS="--repeats 5"
    EVALUATION="--dataset cifar10 --data-dir $(realpath "${ARCHIVE:-missing}") --epochs 30 --repeats 3"
    OUTER=${OUTER:-60}
    SETTINGS="dataset=cifar10 recipe=dream+ ipc=10 factor=2 data_dir=$(realpath "${ARCHIVE:-missing}") outer=$OUTER evaluate_every=$((OUTER * 10))
        eval_epochs=${EVAL_EPOCHS:-300} eval_repeats=${EVAL_REPEATS:-1}"
fi

# shellcheck disable=SC2086 # several words on purpose
part tests 50 "$PYTHON" -m pytest -m gpu -q -W default -p no:cacheprovider $TESTS
for case in $CASES; do
    limit=55
    [ "$case" = tinyimagenet-paper ] && limit=90 # its pixels alone take a while to make
    # shellcheck disable=SC2086 # several words on purpose
    part "bench-$case" $limit "$PYTHON" -m engine bench --device "$DEVICE" --case "$case" $REPEATS --json
    [ -s "$OUT/bench-$case.out" ] && mv "$OUT/bench-$case.out" "$OUT/bench-$case.json"
done

# shellcheck disable=SC2086
part evaluation 40 "$PYTHON" -m benchmarks.evaluation --device "$DEVICE" $EVALUATION

SETS=()
for setting in $SETTINGS full_epochs=0 reference_epochs=0 device=$DEVICE; do SETS+=(--set "$setting"); done
part run 190 "$PYTHON" -m engine run "${SETS[@]}" --name gpu --wait --json
ID=$("$PYTHON" -m engine list --json 2>/dev/null | "$PYTHON" -c 'import json, sys; print(json.load(sys.stdin)[0]["id"])' 2>/dev/null)
if [ -n "$ID" ]; then
    # A run that is still under way writes a checkpoint and ends; what it has measured so far is kept all the same.
    "$PYTHON" -m engine stop "$ID" >/dev/null 2>&1
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        "$PYTHON" -m engine show "$ID" --json 2>/dev/null | grep -Eq '"state": "(starting|running|stopping)"' || break
        sleep 1
    done
    part metrics 20 "$PYTHON" -m engine metrics "$ID" && mv "$OUT/metrics.out" "$OUT/metrics.csv"
    awk -F, 'NR == 1 || $2 == "accuracy" || $2 == "accuracy.std"' "$OUT/metrics.csv" >"$OUT/accuracy.csv"
    part show 20 "$PYTHON" -m engine show "$ID" --json && mv "$OUT/show.out" "$OUT/run.json"
    cp "$DISTILLERY_HOME/runs/$ID/log.txt" "$OUT/run-log.txt" 2>/dev/null
fi
find "$OUT" -type f -empty -delete
echo "Results are in $OUT${FAILED:+; not done:$FAILED}"
[ -z "$FAILED" ]
