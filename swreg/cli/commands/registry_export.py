"""`registry-export`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Option

from swreg.cli import words
from swreg.cli.options import Reading
from swreg.cli.output import Block, Shown, Table, landed
from swreg.domain.names import parse_reference, visible
from swreg.errors import UsageError

if TYPE_CHECKING:
    from swreg.domain.exported import RegistryExport
    from swreg.integrations.mlflow_export import MLflowExport
    from swreg.operations.exporting.gto import GtoExport
    from swreg.operations.outcome import Outcome
    from swreg.operations.project import Project

FORMATS = ("json", "cyclonedx", "model-card", "gto-tags", "mlflow")
_ELSEWHERE = ("gto-tags", "mlflow")


def command(
    shared: Reading,
    format_name: Annotated[str, Argument(metavar="FORMAT", help=f"{', '.join(FORMATS)}.")],
    name: Annotated[
        str | None,
        Argument(metavar="[NAME]", help="A model or version; else all.", show_default=False),
    ] = None,
    version: words.VersionWord = None,
    output: Annotated[
        Path | None, Option("--output", metavar="FILE", help="Write the text to a file.")
    ] = None,
    to: Annotated[
        str | None,
        Option("--to", metavar="TARGET", help="The repository for tags; the MLflow server's URI."),
    ] = None,
    dry_run: Annotated[
        bool, Option("--dry-run", help="Say what would happen there; change nothing.")
    ] = False,
) -> Shown:
    """Texts go to the output or to a FILE. Tags and MLflow need a TARGET, get what they lack and
    keep what they have, so that a second export changes nothing.
    """
    from swreg.operations.exporting.whole import gather

    kind = words.choice(format_name, FORMATS, kind="format")
    _require_target(kind, to, output, dry_run=dry_run)
    if kind == "model-card" and name is None:
        raise UsageError("a model card is of one version", "name it: swreg registry-export …")
    project = shared.project()
    reference = parse_reference(name, version) if name is not None else None
    if kind in _ELSEWHERE and reference is not None and reference.one_version:
        raise UsageError(f"{kind} takes whole models", "leave the version out")
    if kind == "model-card" and reference is not None:
        from swreg.operations.describing import live_or_latest

        reference = live_or_latest(project, reference, shared.at)
    export = gather(project, reference, at=shared.at)
    if kind in _ELSEWHERE:
        return _given(project, export, kind, str(to), dry_run=dry_run)
    return _said(_TEXTS[kind](project, export), output)


def _require_target(kind: str, to: str | None, output: Path | None, *, dry_run: bool) -> None:
    if kind in _ELSEWHERE and to is None:
        what = "the repository" if kind == "gto-tags" else "the MLflow server"
        raise UsageError(f"{kind} needs {what} that gets it", "name it with --to")
    if kind not in _ELSEWHERE and (to is not None or dry_run):
        raise UsageError(f"{kind} is a text, and changes nothing anywhere", "use --output FILE")
    if kind in _ELSEWHERE and output is not None:
        raise UsageError(f"{kind} is no text", "leave --output out")


def _json(project: Project, export: RegistryExport) -> str:
    from swreg.domain.document import write_document

    return _readable(write_document(export))


def _cyclonedx(project: Project, export: RegistryExport) -> str:
    from swreg.integrations.cyclonedx_bom import bill_of_materials

    return bill_of_materials(export, project=project.git.root.name)


def _card(project: Project, export: RegistryExport) -> str:
    from swreg.operations.exporting.model_card import model_card

    (model,) = export.models
    (version,) = model.versions
    return model_card(model, version)


_TEXTS = {"json": _json, "cyclonedx": _cyclonedx, "model-card": _card}


def _readable(data: Any) -> str:
    """JSON as people read it; where it holds what acts on a terminal, in plain ASCII."""
    text = json.dumps(data, ensure_ascii=False, indent=2)
    clean = all(visible(line) == line for line in text.split("\n"))
    return (text if clean else json.dumps(data, indent=2)) + "\n"


def _said(text: str, output: Path | None) -> Shown:
    from swreg.operations.outcome import read_outcome

    if output is None:
        data = json.loads(text) if text.startswith("{") else {"text": text}
        return Shown(read_outcome("registry-export", data), [text.removesuffix("\n")])
    from swreg.storage.files import disk_errors, write_durably

    with disk_errors(f"write {output}"):
        write_durably(output, text.encode())
    written = {"file": str(output), "bytes": len(text.encode())}
    return Shown(read_outcome("registry-export", written), [f"wrote {output}"])


def _given(project: Project, export: RegistryExport, kind: str, to: str, *, dry_run: bool) -> Shown:
    if kind == "mlflow":
        from swreg.integrations.mlflow_export import export_mlflow

        sent = export_mlflow(project, export, to, dry_run=dry_run)
        return Shown(sent, _mlflow_text(sent))
    from swreg.operations.exporting.gto import export_gto

    made = export_gto(project, export, Path(to), dry_run=dry_run)
    return Shown(made, _gto_text(made))


def _gto_text(outcome: Outcome[GtoExport]) -> Iterator[Block]:
    fresh = [one for one in outcome.data.tags if one.fresh]
    would = "would make" if outcome.dry_run else "made"
    for one in fresh:
        yield f"{would} {one.said}"
    yield f"{len(fresh)} tags in {outcome.data.repository}; {len(outcome.data.tags) - len(fresh)} were there"
    yield from landed(outcome)


def _mlflow_text(outcome: Outcome[MLflowExport]) -> Iterator[Block]:
    rows = outcome.data.rows
    told = [one for one in rows if one.result != "present"]
    would = "would be " if outcome.dry_run else ""
    if told:
        cells = [
            (one.model, str(one.version), one.alias or "-", f"{would}{one.result}") for one in told
        ]
        yield Table(("model", "version", "alias", "result"), cells)
    yield f"{len(told)} changes at {outcome.data.server}; {len(rows) - len(told)} were there"
    yield from landed(outcome)
