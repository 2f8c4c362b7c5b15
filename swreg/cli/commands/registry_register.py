"""`registry-register`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from swreg.cli import words
from swreg.cli.options import Writing
from swreg.cli.output import Shown, changed, counting
from swreg.domain.stage import Stage

if TYPE_CHECKING:
    from swreg.formats.sealing import SigningKey
    from swreg.operations.project import Project
    from swreg.operations.register import Registration


def command(
    shared: Writing,
    name: Annotated[str, Argument(metavar="NAME", help="The model, new or known.")],
    artifact: Annotated[
        Path,
        Option(
            "--artifact",
            metavar="PATH",
            parser=words.artifact,
            help="The file or folder to register.",
        ),
    ],
    version: Annotated[
        str | None,
        Option("--version", metavar="VERSION", help="Else worked out from what changed."),
    ] = None,
    increment: words.Increment = None,
    metadata: words.Facts = None,
    stage: Annotated[
        str, Option("--stage", metavar="STAGE", help="Promote it at once, under policy.")
    ] = "dev",
    tag: Annotated[list[str] | None, Option("--tag", metavar="TAG", help="Repeatable.")] = None,
    allow_duplicate: Annotated[
        bool, Option("--allow-duplicate", help="Even where a version has the same bytes.")
    ] = False,
    force: words.Force = False,
    sign_key: Annotated[
        Path | None,
        Option("--sign-key", metavar="PEM", help="Sign the model with this private key."),
    ] = None,
    sign_certificate: Annotated[
        Path | None,
        Option("--sign-certificate", metavar="PEM", help="Vouches for the key; with its chain."),
    ] = None,
) -> Shown:
    """The version's files are committed with its entry in the catalog, in one commit."""
    from swreg.operations.register import register

    project = shared.project()
    with counting("registering") as progress:
        outcome = register(
            project,
            name,
            artifact=artifact,
            version=version,
            metadata=words.metadata(metadata or ()),
            increment=increment,
            stage=words.stage(stage) or Stage.DEV,
            tags=tuple(tag or ()),
            allow_duplicate=allow_duplicate,
            force=force,
            reason=shared.reason,
            signing=_signing(project, sign_key, sign_certificate),
            progress=progress,
            options=shared.options(),
        )
    return changed(outcome, *why(outcome.data))


def _signing(project: Project, key: Path | None, certificate: Path | None) -> SigningKey | None:
    if key is None and certificate is None:
        return None
    from swreg.operations.sealing import signing_key

    return signing_key(project, key, certificate)


def why(data: Registration) -> Iterator[str]:
    """Where the files are, and why the version has its number."""
    yield f"files in {data.folder}"
    for reason in data.reasons:
        yield f"{data.bump or 'version'}: {reason}"
