#!/usr/bin/env bash
# Builds the source archive and the wheel, and uses the wheel as a person would: in a clean environment, on the oldest
# versions of the dependencies that pyproject.toml allows, from another folder.
#
#   tests/system/test_wheel.sh [PYTHON [FOLDER]]
#
# Works in a temporary folder, which is removed at the end. Where FOLDER is given, archive and wheel are put there once
# they have passed.
set -euo pipefail

PYTHON=$(command -v "${1:-python3}")
FOLDER=${2:+$(realpath -m "$2")}
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
export XDG_CACHE_HOME="${XDG_CACHE_HOME:-$WORK/cache}" MPLCONFIGDIR="$WORK/matplotlib"
export PIP_DISABLE_PIP_VERSION_CHECK=1
unset PYTHONPATH NUMBA_CACHE_DIR

say() { printf '\n-- %s\n' "$*"; }
fail() { printf 'test_wheel: %s\n' "$*" >&2; exit 1; }

say "build: source archive, the wheel from it, and a wheel straight from the checkout"
"$PYTHON" -m venv "$WORK/build"
"$WORK/build/bin/pip" install --quiet build twine
"$WORK/build/bin/python" -m build "$ROOT" --outdir "$WORK/dist" >"$WORK/build.log" 2>&1 || { cat "$WORK/build.log"; fail "the build failed"; }
"$WORK/build/bin/python" -m build "$ROOT" --wheel --outdir "$WORK/direct" >"$WORK/build.log" 2>&1 || { cat "$WORK/build.log"; fail "the build failed"; }
ls -l "$WORK/dist"
"$WORK/build/bin/twine" check --strict "$WORK"/dist/*
"$WORK/build/bin/python" - "$ROOT" "$WORK"/dist/*.whl "$WORK"/direct/*.whl <<'PYTHON'
import sys
import zipfile
from pathlib import Path

root = Path(sys.argv[1])
through_archive, direct = ({n: z.read(n) for n in z.namelist()} for z in map(zipfile.ZipFile, sys.argv[2:]))
assert through_archive == direct, f"the two wheels differ: {sorted(through_archive.keys() ^ direct.keys())}"
for kind in ("scenarios", "calibration", "experiments"):
    files = [p for p in (root / kind).rglob("*") if p.is_file()]
    assert files, f"{kind}/ is empty"
    missing = [str(p) for p in files if f"sim/_bundled/{p.relative_to(root).as_posix()}" not in direct]
    assert not missing, f"the wheel lacks {missing}"
top = {name.split("/")[0] for name in direct if ".dist-info/" not in name}
assert top == {"sim"}, f"the wheel would install {sorted(top)}"
PYTHON

say "install in a clean environment, on the oldest versions allowed"
"$PYTHON" -c '
import re, sys, tomllib
project = tomllib.load(open(sys.argv[1], "rb"))["project"]
print(*(re.sub(r">=", "==", line) for line in project["dependencies"]), sep="\n")
' "$ROOT/pyproject.toml" | tee "$WORK/oldest.txt"
"$PYTHON" -m venv "$WORK/clean"
"$WORK/clean/bin/pip" install --quiet --constraint "$WORK/oldest.txt" "$WORK"/dist/*.whl
"$WORK/clean/bin/pip" check

mkdir "$WORK/elsewhere"
cd "$WORK/elsewhere"
PATH="$WORK/clean/bin:$PATH"

say "upgrading --help"
upgrading --help

say "upgrading check: every bundled scenario by name"
names=()
for file in "$ROOT"/scenarios/*.yaml; do names+=("$(basename "$file" .yaml)"); done
upgrading check "${names[@]}"

say "upgrading run baseline"
upgrading run baseline --scale 0.01 --replications 2 --out "$WORK/elsewhere/baseline"
for file in manifest.json summary.csv quarters.parquet; do
    [ -s "baseline/$file" ] || fail "upgrading run wrote no $file"
done
[ -n "$(find baseline -name '*.png' -size +1k)" ] || fail "upgrading run drew no figure"

say "upgrading init, and a run of the copy"
upgrading init own
# The copies name each other; all else is the same.
for kind in scenarios calibration experiments; do
    diff -r -I '^evidence: ' -I '^scenarios: ' "$ROOT/$kind" "own/$kind" || fail "upgrading init did not copy $kind whole"
done
upgrading check own/scenarios/*.yaml
upgrading run own/scenarios/talent_pool.yaml --scale 0.01 --replications 2 --out own/results

say "upgrading check: every bundled experiment, as a copy; a small sensitivity study"
upgrading check own/experiments/*.yaml
upgrading sweep budget --preview
cat >small.yaml <<'YAML'
name: small
scenarios: [baseline]
settings: {scale: 0.001, horizon: {end: 2024Q4}}
uncertainties: {eps: range, renew_certificate: range, mu: range}
design: {method: two_stage, trajectories: 4, size: 8, keep: 2}
replications: 2
YAML
upgrading sensitivity small.yaml --out small
for file in manifest.json indices.csv report.md sobol/runs.parquet; do
    [ -s "small/$file" ] || fail "upgrading sensitivity wrote no $file"
done

say "bad input gets exit code 2"
set +e
upgrading run no_such_scenario --out nothing
code=$?
set -e
[ "$code" -eq 2 ] || fail "a missing scenario gave exit code $code"
[ ! -e nothing ] || fail "a refused run wrote something"

say "the page: without its extra, what is missing; with it, a server that answers"
set +e
told=$(upgrading view --no-browser 2>&1)
code=$?
set -e
[ "$code" -eq 2 ] || fail "a page without its packages gave exit code $code: $told"
grep -q "industrial-upgrading\[view\]" <<<"$told" || fail "it was not told how to get them: $told"
wheel=$(echo "$WORK"/dist/*.whl)
pip install --quiet --constraint "$WORK/oldest.txt" "${wheel}[view]"
upgrading view --no-browser --port 8799 >view.log 2>&1 &
page=$!
for _ in $(seq 600); do
    grep -q 8799 view.log && break
    kill -0 "$page" 2>/dev/null || fail "the server ended: $(cat view.log)"
    sleep 0.5
done
python - <<'PY'
import urllib.request
with urllib.request.urlopen("http://127.0.0.1:8799/", timeout=60) as answer:
    assert answer.status == 200, answer.status
PY
kill -INT "$page"
wait "$page" || fail "the server ended badly: $(cat view.log)"

if [ -n "$FOLDER" ]; then
    mkdir -p "$FOLDER"
    cp "$WORK"/dist/* "$FOLDER"
fi
say "the wheel works"
