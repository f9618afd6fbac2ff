"""Runs the action without Docker, on what a release carries in `lib`.

The first Python of a runner may be an old one: this file and those it imports have no newer syntax
than Python 3.6's.
"""

import os
import sys

_HERE = os.path.dirname(os.path.realpath(__file__))  # noqa: PTH120 - pathlib takes 5 ms
_ROOT = os.path.dirname(_HERE)  # noqa: PTH120 - as above

sys.path[:0] = [_ROOT, _HERE]
import json  # noqa: E402 - after that
from importlib.machinery import EXTENSION_SUFFIXES  # noqa: E402 - likewise

import entrypoint  # noqa: E402 - found once the path is set; from here on signals are heard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_INPUTS = "INPUTS_JSON"


def is_carried(requirements: str) -> bool:
    """Check whether a release's packages hold what this Python, on this system, can load."""
    # macOS' file names don't say that they are for arm64.
    if sys.platform == "darwin" and os.uname().machine != "arm64":
        return False
    native = f"{requirements}/pydantic_core/_pydantic_core{EXTENSION_SUFFIXES[0]}"
    return os.path.exists(native)  # noqa: PTH110 - as above


def as_in_container(environment: "Mapping[str, str]") -> "dict[str, str]":
    """Pass the inputs on as the runner passes them to a container.

    The step itself sets ``INPUTS_JSON``, which nobody else can then; any ``INPUT_*`` is somebody
    else's.
    """
    others = {n: v for n, v in environment.items() if n != _INPUTS and not n.startswith("INPUT_")}
    inputs = json.loads(environment[_INPUTS])
    others.update({f"INPUT_{name.upper()}": str(value) for name, value in inputs.items()})
    return others


def main() -> None:
    """Find the packages, and run the action on them in this process."""
    requirements = f"{_ROOT}/lib"
    if not is_carried(requirements):
        import other_python  # noqa: PLC0415 - most runners don't need it

        requirements = other_python.requirements(_ROOT)
    del sys.path[:2]
    entrypoint.run(requirements, as_in_container(os.environ))


if __name__ == "__main__":
    main()
