"""Rendering with a template of the repository's own, which nobody here has read.

It runs in jinja2's immutable sandbox, in a process of its own with bounded time, memory and
output: the sandbox stops a template from reaching Python, the bounds from eating the machine.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass

from swreg.docs.page import Page
from swreg.docs.render import by_template
from swreg.domain import shape
from swreg.errors import BrokenFile, SwregError

_OTHER = (
    TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError,
    MemoryError, SwregError,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a foreign template may use: seconds of processor, bytes of memory and of output."""

    seconds: int = 5
    memory: int = 512 << 20
    output: int = 8 << 20


def render_foreign(template: str, page: Page, *, name: str, bounds: Bounds = Bounds()) -> str:
    """The page by a foreign template; `BrokenFile` with file and line where it fails."""
    order = {"template": template, "page": shape.write(page), "bounds": asdict(bounds)}
    environment = {
        key: os.environ[key]
        for key in ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH")
        if key in os.environ
    }
    environment |= {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "swreg.docs.foreign"],
            input=json.dumps(order).encode(),
            capture_output=True,
            cwd=tempfile.gettempdir(),
            env=environment,
            timeout=bounds.seconds + 10,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise BrokenFile(f"{name}: rendering takes too long", _HINT) from None
    if done.returncode:
        raise BrokenFile(f"{name}: rendering takes too long or too much memory", _HINT)
    answer = json.loads(done.stdout)
    if "error" in answer:
        line = f":{answer['line']}" if answer["line"] else ""
        raise BrokenFile(f"{name}{line}: {answer['error']}", _HINT)
    return str(answer["text"])


_HINT = "mend the template, or: git config swreg.templates false"


def main() -> None:
    """The child's side: an order as JSON on standard input, the answer on standard output."""
    order = json.loads(sys.stdin.buffer.read())
    bounds = shape.read(Bounds, order["bounds"])
    _limit(bounds)
    answer = _answer(order["template"], shape.read(Page, order["page"]), bounds)
    sys.stdout.write(json.dumps(answer))


def _answer(template: str, page: Page, bounds: Bounds) -> dict[str, object]:
    from jinja2 import TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    try:
        text = by_template(ImmutableSandboxedEnvironment, template, page)
    except (TemplateError, *_OTHER) as error:
        said = str(error).strip().splitlines()
        return {
            "error": (said[0] if said else type(error).__name__)[:200],
            "line": getattr(error, "lineno", None),
        }
    if len(text) > bounds.output:
        return {"error": f"gives more than {bounds.output >> 20} MiB", "line": None}
    return {"text": text}


def _limit(bounds: Bounds) -> None:
    try:
        import resource
    except ImportError:  # pragma: no cover - Windows has only the time-out
        return
    resource.setrlimit(resource.RLIMIT_CPU, (bounds.seconds, bounds.seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform != "darwin":
        resource.setrlimit(resource.RLIMIT_AS, (bounds.memory, bounds.memory))


if __name__ == "__main__":
    main()
