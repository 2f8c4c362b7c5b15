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
_KEPT_WHOLE = 40
"""Names, versions and days are to be copied, so a column of nothing longer is not folded."""
_RICH_ROWS = 200
"""A rich table costs a third of a millisecond a row; longer ones are printed plainly."""


class Table(NamedTuple):
    """Rows under headings."""

    headings: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


Block = str | Table


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
        lines = _pretty if on_terminal(sys.stdout) else _plain
        lines(shown.blocks, no_color)
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
        lines = columns(block) if isinstance(block, Table) else block.split("\n")
        for line in lines:
            write_line(visible(line))


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


def _pretty(blocks: Iterable[Block], no_color: bool) -> None:
    from rich.console import Console

    console = Console(no_color=no_color or None, highlight=False, markup=False, emoji=False)
    for block in blocks:
        if isinstance(block, str):
            console.out(*map(visible, block.split("\n")), sep="\n", highlight=False)
        elif len(block.rows) > _RICH_ROWS:
            _plain([block], no_color)
        else:
            console.print(_rich_table(block))


def _rich_table(table: Table) -> Any:
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    made = RichTable(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for number, heading in enumerate(table.headings):
        longest = max(len(row[number]) for row in table.rows)
        made.add_column(heading, overflow="fold", no_wrap=longest <= _KEPT_WHOLE)
    for row in table.rows:
        made.add_row(*(Text(visible(cell)) for cell in row))
    return made
