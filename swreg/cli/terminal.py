"""The two streams: lines on the output, lines of ours on the error stream."""

from __future__ import annotations

import sys
from io import TextIOWrapper
from typing import TextIO

from swreg.domain.names import visible


def tolerate_any_text() -> None:
    """Let no letter that the streams' encoding lacks end a command: it is escaped."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """One line of ours on the error stream, where nothing in the text can act on a terminal."""
    print(f"swreg: {visible(text)}", file=sys.stderr)


def write_line(text: str) -> None:
    """A line on the output stream, as it is."""
    if sys.stdout is not None:
        sys.stdout.write(text + "\n")


def flush() -> None:
    """Write out what is buffered, so that a full disk or a closed pipe is noticed here."""
    if sys.stdout is not None:
        sys.stdout.flush()


def draws_lines() -> bool:
    """Whether the output can hold lines and arrows, not letters alone."""
    return sys.stdout is not None and "utf" in (sys.stdout.encoding or "").lower()


def on_terminal(stream: TextIO | None) -> bool:
    """Whether a person looks at the stream."""
    return stream is not None and stream.isatty()
