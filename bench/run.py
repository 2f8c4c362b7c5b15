"""Measure, and write the figures to standard output as Markdown.

`make bench` runs all parts; `python -m bench.run --rounds 5 start` one part, more quickly.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.measure import Case, bare_python, fixed, machine, measure, raw_git, table
from bench.projects import MODEL, SWREG, grow, project

Rows = list[list[str]]


def start(place: Path, rounds: int) -> Rows:
    """What every command pays before its own work."""
    env = ("env", "_SWREG_COMPLETE=complete_bash", "COMP_WORDS=swreg regis", "COMP_CWORD=1")
    cases = [
        bare_python(place),
        Case(name="import swreg", command=fixed(sys.executable, "-c", "import swreg"), cwd=place),
        Case(name="swreg --help", command=fixed(*SWREG, "--help"), cwd=place),
        Case(name="completion of a command", command=fixed(*env, *SWREG), cwd=place),
    ]
    limits = {"import swreg": 2.0, "swreg --help": 8.0, "completion of a command": 8.5}
    return against_python(cases, limits, rounds)


def reads(place: Path, rounds: int) -> Rows:
    """List and info, piped, at two sizes of registry."""
    cases = [bare_python(place)]
    limits = {}
    for versions in (100, 1000):
        repo = grow(project(place / f"reads-{versions}"), versions)
        for words, limit in ((("registry-list",), 9.0), (("registry-info", MODEL), 10.0)):
            name = f"{words[0]}, {versions} versions"
            cases.append(Case(name=name, command=fixed(*SWREG, *words), cwd=repo))
            limits[name] = limit
    return against_python(cases, limits, rounds)


def against_python(cases: Sequence[Case], limits: dict[str, float], rounds: int) -> Rows:
    """Rows of a table: milliseconds, ratio to P, what we aim at, peak memory."""
    figures = measure(cases, rounds=rounds)
    rows = [["", "ms", "x P", "aim", "MB"]]
    for case in cases:
        aim = f"<= {limits[case.name]:g}" if case.name in limits else ""
        rows.append(
            [
                case.name,
                f"{figures.wall(case.name) * 1000:.0f}",
                f"{figures.ratio(case.name, 'P'):.1f}",
                aim,
                f"{figures.memory(case.name) / 1e6:.0f}",
            ]
        )
    return rows


def promote(place: Path, rounds: int) -> Rows:
    """One promotion, the whole command, against raw git in the same repository."""
    repo = project(place / "promote", files=1000)
    name = "registry-promote, 1,000 files"

    def command(turn: int) -> Sequence[str]:
        stage = "dev" if turn % 2 else "staging"
        return (*SWREG, "registry-promote", MODEL, "v1.0.0", "--to", stage)

    cases = [bare_python(place), raw_git(repo), Case(name=name, command=command, cwd=repo)]
    figures = measure(cases, rounds=rounds)
    limit = 8 * figures.wall("P") + 3 * figures.wall("C")
    rows = [["", "ms", "x P", "x C", "aim: 8 P + 3 C"]]
    for case in cases:
        aim = f"<= {limit * 1000:.0f} ms" if case.name == name else ""
        ratios = [f"{figures.ratio(case.name, to):.1f}" for to in ("P", "C")]
        rows.append([case.name, f"{figures.wall(case.name) * 1000:.0f}", *ratios, aim])
    return rows


PARTS: dict[str, Callable[[Path, int], Rows]] = {
    "start": start,
    "reads": reads,
    "promote": promote,
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure swreg; figures in Markdown.")
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(PARTS))
    parser.add_argument("--rounds", type=int, default=9)
    chosen = parser.parse_args()
    if unknown := [name for name in chosen.parts if name not in PARTS]:
        parser.error(f"no part is called {unknown[0]!r}; there are {', '.join(PARTS)}")
    print(f"Measured on {machine()}; medians of {chosen.rounds} interleaved rounds.")
    print("P is `python -c pass`, C is `git add` and `git commit` of two files by git itself.")
    with tempfile.TemporaryDirectory(prefix="swreg-bench-") as place:
        for name in chosen.parts or PARTS:
            rows = PARTS[name](Path(place), chosen.rounds)
            print(f"\n## {name.capitalize()}\n\n{table(rows)}", flush=True)


if __name__ == "__main__":
    main()
