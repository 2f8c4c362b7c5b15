"""Measure, and write the figures to standard output as Markdown.

`make bench` runs all parts; `python -m bench.run --rounds 5 start` one part, more quickly. `--full`
adds the sizes that take minutes to make: 100,000 versions, 50,000 files, 100,000 commits, a gigabyte of model files to a folder, and S3.

GTO, a registry in git tags, is measured on the same work where `SWREG_BENCH_GTO` names its command.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.artifacts import artifacts
from bench.events import with_events
from bench.measure import (
    Case,
    Figures,
    bare_python,
    fixed,
    growth,
    machine,
    measure,
    raw_git,
    table,
)
from bench.on_mlflow import mlflow
from bench.projects import (
    INCREMENT,
    MODEL,
    SWREG,
    commit_all,
    grow,
    project,
    tagged,
    with_history,
)
from bench.scaling import scale

Rows = list[list[str]]
Part = Callable[[Path, int, bool], Rows]
GTO = "SWREG_BENCH_GTO"


def completing(words: str) -> tuple[str, ...]:
    """The command that a shell runs to complete these words."""
    return ("env", "_SWREG_COMPLETE=complete_bash", *SWREG, *words.split())


def start(place: Path, rounds: int, full: bool) -> Rows:
    """What every command pays before its own work."""
    repo = project(place / "start")
    cases = [
        bare_python(place),
        Case(name="import swreg", command=fixed(sys.executable, "-c", "import swreg"), cwd=place),
        Case(name="swreg --help", command=fixed(*SWREG, "--help"), cwd=place),
        Case(name="completion of a command", command=fixed(*completing("regis")), cwd=place),
        Case(name="of a model", command=fixed(*completing("registry-info be")), cwd=repo),
    ]
    limits = {
        "import swreg": 2.0,
        "swreg --help": 8.0,
        "completion of a command": 8.5,
        "of a model": 8.5,
    }
    return against_python(cases, limits, rounds)


def reads(place: Path, rounds: int, full: bool) -> Rows:
    """Reads, piped, at growing sizes of the registry."""
    cases = [bare_python(place)]
    limits: dict[str, float] = {}
    sizes = (100, 1000, 10_000, 100_000) if full else (100, 1000, 10_000)
    lists = {100: (9.0, 9.0), 1000: (9.0, 10.0), 10_000: (11.0, 13.0), 100_000: (20.0, 28.0)}
    for versions in sizes:
        repo = grow(project(place / f"reads-{versions}"), versions)
        for words, limit in (
            (("registry-list",), lists[versions][0]),
            (("registry-list", "--all-versions"), lists[versions][1]),
            (("registry-info", MODEL), 10.0),
            (("registry-compare", MODEL, "v1.0.0", "v1.1.0"), 10.0),
        ):
            name = f"{' '.join(words[:1] + words[1:2] * (words[1:] == ('--all-versions',)))}, {versions:,}"
            cases.append(Case(name=name, command=fixed(*SWREG, *words), cwd=repo))
            limits[name] = limit
    figures = measure(cases, rounds=rounds)
    rows = python_rows(cases, limits, figures)
    for name in (
        "registry-list",
        "registry-list --all-versions",
        "registry-info",
        "registry-compare",
    ):
        power = growth([(n, figures.wall(f"{name}, {n:,}")) for n in sizes])
        rows.append([f"{name}: grows with the versions as", f"n^{power:.2f}", "", "", ""])
    return rows


def cold(place: Path, rounds: int, full: bool) -> Rows:
    """The first list after one catalog changed, and the first of all, against parsing them once."""
    repo = grow(project(place / "cold"), 10_000 if full else 1000)
    home = repo / ".specweave" / "increments" / INCREMENT
    catalog = home / "registry" / "model_catalog.yaml"
    index = repo / ".git" / "swreg"

    def change(turn: int) -> None:
        (home / "models" / "bench.txt").write_text(f"{turn}", encoding="utf-8")
        text = catalog.read_text(encoding="utf-8")
        here = text.index('  "v1.0.0"', text.index(f"  {MODEL}:"))
        catalog.write_text(text[:here] + text[here:].replace("size: ", "size: 1", 1), "utf-8")
        commit_all(repo, f"chore: change {turn}")

    def forget(turn: int) -> None:
        for file in index.glob("index-*"):
            file.unlink()

    parse = (
        "import sys, gc, yaml; gc.disable(); "
        "yaml.load(open(sys.argv[1], 'rb'), Loader=getattr(yaml, 'CSafeLoader', yaml.SafeLoader))"
    )
    warm = Case(name="registry-list, warm", command=fixed(*SWREG, "registry-list"), cwd=repo)
    again = Case(
        name="registry-list after a change", command=warm.command, cwd=repo, prepare=change
    )
    first = Case(name="registry-list, no cache", command=warm.command, cwd=repo, prepare=forget)
    parsed = Case(
        name="parsing the catalog with PyYAML's C loader",
        command=fixed(sys.executable, "-c", parse, str(catalog)),
        cwd=repo,
    )
    figures = measure([bare_python(place), again, warm, parsed, first], rounds=rounds)
    limits = {again.name: figures.ratio(warm.name, "P") + 4,
              first.name: 8 + 1.3 * figures.ratio(parsed.name, "P")}  # fmt: skip
    return python_rows([bare_python(place), warm, again, parsed, first], limits, figures)


def against_python(cases: Sequence[Case], limits: dict[str, float], rounds: int) -> Rows:
    """Rows of a table: milliseconds, ratio to P, what we aim at, peak memory."""
    return python_rows(cases, limits, measure(cases, rounds=rounds))


def python_rows(cases: Sequence[Case], limits: dict[str, float], figures: Figures) -> Rows:
    """The same of figures that were measured."""
    rows = [["", "ms", "x P", "aim", "MB"]]
    for case in cases:
        aim = f"<= {limits[case.name]:.3g}" if case.name in limits else ""
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


def promote(place: Path, rounds: int, full: bool) -> Rows:
    """One promotion, the whole command, against raw git in the same repository."""
    rows = [["", "ms", "x P", "x C", "aim", "ms"]]
    for files, versions, of_c in (
        (1000, 10, 3),
        (1000, 1000, 3),
        *(((50_000, 10, 1),) if full else ()),
    ):
        repo = grow(project(place / f"promote-{files}-{versions}", files=files), versions)
        name = f"registry-promote, {files:,} files, {versions:,} versions"
        cases = [bare_python(place), raw_git(repo), Case(name=name, command=to_and_fro, cwd=repo)]
        figures = measure(cases, rounds=rounds)
        limit = 8 * figures.wall("P") + of_c * figures.wall("C")
        for case in cases[1:]:
            ours = case.name == name
            ratios = [f"{figures.ratio(case.name, to):.1f}" for to in ("P", "C")]
            aim = [f"8 P + {of_c} C", f"{limit * 1000:.0f}"] if ours else ["", ""]
            rows.append([case.name, f"{figures.wall(case.name) * 1000:.0f}", *ratios, *aim])
    return rows


def to_and_fro(turn: int) -> Sequence[str]:
    """A promotion that changes something in every round."""
    stage = "dev" if turn % 2 else "staging"
    return (*SWREG, "registry-promote", MODEL, "v1.0.0", "--to", stage)


def history(place: Path, rounds: int, full: bool) -> Rows:
    """What asks for history, over 10,000 events among many commits; and what does not."""
    commits = 100_000 if full else 20_000
    repo = with_history(project(place / "history"), commits=commits, events=10_000)
    ours = {
        "registry-history of the model": ("registry-history", MODEL),
        "registry-audit": ("registry-audit",),
        "registry-info": ("registry-info", MODEL),
        "registry-info of the last day": ("registry-info", MODEL, "--at", "2038-01-01"),
    }
    cases = [
        bare_python(place),
        Case(
            name="git log of the registry's folder",
            command=fixed("git", "log", "--format=%B", "--", ".specweave/increments"),
            cwd=repo,
        ),
        *(Case(name=n, command=fixed(*SWREG, *words), cwd=repo) for n, words in ours.items()),
    ]
    return against_python(cases, {"registry-info": 10.0}, rounds)


def evidence(place: Path, rounds: int, full: bool) -> Rows:
    """What checks and audits cost where every commit is an event, at growing numbers of them."""
    start = project(place / "evidence")
    sizes = (1000, 3000, 10_000) if full else (300, 1000, 3000)
    asked = {
        "registry-check": ("registry-check",),
        "registry-audit": ("registry-audit",),
        "registry-history of a model": ("registry-history", MODEL),
    }
    cases = [bare_python(place)]
    for events in sizes:
        repo = place / f"evidence-{events}"
        shutil.copytree(start, repo)
        with_events(repo, events=events, homes=20)
        cases += [
            Case(name=f"{name}, {events:,}", command=fixed(*SWREG, *words), cwd=repo)
            for name, words in asked.items()
        ]
    figures = measure(cases, rounds=rounds)
    rows = python_rows(cases, {}, figures)
    for name in asked:
        power = growth([(n, figures.wall(f"{name}, {n:,}")) for n in sizes])
        rows.append([f"{name}: grows with the events as", f"n^{power:.2f}", "", "", ""])
    return rows


def peers(place: Path, rounds: int, full: bool) -> Rows:
    """The same work by GTO: start, list, one promotion."""
    gto = os.environ.get(GTO)
    if not gto:
        return [["", "ms"], [f"skipped: {GTO} does not name GTO's command", ""]]
    versions = 100  # it takes minutes for thousands
    ours, theirs = grow(project(place / "ours"), versions), tagged(place / "theirs", versions)

    def assign(turn: int) -> Sequence[str]:
        return (gto, "assign", "bench-0000", "--version", "v1.0.0", "--stage", f"stage-{turn}")

    pairs = {
        "start": (fixed(*SWREG, "--help"), fixed(gto, "--help")),
        f"list of {versions:,} versions": (fixed(*SWREG, "registry-list"), fixed(gto, "show")),
        "promotion of one": (to_and_fro, assign),
    }
    cases = [bare_python(place)]
    for name, (mine, other) in pairs.items():
        cases += [Case(name=f"swreg: {name}", command=mine, cwd=ours),
                  Case(name=f"GTO: {name}", command=other, cwd=theirs)]  # fmt: skip
    figures = measure(cases, rounds=rounds)
    rows = [["", "swreg, ms", "GTO, ms", "GTO / swreg"]]
    for name in pairs:
        times = [f"{figures.wall(f'{who}: {name}') * 1000:.0f}" for who in ("swreg", "GTO")]
        rows.append([name, *times, f"{figures.ratio(f'GTO: {name}', f'swreg: {name}'):.0f}"])
    return rows


PARTS: dict[str, Part] = {
    "start": start,
    "reads": reads,
    "cold": cold,
    "promote": promote,
    "history": history,
    "evidence": evidence,
    "artifacts": artifacts,
    "peers": peers,
    "scale": scale,
    "mlflow": mlflow,
}
ASKED = {"mlflow"}
"""Parts that run only where they are named, as they need a server of somebody else."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure swreg; figures in Markdown.")
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(PARTS))
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--full", action="store_true", help="also the sizes that take minutes")
    chosen = parser.parse_args()
    if unknown := [name for name in chosen.parts if name not in PARTS]:
        parser.error(f"no part is called {unknown[0]!r}; there are {', '.join(PARTS)}")
    print(f"Measured on {machine()}; medians of {chosen.rounds} interleaved rounds.")
    print("P is `python -c pass`, C is `git add` and `git commit` of two files by git itself.")
    with tempfile.TemporaryDirectory(prefix="swreg-bench-") as place:
        for name in chosen.parts or (one for one in PARTS if one not in ASKED):
            rows = PARTS[name](Path(place), chosen.rounds, chosen.full)
            print(f"\n## {name.capitalize()}\n\n{table(rows)}", flush=True)


if __name__ == "__main__":
    main()
