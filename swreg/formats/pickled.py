"""Plain pickles: written for every model, read through both walls of the allow-list."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from swreg.errors import BrokenFile, SwregError, UsageError
from swreg.formats.allowlist import AllowListUnpickler, Verdict, refusal
from swreg.formats.machine import AfterBuild, Machine
from swreg.formats.opcodes import Malformed, Source
from swreg.formats.standins import Name, Row

T = TypeVar("T")
# Every Python that swreg supports reads protocol 5; its arrays are the smallest.
PROTOCOL = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Globals:
    """The globals a pickle names, in order; `complete` unless it breaks off or is no pickle."""

    names: tuple[Name, ...]
    complete: bool


def save_pickle(model: object, path: Path) -> None:
    """Write the pickle of an object.

    Raises `UsageError` for an object that cannot be pickled; nothing is left of the file then.
    """
    try:
        with path.open("xb") as file:
            pickle.dump(model, file, protocol=PROTOCOL)
    except FileExistsError:
        raise UsageError(f"{path} exists", "give an empty folder") from None
    except OSError:
        path.unlink(missing_ok=True)
        raise
    except Exception as error:
        path.unlink(missing_ok=True)
        raise UsageError(
            f"the {type(model).__name__} cannot be pickled: {_line(error)}",
            "leave out lambdas, open files, locks and generators, or register a file of your own",
        ) from error


def load_pickle(path: Path, *, trust: bool, allow: AbstractSet[str]) -> Any:
    """The object in a plain pickle.

    Raises `Unsafe` for a pickle that names anything that is not allowed and for one that is
    malformed, before anything of it is executed; `BrokenFile` where its classes do not accept it.
    """
    with path.open("rb") as file:
        if trust:
            return loaded(lambda: pickle.load(file), path)
        judge(file, allow)
        return loaded(lambda: AllowListUnpickler(file, allow=allow).load(), path)


def judge(file: BinaryIO, allow: AbstractSet[str], after_build: AfterBuild | None = None) -> None:
    """The first wall: raise `Unsafe` unless the whole pickle is allowed. The file is rewound."""
    try:
        Machine(Verdict(allow), after_build).run(Source(file))
    except Malformed as error:
        raise refusal(f"it is no complete pickle ({error})") from None
    file.seek(0)


def loaded(load: Callable[[], T], path: Path) -> T:
    """What `load` returns; its failures become a `BrokenFile` that names the file."""
    try:
        return load()
    except SwregError:
        raise
    except MemoryError:
        raise BrokenFile(
            f"{path.name} asks for more memory than there is", "load it on a larger machine"
        ) from None
    except Exception as error:
        raise BrokenFile(
            f"{path.name} cannot be loaded: {_line(error)}",
            "install the versions that the model's requirements.txt names",
        ) from error


def _line(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 300 else f"{text[:300]}…"


class _Listing:
    """A judge that lets everything pass."""

    def named(self, name: Name) -> None:
        """Nothing is refused, here and below."""

    def called(self, name: Name, arguments: Row) -> None: ...

    created = called

    def built(self, target: Any, state: Any) -> None: ...

    def filled(self, target: Any) -> None: ...

    def unusual(self, what: str) -> None: ...


def list_globals(path: Path) -> Globals:
    """The globals that the file would look up if it were unpickled. Nothing is executed."""
    machine = Machine(_Listing())
    with path.open("rb") as file:
        try:
            machine.run(Source(file))
        except Malformed:
            return Globals(names=tuple(machine.names), complete=False)
    return Globals(names=tuple(machine.names), complete=True)
