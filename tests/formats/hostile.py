"""Model files that try to run something: each would create the file at `marker`.

`calls` here makes the first, `hostile_files.samples` the whole corpus. `live` samples really do it when a plain loader reads
them (a test shows that); the others try ways that a later Python or library may open again, or
poison something without running anything at once.
"""

from __future__ import annotations

import marshal
import pickle
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Sample:
    """One file: its name in the corpus, its suffix, its bytes."""

    title: str
    data: bytes
    suffix: str = ".pkl"
    live: bool = False


def text(value: str) -> bytes:
    encoded = value.encode()
    return b"X" + struct.pack("<I", len(encoded)) + encoded


def octets(value: bytes) -> bytes:
    return b"B" + struct.pack("<I", len(value)) + value


def named(module: str, name: str) -> bytes:
    return f"c{module}\n{name}\n".encode()


def stacked(module: str, name: str) -> bytes:
    return text(module) + text(name) + b"\x93"


def row(*parts: bytes) -> bytes:
    return b"(" + b"".join(parts) + b"t"


def call(function: bytes, *arguments: bytes) -> bytes:
    return function + row(*arguments) + b"R"


def table(**parts: bytes) -> bytes:
    return b"}(" + b"".join(text(key) + value for key, value in parts.items()) + b"u"


def done(*parts: bytes) -> bytes:
    return b"\x80\x04" + b"".join(parts) + b"."


class Evil:
    """Pickles into a call."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self._call = function, arguments

    def __reduce__(self) -> Any:
        return self._call


def calls(marker: Path) -> Iterator[Sample]:
    """Pickles of a call, however it is found, every one aimed at the marker."""
    code = f"open({str(marker)!r}, 'w').close()"
    shell = text(f"touch {marker}")
    yield from _protocols(marker)
    yield from _calls(marker, code)
    yield from _lookups(marker, code, shell)


def _protocols(marker: Path) -> Iterator[Sample]:
    import os

    for protocol in range(6):
        data = pickle.dumps(Evil(os.system, f"touch {marker}"), protocol)
        yield Sample(f"os.system in protocol {protocol}", data, live=True)


# Functions whose call alone leaves no marker: steps on the way, or not installed everywhere.
_SILENT = frozenset(
    [
        "timeit",
        "debug_script",
        "Path",
        "NamedTemporaryFile",
        "runstring",
        "HDFStore",
        "InteractiveInterpreter",
        "main",
        "pipepager",
        "resolve_name",
        "CDLL",
        "get",
        "import_module",
        "__import__",
        "compile",
        "run_module",
        "_run_code",
        "download_url_to_file",
    ]
)


def _calls(marker: Path, code: str) -> Iterator[Sample]:
    """One call of one function."""
    shell, path, source = f"touch {marker}", str(marker), code
    table_of: list[tuple[str, str, tuple[Any, ...]]] = [
        ("os", "system", (shell,)),
        ("posix", "system", (shell,)),
        ("os", "popen", (shell,)),
        ("builtins", "eval", (source,)),
        ("builtins", "exec", (source,)),
        ("__builtin__", "eval", (source,)),
        ("builtins", "open", (path, "w")),
        ("io", "open", (path, "w")),
        ("_io", "FileIO", (path, "w")),
        ("codecs", "open", (path, "w")),
        ("subprocess", "getoutput", (shell,)),
        ("subprocess", "check_call", (["touch", path],)),
        ("subprocess", "run", (["touch", path],)),
        ("timeit", "timeit", (source, "pass", None, 1)),
        ("cProfile", "run", (source,)),
        ("doctest", "debug_script", ("raise SystemExit if 0 else None", False)),
        ("pathlib", "Path", (path,)),
        ("sqlite3", "connect", (path,)),
        ("logging", "FileHandler", (path,)),
        ("zipfile", "ZipFile", (path, "w")),
        ("tempfile", "NamedTemporaryFile", ("w", -1, None, None, path, "", None)),
        ("numpy", "memmap", (path, "uint8", "w+", 0, (4,))),
        ("numpy", "savetxt", (path, [1.0])),
        (
            "numpy.f2py.crackfortran",
            "myeval",
            (source.replace("open(", "__builtins__['open'](", 1),),
        ),
        ("numpy.testing", "runstring", (source, {})),
        ("numpy.testing._private.utils", "runstring", (source, {})),
        ("sklearn.utils._testing", "assert_run_python_script_without_output", (source,)),
        ("sklearn.datasets", "dump_svmlight_file", ([[1.0]], [1.0], path)),
        ("joblib", "dump", (1, path)),
        ("pandas", "to_pickle", (1, path)),
        ("pandas", "HDFStore", (path,)),
        ("code", "InteractiveInterpreter", ()),
        ("pip._internal.cli.main", "main", (["--version", "--log", path],)),
        ("pip", "main", (["--version", "--log", path],)),
        ("pydoc", "pipepager", ("", shell)),
        ("shutil", "copyfile", (__file__, path)),
        ("pkgutil", "resolve_name", ("os:system",)),
        ("ctypes", "CDLL", ("libc.so.6",)),
        ("webbrowser", "get", (shell,)),
        ("importlib", "import_module", ("antigravity",)),
        ("builtins", "__import__", ("antigravity",)),
        ("builtins", "compile", (source, "x", "exec")),
        ("runpy", "run_module", ("this",)),
        ("runpy", "_run_code", (None, {})),
        ("multiprocessing.util", "spawnv_passfds", (b"/bin/touch", ["touch", path], [])),
        ("torch.hub", "download_url_to_file", (f"file://{__file__}", path)),
    ]
    for module, name, arguments in table_of:
        data = pickle.dumps(arguments, 2)[2:-1]
        protocol = b"\x80\x02" if module.startswith("__") else b"\x80\x04"
        sample = protocol + named(module, name) + data + b"R."
        yield Sample(f"{module}.{name}", sample, live=name not in _SILENT)


def _lookups(marker: Path, code: str, shell: bytes) -> Iterator[Sample]:
    """What finds `os.system` without naming it."""
    os_module = call(named("importlib", "import_module"), text("os"))
    system = call(named("builtins", "getattr"), os_module, text("system"))
    yield Sample("getattr of an imported module", done(call(system, shell)), live=True)
    yield Sample(
        "getattr in getattr",
        done(
            call(
                call(
                    named("builtins", "getattr"),
                    call(named("builtins", "getattr"), os_module, text("sys")),
                    text("exit"),
                )
            )
        ),
    )
    getter = call(named("operator", "attrgetter"), text("system"))
    yield Sample("operator.attrgetter", done(call(call(getter, os_module), shell)), live=True)
    caller = call(named("operator", "methodcaller"), text("system"), shell)
    yield Sample("operator.methodcaller", done(call(caller, os_module)), live=True)
    partial = call(named("functools", "partial"), named("os", "system"), shell)
    yield Sample("functools.partial", done(call(partial)), live=True)
    yield Sample(
        "functools.reduce",
        done(call(named("functools", "reduce"), named("os", "system"), b"](", shell, b"e")),
    )
    yield Sample(
        "map kept alive by list",
        done(call(named("builtins", "list"), call(named("builtins", "map"), named("os", "system"), row(shell)))),
        live=True,
    )  # fmt: skip
    for module, name in [
        ("os", "path.os.system"),
        ("collections", "_sys.modules"),
        ("sklearn.base", "warnings.sys.modules"),
        ("numpy", "ndarray.tofile"),
    ]:
        yield Sample(
            f"the dotted name {name}", done(call(stacked(module, name), shell)), live=module == "os"
        )
    for module, name in [
        ("sklearn.base", "warnings"),
        ("sklearn.svm", "SVC"),
        ("sklearn.utils._mocking", "MockDataFrame"),
        ("sklearn.tree.tests.test_tree", "CLF_TREES"),
        ("xgboost.tracker", "RabitTracker"),
        ("torch.utils.file_baton", "FileBaton"),
        ("pandas", "ExcelWriter"),
        ("__main__", "Net"),
        ("", "system"),
        ("os.", "system"),
    ]:
        yield Sample(f"{module}.{name} is no allowed class", done(stacked(module, name)))
    body = marshal.dumps(compile(code, "x", "exec"))
    function = call(
        named("types", "FunctionType"), call(named("marshal", "loads"), octets(body)),
        table(open=named("builtins", "open")),
    )  # fmt: skip
    yield Sample("a function from marshalled code", done(call(function)), live=True)
    yield Sample("a bare code object", done(call(named("types", "CodeType"), *[b"K\x00"] * 16)))
    yield Sample("an estimator called with arguments",
        done(call(named("sklearn.svm._classes", "SVC"), b"K\x01")))  # fmt: skip
    yield Sample("a value that is called",
        done(call(named("sklearn.metrics._regression", "r2_score"), b"K\x01", b"K\x01")))  # fmt: skip
    yield Sample("an estimator made with arguments",
        done(named("sklearn.svm._classes", "SVC"), row(b"K\x01"), b"\x81"))  # fmt: skip
    yield Sample("a text that is encoded oddly",
        done(call(named("_codecs", "encode"), text("x"), text("rot13"))))  # fmt: skip
    yield Sample("a reconstruction of a file",
        done(call(named("copyreg", "_reconstructor"), named("builtins", "object"),
        named("_io", "FileIO"), text(str(marker)))))  # fmt: skip
    yield Sample("a reconstruction with an estimator as base",
        done(call(named("copyreg", "_reconstructor"), named("sklearn.svm._classes", "SVC"),
        named("sklearn.svm._classes", "SVC"), b"N")))  # fmt: skip
