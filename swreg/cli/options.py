"""The options that commands share, each said once.

A command is a function whose first parameter is one of the classes here; the rest are its own
arguments and options. `bind` makes of it one function with all parameters, which Typer reads.
"""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Option

if TYPE_CHECKING:
    from swreg.cli.output import Block, Shown
    from swreg.operations.environments import Place
    from swreg.operations.outcome import Outcome
    from swreg.operations.project import Project
    from swreg.operations.transaction import WriteOptions


# Every start of the program makes these classes; what nobody uses of them is left out.
@dataclasses.dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Anywhere:
    """What every command takes, also where there is no repository."""

    json: Annotated[bool, Option("--json", help="Print one JSON envelope.")] = False
    no_color: Annotated[bool, Option("--no-color", help="Print without colours.")] = False


At = Annotated[
    str | None,
    Option("--at", metavar="REV|DATE", help="Answer as of a revision or day (its end, UTC)."),
]
Env = Annotated[str | None, Option("--env", metavar="ENV", help="The registry of an environment.")]


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Placed(Anywhere):
    """What every command in a repository takes."""

    repo: Annotated[Path, Option("--repo", metavar="PATH", help="A folder of the repository.")] = (
        Path()
    )
    env: Env = None

    def project(self) -> Project:
        """The project that the options mean."""
        from swreg.operations.project import Project

        if self.env is None:
            return Project.open(self.repo)
        return place(self.repo, self.env).project

    def refuse_env(self, command: str) -> None:
        """For what concerns the repository whole."""
        if self.env is not None:
            from swreg.errors import UsageError

            raise UsageError(
                f"{command} is about the whole repository, not one environment", "leave --env out"
            )


def place(repo: Path, env: str) -> Place:
    """Where an environment's registry is, brought up to date where it is in another repository."""
    from swreg.operations.environments import place_of
    from swreg.operations.project import Project

    return place_of(Project.open(repo), env)


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Reading(Placed):
    """What every read takes."""

    at: At = None

    def project(self) -> Project:
        """The project that the options mean; an environment that nobody made is refused."""
        if self.env is not None:
            from swreg.operations.environments import require_known
            from swreg.operations.project import Project

            require_known(Project.open(self.repo), self.env)
        return super().project()


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Bounded(Anywhere):
    """What every answer with many rows takes."""

    limit: Annotated[
        int | None,
        Option("--limit", metavar="N", min=0, help="At most N rows, 0 for all; 100 with --json.",
               show_default=False),
    ] = None  # fmt: skip
    fields: Annotated[
        str | None,
        Option("--fields", metavar="A,B.C", help="Only these fields of the data or its rows."),
    ] = None

    @property
    def bound(self) -> int:
        """How many rows are wanted; 0 for all."""
        from swreg.cli.bounds import ENOUGH

        return self.limit if self.limit is not None else ENOUGH if self.json else 0

    def shown(
        self,
        outcome: Outcome[Any],
        text: Callable[[Any], Iterable[Block]],
        *,
        rows: tuple[str, ...] = (),
    ) -> Shown:
        """The outcome cut to what was asked for; `rows` names the lists in its data."""
        from swreg.cli.bounds import shown

        return shown(outcome, text, limit=self.bound, fields=self.fields, rows=rows)


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Listing(Bounded, Reading):
    """What every read of many rows takes."""


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Watching(Bounded, Placed):
    """What a look at many figures takes, which has no past."""


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ReadingSeveral(Bounded):
    """What a read takes that answers for several repositories."""

    repo: Annotated[
        list[str] | None,
        Option(
            "--repo",
            metavar="PATH|URL",
            help="A folder of the repository; several are read together.",
        ),
    ] = None
    env: Env = None
    at: At = None

    def one(self) -> Reading:
        """The same for one repository."""
        repo = Path(self.repo[0]) if self.repo else Path()
        return Reading(json=self.json, no_color=self.no_color, repo=repo, env=self.env, at=self.at)


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Committing(Placed):
    """What everything that commits takes."""

    dry_run: Annotated[bool, Option("--dry-run", help="Say what would happen; change nothing.")] = (
        False
    )
    push: Annotated[
        bool | None,
        Option("--push/--no-push", help="Push the commit.", show_default="as configured"),
    ] = None
    branch: Annotated[
        str | None, Option("--branch", metavar="NAME", help="Commit to a branch not checked out.")
    ] = None
    allow_detached: Annotated[
        bool, Option("--allow-detached", help="Commit to a detached HEAD.")
    ] = False

    def options(self) -> WriteOptions:
        """The same for the operations."""
        from swreg.operations.transaction import WriteOptions

        there = place(self.repo, self.env) if self.env is not None else None
        return WriteOptions(
            dry_run=self.dry_run,
            push=True if there is not None and there.remote else self.push,
            branch=self.branch or (there.branch if there is not None else None),
            allow_detached=self.allow_detached,
        )


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Writing(Committing):
    """What every change of the registry takes."""

    reason: Annotated[
        str, Option("--reason", metavar="TEXT", help="Why; kept in the record.", show_default=False)
    ] = ""


def bind(function: Callable[..., Shown]) -> Callable[..., tuple[Anywhere, Shown]]:
    """The command with its shared options spread out, as Typer wants to read them."""
    hints = typing.get_type_hints(function, include_extras=True)
    _, *own = inspect.signature(function).parameters.values()
    kind = shared_by(function)
    fields = dataclasses.fields(kind)
    kinds = typing.get_type_hints(kind, include_extras=True)

    def invoke(**values: Any) -> tuple[Anywhere, Shown]:
        shared = kind(**{field.name: values.pop(field.name) for field in fields})
        return shared, function(shared, **values)

    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [one.replace(kind=keyword, annotation=hints[one.name]) for one in own] + [
        inspect.Parameter(one.name, keyword, default=one.default, annotation=kinds[one.name])
        for one in fields
    ]
    invoke.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    invoke.__annotations__ = {}
    return invoke


def shared_by(function: Callable[..., Shown]) -> type[Anywhere]:
    """The class of the shared options that a command takes."""
    first = next(iter(inspect.signature(function).parameters))
    kind: type[Anywhere] = typing.get_type_hints(function)[first]
    return kind
