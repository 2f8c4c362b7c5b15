"""What stands for the values of a pickle while it is judged, and who judges."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Name:
    """A global: a module and a name in it."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(slots=True, eq=False)
class Made:
    """An object that calling `by` with `arguments` would return."""

    by: Name
    arguments: Row
    state: Any = None
    is_built: bool = False


@dataclass(slots=True, eq=False)
class Row:
    """A tuple."""

    parts: tuple[Any, ...] = ()
    depth: int = 1


@dataclass(slots=True, eq=False)
class Table:
    """A dict; `odd` once it has a key that is no short plain text."""

    parts: dict[str, Any] = field(default_factory=dict)
    odd: bool = False


@dataclass(slots=True, eq=False)
class Bag:
    """A list or a set, whose elements do not matter."""


class Judge(Protocol):
    """Says no, by raising, to what a pickle would do."""

    def named(self, name: Name) -> None:
        """The global would be looked up."""

    def called(self, name: Name, arguments: Row) -> None:
        """It would be called with these arguments."""

    def created(self, name: Name, arguments: Row) -> None:
        """`__new__` of this class would be called with these arguments."""

    def built(self, target: Any, state: Any) -> None:
        """The state of the target would be set."""

    def filled(self, target: Any) -> None:
        """Elements would be put into the target."""

    def unusual(self, what: str) -> None:
        """The pickle does what no pickler of today writes."""
