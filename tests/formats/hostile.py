"""Model files that try to run something: each would create the file at `marker`.

`bare` here makes pickles, `hostile_files.samples` adds the rest of the corpus. `live` samples really do it when a plain loader reads
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


def bare(marker: Path) -> Iterator[Sample]:
    """Pickles put together by hand or from one call, every one aimed at the marker."""
    code = f"open({str(marker)!r}, 'w').close()"
    shell = text(f"touch {marker}")
    yield from _protocols(marker)
    yield from _calls(marker, code)
    yield from _lookups(marker, code, shell)
    yield from _tricks(shell)
    yield from _instructions(shell)
    yield from _states(code, shell)


def _protocols(marker: Path) -> Iterator[Sample]:
    import os

    for protocol in range(6):
        data = pickle.dumps(Evil(os.system, f"touch {marker}"), protocol)
        yield Sample(f"os.system in protocol {protocol}", data, live=True)


# Functions whose call alone leaves no marker: steps on the way, or not installed everywhere.
_SILENT = frozenset(
    """timeit debug_script Path NamedTemporaryFile runstring HDFStore InteractiveInterpreter main
    pipepager resolve_name CDLL get import_module __import__ compile run_module _run_code
    download_url_to_file""".split()
)


def _calls(marker: Path, code: str) -> Iterator[Sample]:
    """One call of one function."""
    shell, path, source = f"touch {marker}", str(marker), code
    calls: list[tuple[str, str, tuple[Any, ...]]] = [
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
        ("numpy.f2py.crackfortran", "myeval", (source.replace("open", "__builtins__['open']"),)),
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
    for module, name, arguments in calls:
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
        done(
            call(named("functools", "reduce"), named("os", "system"), b"](", shell, b"e")
        ),
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
        yield Sample(f"the dotted name {name}", done(call(stacked(module, name), shell)), live=module == "os")
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


def _tricks(shell: bytes) -> Iterator[Sample]:
    """The name hidden in the memo or by moves on the stack."""
    memo = text("posix") + b"q\x00" + text("system") + b"q\x01" + b"00"
    yield Sample("names from the memo", done(memo, call(b"h\x00h\x01\x93", shell)), live=True)
    late = text("numpy") + b"q\x000" + text("posix") + b"q\x000" + text("system") + b"q\x010"
    yield Sample("a memo entry overwritten", done(late, call(b"h\x00h\x01\x93", shell)), live=True)
    twice = text("x") + b"20" + text("posix") + b"\x94" + text("system") + b"\x94" + b"000"
    yield Sample("names memoized in passing", done(twice, call(b"h\x00h\x01\x93", shell)), live=True)
    marked = b"(" + text("numpy") + text("dtype") + b"1"
    yield Sample("a mark thrown away", done(marked, call(stacked("posix", "system"), shell)), live=True)
    function = stacked("posix", "system") + b"\x94" + b"0" + b"h\x00"
    yield Sample("the function from the memo", done(call(function, shell)), live=True)
    old = b"S'posix'\nS'system'\n\x93"
    yield Sample("names as old text", done(call(old, shell)), live=True)
    yield Sample("a frame that lies about its length",
        b"\x80\x04\x95" + struct.pack("<Q", 3) + call(named("os", "system"), shell) + b".",
        live=True)  # fmt: skip
    first = done(b"K\x01")
    yield Sample("a name that is a number", done(b"K\x01K\x02\x93"))
    yield Sample("a hostile pickle cut short", done(call(named("os", "system"), shell))[:-1], live=True)
    yield Sample("cut in an argument", done(call(named("os", "system"), shell), text("abc"))[:-3], live=True)
    yield Sample("no bytes at all", b"")
    yield Sample("only a header", b"\x80\x04")
    yield Sample("a stop without a value", b"\x80\x04.")
    yield Sample("a file that is no pickle", b"# model\nimport os\n")
    yield Sample("a harmless pickle cut short", first[:-1])
    yield Sample("a length beyond the file", b"\x80\x04\x8e" + struct.pack("<Q", 2**62) + b"x.")
    yield Sample("a memo index beyond all", b"\x80\x04K\x01r\xff\xff\xff\xff.")
    yield Sample("tuples without end", done(b")", b"\x85" * 100_000))
    yield Sample("a name without an end", b"cos")


def _instructions(shell: bytes) -> Iterator[Sample]:
    """Instructions that no pickler of today writes, and those that need the reader's help."""
    yield Sample("INST", b"(" + shell + b"ios\nsystem\n.", live=True)
    yield Sample("OBJ", b"(" + named("os", "system") + shell + b"o.", live=True)
    yield Sample("PERSID", b"Pos.system\n.")
    yield Sample("BINPERSID", done(shell, b"Q"))
    yield Sample("EXT1", done(call(b"\x82\xf7", shell)), live=True)
    yield Sample("EXT2", done(call(b"\x83\xf7\x00", shell)), live=True)
    yield Sample("EXT4", done(call(b"\x84\xf7\x00\x00\x00", shell)), live=True)
    yield Sample("NEXT_BUFFER", done(b"\x97"))
    yield Sample("READONLY_BUFFER", done(octets(b"x"), b"\x98"))
    yield Sample("NEWOBJ_EX", done(stacked("subprocess", "Popen"), row(shell), table(shell=b"\x88"), b"\x92"))


def _states(code: str, shell: bytes) -> Iterator[Sample]:
    """State given to allowed objects: new methods, shared objects, code kept as data."""
    svc = stacked("sklearn.svm._classes", "SVC")
    made = svc + b")\x81"
    allowed = stacked("collections", "OrderedDict")
    yield Sample("a class gets a method", done(svc, b"N", table(predict=allowed), b"\x86b"))
    yield Sample("a function gets attributes",
        done(stacked("copyreg", "_reconstructor"), table(x=b"K\x01"), b"b"))  # fmt: skip
    yield Sample("an object gets a __setstate__",
        done(made, table(__setstate__=allowed), b"b"))  # fmt: skip
    yield Sample("an object gets another class",
        done(made, b"N", table(__class__=stacked("sklearn.svm._classes", "SVR")), b"\x86b"))  # fmt: skip
    yield Sample("a state key that is no plain text",
        done(made, b"}", call(stacked("numpy._core.multiarray", "scalar"),
        call(stacked("numpy", "dtype"), text("U12"), b"\x89", b"\x88"), octets(b"_")), b"K\x01sb"))  # fmt: skip
    yield Sample("state set twice", done(made, table(a=b"K\x01"), b"b", table(b=b"K\x01"), b"b"))
    yield Sample("a shared dtype gets a state",
        done(stacked("numpy", "dtype"), row(text("f8")), b"R",
        row(b"K\x03", text(">"), b"NNN", b"J\xff\xff\xff\xff" * 2, b"K\x00"), b"b"))  # fmt: skip
    yield Sample("elements put into an estimator", done(made, b"(", b"K\x01", b"e"))
    yield Sample("keys put into an estimator", done(made, b"(", text("a"), b"K\x01", b"u"))
    yield Sample("the result of a call is called", done(call(call(allowed), b"K\x01")))
    template = f"{code}\ndef _parse_args(self, *a, **k): pass\n_parse_args_rvs = _parse_args_stats = _parse_args\n"
    state = table(_parse_arg_template=text(template), shapes=b"N", numargs=b"K\x00",
                  generic_moment=b"N", _random_state=b"N", a=b"K\x00", b=b"K\x01", moment_type=b"K\x00")  # fmt: skip
    yield Sample("a distribution that executes its state",
        done(stacked("scipy.stats._continuous_distns", "norm_gen"), b")\x81", state, b"b"), live=True)  # fmt: skip
    swap = row(stacked("os", "system"), row(shell), b"}", b"N")
    yield Sample("a partial whose function is swapped",
        done(call(call(stacked("functools", "partial"), stacked("builtins", "int")) + swap + b"b")),
        live=True)  # fmt: skip


