"""What an operation returns: frozen, and the same for people, programs and Python callers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from swreg.errors import SwregError

if TYPE_CHECKING:
    from swreg.domain.record import Record

Data = TypeVar("Data")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Generic[Data]):
    """The result of one operation.

    `commit` is the id of the commit that was made, None for a read or a dry run. `refusal` is an
    error that followed a change which did happen (a request was recorded, a push failed): the
    change stands, and the exit code is the refusal's. `truncated` says that rows were left out of
    the data.
    """

    command: str
    data: Data
    records: tuple[Record, ...] = ()
    commit: str | None = None
    warnings: tuple[str, ...] = ()
    dry_run: bool = False
    refusal: SwregError | None = None
    exit_code: int = 0
    truncated: bool = False


def read_outcome(command: str, data: Any, *warnings: str, exit_code: int = 0) -> Outcome[Any]:
    """The outcome of something that only looked."""
    return Outcome(command=command, data=data, warnings=warnings, exit_code=exit_code)
