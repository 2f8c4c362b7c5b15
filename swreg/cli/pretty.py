"""What a person sees on a terminal: tables that fit its width, stages with signs, ages of dates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from swreg.cli.output import Block, Facts, Heading, Table, in_words
from swreg.cli.terminal import draws_lines
from swreg.domain.names import visible

_GAP = 2
_INDENT = 4
_ENOUGH = 20
"""A column of free text is folded in its place where so much is left for it, else told below."""
_STAGES = {
    "production": ("●", "*", "bold green"),
    "staging": ("◐", "+", "magenta"),
    "dev": ("○", "o", "cyan"),
    "archived": ("◌", "-", "dim"),
}
"""The sign of each stage, without and with letters alone, and its colour in dark and in light."""
_STAGED, _AGED = ("stage", "to"), ("deployed",)
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(?:\.\d+)?Z")
_UNITS = ((365 * 86400, "y"), (30 * 86400, "mo"), (86400, "d"), (3600, "h"), (60, "min"))


def print_pretty(blocks: Iterable[Block], no_color: bool) -> None:
    """Print to the terminal in its width."""
    console = Console(no_color=no_color or None, highlight=False, markup=False, emoji=False)
    for block in blocks:
        for line in lines_of(block, console.width, datetime.now(UTC)):
            console.print(line, soft_wrap=True)


def lines_of(block: Block, width: int, now: datetime) -> Iterator[Text]:
    """The lines of one block; only a word that is longer than a line is left to the terminal."""
    if isinstance(block, Table):
        yield from _table(block, width, now)
    elif isinstance(block, Facts):
        yield from _facts(block, width, now)
    elif isinstance(block, Heading):
        yield Text()
        line = Text(visible(block.text), style="bold")
        yield line.append("  ").append_text(_stage(block.stage)) if block.stage else line
    else:
        yield from (Text(visible(line)) for line in block.split("\n"))


def age(at: datetime, now: datetime) -> str:
    """How long ago, in the largest unit that there is one of.

    >>> age(datetime(2024, 1, 15, tzinfo=UTC), datetime(2024, 1, 18, 7, tzinfo=UTC))
    '3 d ago'
    >>> age(datetime(2024, 1, 18, tzinfo=UTC), datetime(2024, 1, 15, tzinfo=UTC))
    'in 3 d'
    """
    seconds = (now - at).total_seconds()
    for length, unit in _UNITS:
        if abs(seconds) >= length:
            some = f"{round(abs(seconds) / length)} {unit}"
            return f"{some} ago" if seconds > 0 else f"in {some}"
    return "just now"


def _with_age(text: str, now: datetime) -> str:
    """The text with its times to the minute, and how long ago they were."""

    def said(found: re.Match[str]) -> str:
        try:
            at = datetime.fromisoformat(f"{found[1]}T{found[2]}+00:00")
        except ValueError:
            return found[0]
        return f"{found[1]} {found[2]} ({age(at, now)})"

    return _TIME.sub(said, text)


def _day_with_age(text: str, now: datetime) -> str:
    try:
        days = (now.date() - datetime.fromisoformat(text).date()).days
    except ValueError:
        return text
    return f"{text} ({f'{days} d' if days else 'today'})"


def _stage(word: str) -> Text:
    known = _STAGES.get(word)
    if known is None:
        return Text(visible(word))
    sign, plain, style = known
    return Text(f"{sign if draws_lines() else plain} {word}", style=style)


def _cell(heading: str, text: str, now: datetime, *, ages: bool) -> Text:
    if heading in _STAGED:
        return _stage(text)
    if heading in _AGED:
        text = _day_with_age(text, now)
    elif _TIME.fullmatch(text):
        text = _with_age(text, now).replace(" ago)", ")")
        text = text if ages else text.partition(" (")[0]
    return Text(visible(text), style="dim" if text == "-" else "")


def _facts(block: Facts, width: int, now: datetime) -> Iterator[Text]:
    known = {key: said for key, value in block.facts.items() if (said := in_words(value))}
    column = max(map(len, known), default=0) + 4
    for key, said in known.items():
        first = Text().append(f"  {key}".ljust(column), "dim")
        for part in _flowing(Text(visible(_with_age(said, now))), width - column):
            yield first.append_text(part)
            first = Text(" " * column)


def _table(table: Table, width: int, now: datetime) -> Iterator[Text]:
    names = table.headings
    rows = _cells(table, now, ages=True)
    if sum(widths := _widths(names, rows)) + _GAP * (len(widths) - 1) > width:
        rows = _cells(table, now, ages=False)
        widths = _widths(names, rows)
    beside, below = _placed(widths, width)
    shown = [(at, widths[at]) for at in beside]
    yield Text()
    yield _line([Text(names[at], style="bold") for at, _ in shown], [size for _, size in shown])
    rule = "─" if draws_lines() else "-"
    yield Text(rule * (sum(size + _GAP for _, size in shown) - _GAP), style="dim")
    for row in rows:
        yield from _row(row, shown)
        yield from _notes(row, names, below, width)
    yield Text()


def _cells(table: Table, now: datetime, *, ages: bool) -> list[list[Text]]:
    return [
        [_cell(name, text, now, ages=ages) for name, text in zip(table.headings, row, strict=True)]
        for row in table.rows
    ]


def _widths(names: tuple[str, ...], rows: list[list[Text]]) -> list[int]:
    return [
        max([cell_len(name), *(part.cell_len for part in column)])
        for name, column in zip(names, zip(*rows, strict=True), strict=True)
    ]


def _placed(widths: list[int], width: int) -> tuple[list[int], list[int]]:
    """Which columns stand beside each other and which are told below; one of `widths` may shrink.

    >>> _placed([5, 90, 90], 80)
    ([0, 2], [1])
    """
    beside, below = list(range(len(widths))), list[int]()
    while (over := sum(widths[at] + _GAP for at in beside) - _GAP - width) > 0:
        widest = max(beside[1:], key=lambda at: widths[at], default=None)
        if widest is None:
            break
        if widths[widest] - over >= _ENOUGH:
            widths[widest] -= over
            break
        beside.remove(widest)
        below.append(widest)
    return beside, sorted(below)


def _row(row: list[Text], shown: list[tuple[int, int]]) -> Iterator[Text]:
    """A row, over as many lines as its tallest cell needs."""
    parts = [list(_folded(row[at], size)) for at, size in shown]
    for number in range(max(map(len, parts))):
        cells = [part[number] if number < len(part) else Text() for part in parts]
        yield _line(cells, [size for _, size in shown])


def _notes(row: list[Text], names: tuple[str, ...], below: list[int], width: int) -> Iterator[Text]:
    for at in below:
        if row[at].plain != "-":
            said = Text().append(f"{names[at]}: ", "dim").append_text(row[at])
            for part in _flowing(said, width - _INDENT):
                yield Text(" " * _INDENT).append_text(part)


def _line(cells: list[Text], widths: list[int]) -> Text:
    line = Text()
    for cell, width in zip(cells, widths, strict=True):
        line.append_text(cell).append(" " * (width - cell.cell_len + _GAP))
    line.rstrip()
    return line


def _flowing(text: Text, width: int) -> Iterator[Text]:
    """The text in lines of that width, but a digest or path that is longer stays whole to copy."""
    breaks, at, column = list[int](), 0, 0
    for word in re.findall(r"\s*\S+\s*", text.plain):
        if column and column + cell_len(word.rstrip()) > width:
            breaks.append(at)
            column = 0
        at += len(word)
        column += cell_len(word)
    for line in text.divide(breaks):
        line.rstrip()
        yield line


def _folded(text: Text, width: int) -> Iterator[Text]:
    """The text in lines of that width, broken at spaces where there are some."""
    for line in text.wrap(_measure(), max(width, 1), overflow="fold"):
        line.rstrip()
        yield line


@cache
def _measure() -> Console:
    return Console()
