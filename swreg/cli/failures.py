"""Everything that can go wrong, said in one line with the right exit code."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NamedTuple

import typer

from swreg.cli.commands_table import COMMANDS
from swreg.cli.terminal import flush, on_terminal, say, write_line
from swreg.errors import EnvironmentFault, SwregError, UsageError

# Typer exports the leaves of its own copy of Click's errors only; this is their trunk.
_COMPLAINT = typer.BadParameter.__mro__[2]
BUG = 70
_NUMBERS = {"int": "whole number", "integer": "whole number", "float": "number"}


class Speech(NamedTuple):
    """How to speak of a failure: known from the bare words, before any option is parsed."""

    command: str | None
    as_json: bool
    repo: Path

    @classmethod
    def of(cls, arguments: list[str]) -> Speech:
        """What the words say, malformed as they may be."""
        words = arguments[: arguments.index("--")] if "--" in arguments else arguments
        command = next((word for word in words if word in COMMANDS), None)
        repo = "."
        for word, after in zip(words, [*words, ""][1:], strict=True):
            name, has_value, value = word.partition("=")
            if name == "--repo":
                repo = value if has_value else after
        return cls(command, "--json" in words, Path(repo))

    def failed(self, error: Exception) -> int:
        """Say what went wrong; the exit code it has."""
        if isinstance(error, BrokenPipeError):
            return _reader_left()
        if not _output_works():
            _discard_output()
        known = as_swreg_error(error)
        if known is None:
            return self._crashed(error)
        self._say(str(known), known)
        return known.exit_code

    def _crashed(self, error: Exception) -> int:
        what = f"a bug of ours: {type(error).__name__}: {error}"
        hint = f"please report it with the file {_keep_traceback(error, self.repo)}"
        bug = _Bug(what, hint)
        self._say(str(bug), bug)
        return bug.exit_code

    def _say(self, line: str, error: SwregError) -> None:
        if not self.as_json or sys.stdout is None:
            say(line)
            return
        from swreg.cli.envelope import envelope_of_error, text_of

        envelope = envelope_of_error(self.command, error)
        try:
            write_line(text_of(envelope, indent=on_terminal(sys.stdout)))
            flush()
        except OSError:
            _discard_output()
            say(line)


class _Bug(SwregError):
    """Something that we did not think of."""

    code = "bug"
    exit_code = BUG


def as_swreg_error(error: Exception) -> SwregError | None:
    """The error of ours that another one amounts to; None where it is a bug."""
    if isinstance(error, SwregError):
        return error
    if isinstance(error, _COMPLAINT):
        return _usage(error)
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        what = f"{where}{error.strerror or error}"
        return EnvironmentFault(what, "free space or mend the permissions, then try again")
    return None


def _usage(error: Exception) -> UsageError:
    """Typer's complaint in our form: lower case, no full stop, and where to read more."""
    message = getattr(error, "format_message", error.__str__)()
    text = _number_wanted(error) or " ".join(message.split()).rstrip(".")
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "swreg"
    option = getattr(error, "option_name", None) or ""
    if option[:1] == "-" and (option[1:2].isdigit() or option[1:2] == "."):
        return UsageError(
            f"a number below 0 reads as an option: {option}", f"write it last: {path} … -- -3"
        )
    return UsageError(text[:1].lower() + text[1:], f"see {path} --help")


def _number_wanted(error: Exception) -> str | None:
    """Typer's complaint of a number in our words; None where it is of something else.

    The value stands nowhere but at the beginning of its sentence.
    """
    parameter = getattr(error, "param", None)
    kind = getattr(parameter, "type", None)
    value, said, _ = getattr(error, "message", "").partition(" is not ")
    noun = _NUMBERS.get(getattr(kind, "name", "").removesuffix(" range"))
    if parameter is None or not said or noun is None:
        return None
    low, high = getattr(kind, "min", None), getattr(kind, "max", None)
    bounds = f" from {low}" * (low is not None) + f" to {high}" * (high is not None)
    return f"{parameter.opts[0]} takes a {noun}{bounds}, not {value}"


def _reader_left() -> int:
    """The reader of our output has enough (`| head`): nobody is left to be told of it."""
    _discard_output()
    return 0


def _output_works() -> bool:
    try:
        flush()
    except OSError:
        return False
    return True


def _discard_output() -> None:
    """Let nothing more be written to the output, or Python complains of it when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):
        return
    finally:
        os.close(nowhere)
        sys.stdout = None


def _keep_traceback(error: Exception, repo: Path) -> Path:
    """Write the traceback into the git directory, or where temporary files go."""
    import traceback
    from datetime import UTC, datetime

    text = "".join(traceback.format_exception(error))
    name = f"crash-{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{os.getpid()}.txt"
    for folder in _places(repo):
        try:
            folder.mkdir(exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8", errors="backslashreplace")
        except OSError:
            continue
        return folder / name
    return Path(os.devnull)


def _places(repo: Path) -> list[Path]:
    import tempfile

    from swreg.storage.git import Git

    elsewhere = [Path(tempfile.gettempdir())]
    try:
        return [Git.open(repo.absolute()).common_dir / "swreg", *elsewhere]
    except (SwregError, OSError):
        return elsewhere
