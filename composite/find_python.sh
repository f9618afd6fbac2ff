#!/usr/bin/env bash
# Finds a Python that can run the action and make a virtual environment; says nothing if there is
# none. Windows has a `python3` that only opens a shop: what counts is what it answers.
set -euo pipefail
CAN="import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))"
for name in python3 python python3.14 python3.13 python3.12 python3.11; do
  if path=$(command -v "$name") && "$path" -I -c "$CAN" >/dev/null 2>&1; then
    printf 'python=%s\n' "$path" >> "$GITHUB_OUTPUT"
    exit 0
  fi
done
