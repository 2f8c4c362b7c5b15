"""`registry-audit`."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from swreg.cli.envelope import plain
from swreg.cli.options import Reading
from swreg.cli.output import Block, Shown
from swreg.errors import UsageError

if TYPE_CHECKING:
    from swreg.domain.audit import AuditReport

_FORMATS = ("md", "html", "json", "csv")


def command(
    shared: Reading,
    name: Annotated[
        str | None, Argument(metavar="[NAME]", help="Only this model.", show_default=False)
    ] = None,
    start: Annotated[
        str | None, Option("--from", metavar="DATE", help="The first day.", show_default=False)
    ] = None,
    end: Annotated[
        str | None, Option("--to", metavar="DATE", help="The last day.", show_default=False)
    ] = None,
    form: Annotated[
        str, Option("--format", metavar="md|html|json|csv", help="How to write it.")
    ] = "md",
    output: Annotated[
        Path | None,
        Option("--output", metavar="FILE", help="Write it to a file.", show_default=False),
    ] = None,
) -> Shown:
    """Report deployments, decisions and evidence, and whether the witnesses agree."""
    from swreg.operations.auditing import audit

    if form not in _FORMATS:
        raise UsageError(f"no format {form!r}", f"use one of: {', '.join(_FORMATS)}")
    outcome = audit(shared.project(), name, start=start, end=end, at=shared.at)
    return Shown(outcome, _text(outcome.data, form, output))


def _text(report: AuditReport, form: str, output: Path | None) -> Iterator[Block]:
    text = _WRITERS.get(form, str)(report)
    if output is None:
        yield text.rstrip("\n")
        return
    from swreg.storage.files import disk_errors

    with disk_errors(f"write {output}"):
        output.write_text(text, encoding="utf-8")
    yield f"wrote {output}"


def _html(report: AuditReport) -> str:
    from swreg.docs.audit_page import render_audit

    return render_audit(report)


def _csv(report: AuditReport) -> str:
    """One line per event; a cell that a spreadsheet would calculate is quoted as text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["at", "event", "model", "version", "actor", "reason", "forced"])
    for one in report.events:
        cells = [one.at, one.kind, one.model, str(getattr(one, "version", "")), one.actor]
        writer.writerow([*map(_inert, [*cells, one.reason]), "yes" if one.forced else "no"])
    return out.getvalue()


def _json(report: AuditReport) -> str:
    """The report alone, as `--json` has it in its envelope."""
    return json.dumps(plain(report), indent=2, allow_nan=False) + "\n"


def _inert(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t") else cell


_WRITERS: Mapping[str, Callable[[AuditReport], str]] = {"html": _html, "json": _json, "csv": _csv}
