"""Saying what an operation returned: plain text in a pipe, tables on a terminal, JSON on demand."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from swreg.cli.terminal import flush, on_terminal, say, write_line
from swreg.domain.names import visible

if TYPE_CHECKING:
    from swreg.operations.outcome import Outcome

_STEP = 100_000_000
_PRETTY_ROWS = 200
"""A row that fits a terminal costs a fifth of a millisecond; longer tables are printed plainly."""


class Table(NamedTuple):
    """Rows under headings."""

    headings: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


class Facts(NamedTuple):
    """Facts one a line; those that are missing or empty are left out."""

    facts: Mapping[str, Any]


class Heading(NamedTuple):
    """What the blocks after it are about: a page, which is in a stage, or a part of it."""

    text: str
    stage: str = ""


Block = str | Table | Facts | Heading


class Shown(NamedTuple):
    """An outcome and how to say it; the blocks are made only where text is wanted."""

    outcome: Outcome[Any]
    blocks: Iterable[Block]


def changed(outcome: Outcome[Any], *more: str) -> Shown:
    """How most writes are told: what happened, a line each, then the commit."""
    return Shown(outcome, chain(_changes(outcome), more))


def _changes(outcome: Outcome[Any]) -> Iterator[str]:
    if not outcome.records:
        yield "nothing to change"
    for record in outcome.records:
        forced = " (forced)" if record.event.forced else ""
        would = "would " if outcome.dry_run else ""
        yield f"{would}{record.event.summary()}{forced}"
    yield from landed(outcome)


def landed(outcome: Outcome[Any]) -> Iterator[str]:
    """The last line of a write: the commit, or that it was a dry run."""
    if outcome.dry_run:
        yield "nothing was changed: this is a dry run"
    elif outcome.commit:
        yield f"commit {outcome.commit[:12]}"


def listed(facts: Mapping[str, Any]) -> Iterator[str]:
    """Facts one a line, aligned; those that are missing or empty are left out."""
    known = {key: text for key, value in facts.items() if (text := in_words(value))}
    width = max(map(len, known), default=0)
    for key, text in known.items():
        yield f"  {key.ljust(width)}  {text}"


def in_words(value: Any) -> str:
    """A value for a reader; empty for what is missing."""
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return ", ".join(map(in_words, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={in_words(part)}" for key, part in value.items())
    return str(value)


@contextmanager
def counting(doing: str) -> Iterator[Callable[[int], None]]:
    """Show on a terminal how many bytes a long work has done; nothing below 100 MB."""
    done = shown = 0

    def count(more: int) -> None:
        nonlocal done, shown
        done += more
        if done - shown >= _STEP and on_terminal(sys.stderr):
            shown = done
            print(f"\rswreg: {doing}: {done // 10**6} MB", end="", file=sys.stderr, flush=True)

    try:
        yield count
    finally:
        if shown:
            print(file=sys.stderr)


def show(shown: Shown, *, as_json: bool, no_color: bool) -> int:
    """Print an outcome; the exit code it stands for."""
    outcome = shown.outcome
    if as_json:
        from swreg.cli.envelope import envelope_of, text_of

        write_line(text_of(envelope_of(outcome), indent=on_terminal(sys.stdout)))
    else:
        (_pretty if on_terminal(sys.stdout) else _plain)(shown.blocks, no_color)
        for warning in outcome.warnings:
            say(f"warning: {warning}")
        if outcome.refusal is not None:
            say(str(outcome.refusal))
    flush()
    return exit_code(outcome)


def exit_code(outcome: Outcome[Any]) -> int:
    """The outcome's own code, or that of the refusal which followed the change."""
    if outcome.exit_code or outcome.refusal is None:
        return outcome.exit_code
    return outcome.refusal.exit_code


def _plain(blocks: Iterable[Block], no_color: bool) -> None:
    for block in blocks:
        for line in _lines(block):
            write_line(visible(line))


def _lines(block: Block) -> Iterable[str]:
    if isinstance(block, str):
        return block.split("\n")
    if isinstance(block, Table):
        return columns(block)
    if isinstance(block, Facts):
        return listed(block.facts)
    return [f"{block.text} ({block.stage})"] if block.stage else ["", block.text]


def _pretty(blocks: Iterable[Block], no_color: bool) -> None:
    from swreg.cli.pretty import print_pretty

    for block in blocks:
        if isinstance(block, Table) and len(block.rows) > _PRETTY_ROWS:
            _plain([block], no_color)
        else:
            print_pretty([block], no_color)


def columns(table: Table) -> Iterator[str]:
    """The table as aligned text, two spaces between columns, headings in capitals.

    >>> list(columns(Table(("model", "stage"), [("fraud", "dev")])))
    ['MODEL  STAGE', 'fraud  dev']
    """
    rows = [tuple(heading.upper() for heading in table.headings), *table.rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
