#!/usr/bin/env bash
# The paper's main comparison on a GPU, in one call: benchmarks/paper_gpu.sh [--dry] [CIFAR-10 archive [MNIST archive]]
#
# IDC, DREAM and DREAM+ with the paper's settings, accuracy curves included, but for the number of outer iterations: CIFAR-10 at 10 images per
# class, then 1; MNIST at 10; CIFAR-10 at 50 as time allows. Every part has its own time limit and all together end after MINUTES; a run that is
# cut off is stopped with a checkpoint. Results are written after every part, so that one that fails does not lose the others.
#
#   --dry            tiny sizes on the CPU: shows that the script works
#   MINUTES          for everything (default: 30); every part's limit grows and shrinks with it
#   OUT              folder for the results (default: benchmarks/results): runs-table1.json, unfinished-<id>.csv, one .log per part
#   DISTILLERY_HOME  a workspace to keep: the next call takes up what this one stopped, and runs nothing twice (default: a temporary one)
#   PYTHON           the Python to use (default: .venv's, else python3)
#   OUTER, EVAL_EPOCHS, EVAL_REPEATS, SEEDS   (default: 60, 300, 3, 0)
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

DRY=
[ "${1:-}" = --dry ] && { DRY=yes; shift; }
CIFAR=${1:-} MNIST=${2:-}
for place in ../shared/data shared/data; do
    [ -z "$CIFAR" ] && [ -f "$place/cifar10-jpeg.tar.xz" ] && CIFAR=$place/cifar10-jpeg.tar.xz
    [ -z "$MNIST" ] && [ -f "$place/mnist.tar.xz" ] && MNIST=$place/mnist.tar.xz
done
if [ -z "${PYTHON:-}" ]; then
    PYTHON=python3
    [ -x .venv/bin/python ] && PYTHON=.venv/bin/python
fi
OUT=${OUT:-benchmarks/results}
mkdir -p "$OUT" || exit 1
OUT=$(cd "$OUT" && pwd)
SCRATCH=
if [ -z "${DISTILLERY_HOME:-}" ]; then
    SCRATCH=$(mktemp -d)
    DISTILLERY_HOME=$SCRATCH/workspace
fi
export DISTILLERY_HOME
trap '[ -z "$SCRATCH" ] || rm -rf "$SCRATCH"' EXIT # a supervisor whose workspace is gone ends by itself
MINUTES=${MINUTES:-30}
END=$((SECONDS + MINUTES * 60 - 90)) # what is kept back is for stopping the last run and writing

FAILED=
fail() { FAILED="$FAILED $1"; return 1; }

stop_all() { # ends what is still under way after a checkpoint
    local id ids
    ids=$("$PYTHON" -m engine list --json 2>/dev/null | "$PYTHON" -c '
import json, sys
print(*(run["id"] for run in json.load(sys.stdin) if run["state"] in ("queued", "starting", "running")))' 2>/dev/null)
    for id in $ids; do "$PYTHON" -m engine stop "$id" >/dev/null 2>&1; done
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
        [ -z "$ids" ] && break
        "$PYTHON" -m engine list --json 2>/dev/null | grep -Eq '"state": "(starting|running|stopping)"' || break
        sleep 1
    done
}

part() { # part NAME SECONDS WORDS...: one call of table1_accuracy, SECONDS of every half hour; says how it went
    local name=$1 limit=$(($2 * MINUTES / 30)) began=$SECONDS code
    shift 2
    [ $((END - SECONDS)) -lt "$limit" ] && limit=$((END - SECONDS))
    [ "$limit" -lt 20 ] && { echo "$name: no time left for it"; fail "$name"; return; }
    # shellcheck disable=SC2086 # several words on purpose
    timeout --kill-after=10 "$limit" "$PYTHON" -m benchmarks.table1_accuracy "$@" --seeds ${SEEDS:-0} --out "$OUT" >"$OUT/$name.log" 2>&1
    code=$?
    case $code in
    0) echo "$name: done in $((SECONDS - began)) s" ;;
    124 | 137) echo "$name: not done within its $limit s, stopped" ;;
    *) echo "$name: failed with exit code $code: $(tail -n 1 "$OUT/$name.log" | cut -c 1-300)" ;;
    esac
    [ $code = 0 ] || { stop_all; fail "$name"; }
}

if [ -n "$DRY" ]; then
    COMMON="device=cpu outer=${OUTER:-2} inner=2 width=8 depth=2 clusters=8 batch_real=32 net_samples_per_step=32 pretrain_epochs=0 evaluate_every=2
        eval_epochs=2 eval_repeats=1"
else
    OUTER=${OUTER:-60}
    COMMON="device=cuda outer=$OUTER eval_epochs=${EVAL_EPOCHS:-300} eval_repeats=${EVAL_REPEATS:-3}"
fi
SETS=()
for setting in $COMMON full_epochs=0 reference_epochs=0 snapshot_every=1000; do SETS+=(--set "$setting"); done

if [ -n "$DRY" ]; then
    part digits-dream+-1 120 --dataset digits --ipc 1 --only dream+ "${SETS[@]}"
else
    curve() { echo "evaluate_every=$((OUTER * 100 / 12))"; } # twelve points: the paper's inner loops are 100 per outer iteration
    three() { # three DATASET ARCHIVE IPC SECONDS
        for recipe in idc dream dream+; do
            part "$1-$recipe-$3" "$4" --dataset "$1" --data-dir "$2" --ipc "$3" --only "$recipe" "${SETS[@]}" --set "$(curve)"
        done
    }
    three cifar10 "$CIFAR" 10 360
    three cifar10 "$CIFAR" 1 90
    three mnist "$MNIST" 10 100
    three cifar10 "$CIFAR" 50 600
fi

"$PYTHON" -m engine list --json >"$OUT/list.json" 2>/dev/null
for id in $("$PYTHON" -c '
import json, sys
print(*(run["id"] for run in json.load(open(sys.argv[1])) if run["state"] != "finished"))' "$OUT/list.json" 2>/dev/null); do
    "$PYTHON" -m engine metrics "$id" --name accuracy --name accuracy.std --name speed >"$OUT/unfinished-$id.csv" 2>/dev/null
    "$PYTHON" -m engine show "$id" --json >"$OUT/unfinished-$id.json" 2>/dev/null
done
find "$OUT" -maxdepth 1 -type f -empty -delete
rm -f "$OUT/list.json"
echo "Results are in $OUT${FAILED:+; not done:$FAILED}"
[ -z "$FAILED" ]
