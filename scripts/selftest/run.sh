#!/usr/bin/env bash
# Runs the self-test's jobs on this machine through act: what `make selftest` does. The Docker action
# with Docker, or through podman, where the scripts for that are beside the checkout; the composite
# action without either and, where those scripts are, with no network but loopback.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
podman_scripts=${SELFTEST_PODMAN:-$root/../shared/container}
image=docker.io/library/python:3.13-slim
export ACT=${ACT:-$root/.venv/bin/act}

skip() {
  echo "Self-test skipped: $1"
  exit 0
}

docker_answers() { command -v docker > /dev/null && docker info > /dev/null 2>&1; }

if docker_answers; then
  engine=docker
elif [ -x "$podman_scripts/act-docker.sh" ]; then
  engine=podman
  timeout 150 "$podman_scripts/setup.sh" > /dev/null || skip "podman could not be installed"
else
  skip "there is neither Docker nor $podman_scripts"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/copy"
# Only what belongs to the repository: act copies the whole folder into each job.
listed() {
  git ls-files -z --cached --others --exclude-standard 2> /dev/null \
    || find . -type f -not -path './.venv/*' -not -path './.*_cache/*' -print0
}
(cd "$root" && listed | xargs -0 ls -d 2> /dev/null | tar -c -T - | tar -x -C "$work/copy") || true
cd "$work/copy"
# Without a repository act complains with every step.
if command -v git > /dev/null; then
  git init --quiet
  git -c user.name=selftest -c user.email=selftest@localhost -c commit.gpgsign=false \
    commit --quiet --allow-empty --message selftest
fi
echo '{}' > "$work/event.json"
# act copies what git doesn't ignore.
rm -f .gitignore
CARRY_THIS_PYTHON=1 "$root/.venv/bin/python" scripts/release/dist.py dist > /dev/null
options=(-W .github/workflows/selftest.yml --matrix system:ubuntu-24.04)
act_docker() {
  if [ $engine = podman ]; then
    "$podman_scripts/act-docker.sh" . push "$work/event.json" "${options[@]}" -j docker
  else
    "$ACT" push -e "$work/event.json" -P "ubuntu-24.04=$image" "${options[@]}" -j docker
  fi
}
act_composite() {
  export PATH="$root/.venv/bin:$PATH"
  if [ -x "$podman_scripts/act-host.sh" ]; then
    "$podman_scripts/act-host.sh" . "$work/event.json" "${options[@]}" -j composite
  else
    "$ACT" push -e "$work/event.json" -P ubuntu-24.04=-self-hosted "${options[@]}" -j composite
  fi
}
# The stand-in for the base image has another digest.
[ $engine = docker ] || sed -i -E 's/^(FROM .*)@sha256:[0-9a-f]{64}/\1/' Dockerfile

code=0
act_composite > "$work/composite.log" 2>&1 &
act_docker > "$work/log" 2>&1 || code=$?
wait $! || code=$?
cat "$work/composite.log" >> "$work/log"
if [ $code -ne 0 ]; then
  cut -c -1000 "$work/log"
else
  grep -E '✅ .*Main|🏁' "$work/log"
fi
# A job that was never run hasn't succeeded.
succeeded=$(grep -c '🏁  Job succeeded' "$work/log" || true)
summaries=$(grep -c 'Summary - ### Paged: 🔴 .*/incidents/' "$work/log" || true)
if [ "$code" -ne 0 ] || [ "$succeeded" -ne 2 ] || [ "$summaries" -lt 6 ]; then
  echo "Self-test failed: act ended with $code, $succeeded of 2 jobs succeeded, and" \
    "$summaries job summaries showed an incident"
  exit 1
fi
echo "Self-test passed: the Docker action and the composite action, on $engine"
