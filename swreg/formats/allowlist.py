"""Whether a pickle may be loaded: an allow-list, judged before a byte is run and again while it is.

First wall: `Verdict` judges what `swreg.formats.machine` works out, with nothing executed. Second
wall: `AllowListUnpickler.find_class` hands out allowed objects only. Both lower the risk and do
not remove it: the libraries' own loading code, much of it compiled, still reads the file's data.
"""

from __future__ import annotations

import importlib
import pickle
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Any, BinaryIO

from swreg.errors import MissingExtra, Unsafe
from swreg.formats import known
from swreg.formats.standins import Bag, Made, Name, Row, Table

_EXTRAS = {
    "joblib": "sklearn",
    "lightgbm": "lightgbm",
    "numpy": "ml",
    "onnx": "onnx",
    "pandas": "ml",
    "scipy": "ml",
    "sklearn": "sklearn",
    "torch": "torch",
    "xgboost": "xgboost",
}
_DISTRIBUTIONS = {"sklearn": "scikit-learn"}


def modern(name: Name) -> Name:
    """The name as Python 3 says it.

    >>> str(modern(Name("__builtin__", "set")))
    'builtins.set'
    """
    return Name(known.RENAMED.get(name.module, name.module), name.name)


def resolve(name: Name, allow: AbstractSet[str] = frozenset()) -> Any:
    """The object behind an allowed global.

    `allow` holds further exact names of the consumer, as `package.module.Name`. Raises `Unsafe`
    where no rule allows the name, `MissingExtra` where its library is not installed.
    """
    name = modern(name)
    if not name.name or "." in name.name or not name.module.replace(".", "").isidentifier():
        raise refusal(f"{name} is no plain name of a module")
    if any(str(name) in names for names in (known.CALLABLES, known.VALUES, allow)):
        found = _look_up(name)
        if found is None:
            raise Unsafe(f"{name} is not in the installed version of its library", _UPGRADE)
        return found
    if name.module in known.UFUNC_MODULES and _is_ufunc(_look_up(name)):
        return _look_up(name)
    family = _family(name)
    if family is not None:
        found = _look_up(name)
        if _belongs(found, name, family):
            return found
    raise refusal(f"it names {name}, which is not on the allow-list", name)


def is_allowed(name: Name, allow: AbstractSet[str] = frozenset()) -> bool:
    """Whether some rule allows the global."""
    try:
        resolve(name, allow)
    except Unsafe:
        return False
    return True


_UPGRADE = "install the version that the model's requirements.txt names"


def refusal(what: str, name: Name | None = None) -> Unsafe:
    """The refusal, with the ways on for somebody who knows where the file comes from."""
    one = f", or allow={{'{name}'}} for this one name" if name else ""
    hint = f"trust=True loads it anyway if you know who made it{one}"
    return Unsafe(f"the model is not loaded: {what}", hint)


def _look_up(name: Name) -> Any:
    """The object, or None. The module's own namespace only: no `__getattr__` of it is asked."""
    candidates = [name.module]
    candidates += [new + name.module[len(old) :] for old, new in known.TWINS if _below(name, old)]
    failure: ImportError | None = None
    for module in candidates:
        try:
            found = vars(importlib.import_module(module)).get(name.name)
        except ImportError as error:
            failure = failure or error
            continue
        if found is not None:
            return found
    package = name.module.partition(".")[0]
    if failure is not None and failure.name == package and package in _EXTRAS:
        package, extra = _DISTRIBUTIONS.get(package, package), _EXTRAS[package]
        raise MissingExtra(package, extra, f"loading {name}") from failure
    return None


def _below(name: Name, prefix: str) -> bool:
    return name.module.startswith(prefix)


def _family(name: Name) -> known.Family | None:
    parts = name.module.split(".")
    if "tests" in parts:
        return None
    for family in known.FAMILIES:
        if any(".".join(parts[:n]) in family.modules for n in range(1, len(parts) + 1)):
            return family
    return None


def _belongs(found: Any, name: Name, family: known.Family) -> bool:
    """Whether it is a class that says it is this very name, and derives from a root."""
    if not isinstance(found, type) or (found.__module__, found.__qualname__) != (
        name.module,
        name.name,
    ):
        return False
    roots = [_look_up(Name(*root.rsplit(".", 1))) for root in family.roots]
    return issubclass(found, tuple(root for root in roots if root is not None))


def _is_ufunc(found: Any) -> bool:
    import numpy as np

    return isinstance(found, np.ufunc)


class Verdict:
    """The judge of the first wall; `swreg.formats.machine.Judge` says what is asked of it."""

    def __init__(self, allow: AbstractSet[str] = frozenset()) -> None:
        self.allow = allow

    def named(self, name: Name) -> None:
        resolve(name, self.allow)

    def called(self, name: Name, arguments: Row) -> None:
        name = modern(name)
        if str(name) in self.allow:
            return
        if str(name) not in known.CALLABLES:
            raise refusal(f"it calls {name} with arguments while it is loaded", name)
        rule = _ARGUMENTS.get(str(name))
        if rule is not None and not rule(arguments.parts):
            raise refusal(f"it calls {name} in a way that no pickler writes")

    def created(self, name: Name, arguments: Row) -> None:
        if arguments.parts or _family(modern(name)) is None:
            self.called(name, arguments)

    def built(self, target: Any, state: Any) -> None:
        if type(target) is not Made:
            raise refusal("it sets the state of something that it did not make")
        if target.is_built:
            raise refusal(f"it sets the state of one {target.by} twice")
        for part in state.parts if type(state) is Row else (state,):
            if type(part) is Table and (part.odd or any(key[:2] == "__" for key in part.parts)):
                raise refusal(f"the state it gives {target.by} has keys that are no attributes")
        if type(state) is Made and str(state.by) not in _PLAIN_STATES:
            raise refusal(f"the state it gives {target.by} is an object itself")

    def filled(self, target: Any) -> None:
        if type(target) is Bag:
            return
        if type(target) is not Made or str(modern(target.by)) not in known.CONTAINERS | self.allow:
            raise refusal("it puts elements into something that is no container")

    def unusual(self, what: str) -> None:
        raise refusal(f"it has {what}")


_PLAIN_STATES = known.CONTAINERS | {"numpy._core.multiarray._reconstruct"}
_BASES = frozenset({"builtins.object", "builtins.dict", "builtins.list", "builtins.set"})


def _reconstructs(arguments: tuple[Any, ...]) -> bool:
    """`copyreg._reconstructor(cls, base, state)` with a plain base."""
    if len(arguments) != 3 or any(type(part) is not Name for part in arguments[:2]):
        return False
    return str(modern(arguments[1])) in _BASES


def _copies(arguments: tuple[Any, ...]) -> bool:
    """`numpy.dtype(text, align, copy)` with a copy: setting its state must not change a shared one.

    >>> _copies(("f8", False, True)), _copies(("f8",))
    (True, False)
    """
    return len(arguments) == 3 and type(arguments[0]) is str and arguments[2] in (True, 1)


def _is_empty(shape: Any) -> bool:
    """Whether a shape is the `(0,)` that numpy writes: the true one comes with the state."""
    return type(shape) is Row and shape.parts == (0,)


def _holds_bytes(arguments: tuple[Any, ...]) -> bool:
    """Whether no argument of `bytes` or `bytearray` is a number, which would be a length."""
    return not any(isinstance(part, int) for part in arguments)


def _starts_empty(arguments: tuple[Any, ...]) -> bool:
    return len(arguments) == 3 and _is_empty(arguments[1])


def _starts_masked(arguments: tuple[Any, ...]) -> bool:
    return len(arguments) == 4 and _is_empty(arguments[2])


_ARGUMENTS: dict[str, Callable[[tuple[Any, ...]], bool]] = {
    "_codecs.encode": lambda arguments: len(arguments) == 2 and arguments[1] == "latin1",
    "copyreg._reconstructor": _reconstructs,
    "builtins.bytearray": _holds_bytes,
    "builtins.bytes": _holds_bytes,
    "numpy.core.multiarray._reconstruct": _starts_empty,
    "numpy._core.multiarray._reconstruct": _starts_empty,
    "numpy.dtype": _copies,
    "numpy.ma.core._mareconstruct": _starts_masked,
}


def _latin1(text: str, encoding: str) -> bytes:
    if encoding != "latin1":
        raise refusal(f"it encodes text as {encoding}")
    return text.encode("latin1")


def _tensor_storage(data: bytes) -> Any:
    """A tensor's numbers. torch itself reads them as a pickle without any limit."""
    import io

    import torch

    try:
        return torch.load(io.BytesIO(data), weights_only=True, map_location="cpu")
    except pickle.UnpicklingError:
        raise refusal("the numbers of a tensor are a pickle of something else") from None


# Functions that do more than a model needs, and what stands in for them.
_SUBSTITUTES: dict[str, Callable[..., Any]] = {
    "_codecs.encode": _latin1,
    "torch.storage._load_from_bytes": _tensor_storage,
}


def find(module: str, name: str, allow: AbstractSet[str]) -> Any:
    """What an unpickler may get for a global; raises `Unsafe` for everything else."""
    found = resolve(Name(module, name), allow)
    return _SUBSTITUTES.get(str(modern(Name(module, name))), found)


class AllowListUnpickler(pickle.Unpickler):
    """The second wall: an unpickler that knows allowed globals only."""

    def __init__(self, file: BinaryIO, *, allow: AbstractSet[str] = frozenset()) -> None:
        super().__init__(file)
        self._allow = allow

    def find_class(self, module_name: str, global_name: str) -> Any:
        """The object behind the name; raises `Unsafe` for everything that is not allowed."""
        return find(module_name, global_name, self._allow)
