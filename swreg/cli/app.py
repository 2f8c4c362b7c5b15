"""The Typer application, made from the table of commands; a command's module loads when called."""

from __future__ import annotations

from importlib import import_module
from inspect import cleandoc
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from swreg.cli import INTERRUPTED
from swreg.cli.commands_table import COMMANDS, GROUPS, Command, family, one_word
from swreg.cli.failures import Speech
from swreg.cli.options import bind
from swreg.cli.output import show
from swreg.cli.terminal import tolerate_any_text
from swreg.errors import FollowUpIncomplete, UsageError

PROGRAM = "swreg"
_SETTINGS: dict[str, Any] = {"help_option_names": ["--help", "-h"], "max_content_width": 100}


def load(row: Command) -> Any:
    """The Typer command of a row of the table."""
    function = import_module(row.module).command
    text = f"{row.help}.\n\n{cleandoc(function.__doc__)}"
    only = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    only.command(
        row.name,
        cls=PlainCommand,
        help=text,
        epilog=f"\b\nExample:\n  {row.example}",
        context_settings=_SETTINGS,
    )(bind(function))
    return typer.main.get_command(only)


class PlainCommand(TyperCommand):
    """A command whose usage line shows `NAME`, where Typer writes `{NAME}`."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]


class LazyGroup(TyperGroup):
    """The group of all commands, which imports the one that is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        row = COMMANDS.get(cmd_name)
        if row is None and not cmd_name.startswith("-"):
            raise unknown(cmd_name)
        return row and load(row)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        for group in GROUPS:
            with formatter.section(group):
                formatter.write_dl(
                    [(row.name, row.help) for row in COMMANDS.values() if row.group == group]
                )


def unknown(word: str) -> UsageError:
    """The refusal of a word that is no command, with what comes near."""
    from difflib import get_close_matches

    if members := family(word):
        names = ", ".join(row.name for row in members)
        return UsageError(f"{word} is no command alone", f"use one of: {names}")
    short = [name for name in COMMANDS if name == f"registry-{word}"]
    near = short or get_close_matches(word, COMMANDS, n=2)
    hint = f"did you mean {' or '.join(near)}?" if near else "swreg --help lists the commands"
    return UsageError(f"there is no command {word!r}", hint)


def _print_version(wanted: bool) -> None:
    if wanted:
        from swreg import __version__

        typer.echo(f"{PROGRAM} {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """A model registry that lives in your git repository."""


app = typer.Typer(
    cls=LazyGroup,
    name=PROGRAM,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings=_SETTINGS,
    subcommand_metavar="COMMAND …",
    epilog="swreg COMMAND --help explains a command.",
)
app.callback(help=_root.__doc__)(_root)


def run(arguments: list[str]) -> int:
    """Run one command; prints what it has to say and returns the process's exit code."""
    tolerate_any_text()
    arguments = one_word(arguments)
    speech = Speech.of(arguments)
    try:
        return _run(arguments or ["--help"])
    except typer.Exit as done:
        return done.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - a bug of ours gets its own exit code
        return speech.failed(error)


def _run(arguments: list[str]) -> int:
    group = typer.main.get_command(app)
    with group.make_context(PROGRAM, arguments) as context:
        shared, shown = group.invoke(context)
    try:
        return show(shown, as_json=shared.json, no_color=shared.no_color)
    except BrokenPipeError:
        raise
    except OSError as error:
        commit = shown.outcome.commit
        if commit is None:
            raise
        what = f"committed as {commit[:12]}, but the answer was not written: {error.strerror}"
        raise FollowUpIncomplete(what, "do not run it again; git show has it", commit) from error
