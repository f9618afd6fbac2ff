# shellcheck shell=bash
# Starts run.py with the runner's own Python; the composite action's step sources this.
for python in python3 python "${RUNNER_TOOL_CACHE:-}"/Python/3.*/*/{bin/python3,python.exe}; do
  python=$(type -P "$python") || continue
  # Windows has a python3 that only opens its store.
  case $python in */WindowsApps/*) continue ;; esac
  # The step's shell makes way, so that signals reach the action itself. -I keeps the workspace and
  # PYTHON* variables out of the imports; UTF-8 isn't Windows' own choice.
  # shellcheck disable=SC2093
  exec "$python" -I -S -X utf8 "$GITHUB_ACTION_PATH/run.py"
done
echo "::error title=Nobody was paged%3A there is no Python::The action needs Python, and this runner has none. Install Python 3.11 or later on the runner, or use actions/setup-python in a step before this one."
exit 1
