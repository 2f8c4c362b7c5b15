"""How we measure commands: whole processes, in interleaved rounds, as medians and ratios.

A machine's speed drifts from minute to minute, so a time alone says little. Every round runs each
case once, A B C A B C, and what counts is the ratio of medians within one run: to `P`, a Python
that does nothing, and to `C`, a raw `git add` and `git commit` with the durability that swreg asks
of git. Each case has one run that does not count, to fill caches.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import log
from pathlib import Path

FSYNC = ("-c", "core.fsync=committed,loose-object")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One command to be measured. `command` gets the number of the round, so that a write can do
    something new each time; `prepare` runs before it and is not timed.
    """

    name: str
    command: Callable[[int], Sequence[str]]
    cwd: Path
    prepare: Callable[[int], None] = lambda _: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One run: wall time and processor time in seconds, peak memory in bytes."""

    wall: float
    cpu: float
    memory: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The samples of every case, by name."""

    samples: Mapping[str, Sequence[Sample]] = field(default_factory=dict)

    def wall(self, name: str) -> float:
        """Median wall time in seconds."""
        return statistics.median(sample.wall for sample in self.samples[name])

    def ratio(self, name: str, to: str) -> float:
        """How many times as long as another case of the same rounds, by medians."""
        return self.wall(name) / self.wall(to)

    def memory(self, name: str) -> int:
        """The highest peak in bytes."""
        return max(sample.memory for sample in self.samples[name])


def fixed(*command: str) -> Callable[[int], Sequence[str]]:
    """A command that is the same in every round."""
    return lambda _: command


def environment() -> dict[str, str]:
    """Ours, less what would slow a start or let somebody else's settings in."""
    dropped = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONUNBUFFERED")
    kept = {key: value for key, value in os.environ.items() if key not in dropped}
    return {**kept, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "LC_ALL": "C"}


def run_once(case: Case, turn: int) -> Sample:
    """Run a case once. A failure ends the measurement: a fast error is no result."""
    case.prepare(turn)
    command = list(case.command(turn))
    with tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        child = subprocess.Popen(
            command,
            cwd=case.cwd,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            errors.seek(0)
            said = errors.read().decode(errors="replace")
            raise SystemExit(f"bench: {case.name}: exit {child.returncode}: {command}\n{said}")
    # Linux counts kilobytes here, macOS bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return Sample(wall=wall, cpu=usage.ru_utime + usage.ru_stime, memory=usage.ru_maxrss * unit)


def measure(cases: Sequence[Case], *, rounds: int = 9) -> Figures:
    """Run all cases in interleaved rounds, after one round that does not count."""
    samples: dict[str, list[Sample]] = {case.name: [] for case in cases}
    for turn in range(rounds + 1):
        for case in cases:
            sample = run_once(case, turn)
            if turn:
                samples[case.name].append(sample)
    return Figures(samples)


def bare_python(cwd: Path) -> Case:
    """`P`: the interpreter that runs us, doing nothing."""
    return Case(name="P", command=fixed(sys.executable, "-c", "pass"), cwd=cwd)


def raw_git(repo: Path) -> Case:
    """`C`: two changed files, added and committed by git itself, as durably as swreg commits."""
    names = ("bench-a.txt", "bench-b.txt")

    def change(turn: int) -> None:
        for name in names:
            (repo / name).write_text(f"{time.time_ns()} {turn}\n", encoding="utf-8")

    git = " ".join(("git", *FSYNC))
    script = f"{git} add -- {' '.join(names)} && {git} commit --quiet --message bench"
    return Case(name="C", command=fixed("/bin/sh", "-c", script), cwd=repo, prepare=change)


def growth(points: Sequence[tuple[float, float]]) -> float:
    """The power with which a time grows: the slope of a straight line through the logarithms.

    >>> round(growth([(10, 1.0), (100, 10.0), (1000, 100.0)]), 3)
    1.0
    """
    fit = statistics.linear_regression(*zip(*((log(n), log(t)) for n, t in points), strict=True))
    return fit.slope


def machine() -> str:
    """The machine and the programs, for the head of a report."""
    git = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True)
    return (
        f"{os.cpu_count()} processors ({platform.machine()}), {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}, {git.stdout.strip()}"
    )


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows as a Markdown table; the first row is its head, all but the first column are figures."""
    head, *body = rows
    rule = ["---"] + ["---:"] * (len(head) - 1)
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, rule, *body])
