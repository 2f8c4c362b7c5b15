"""The hostile corpus, continued: moves of the stack machine, rare instructions, hostile states."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from tests.formats.hostile import Sample, call, done, named, octets, row, stacked, table, text


def moves(marker: Path) -> Iterator[Sample]:
    """Pickles put together by hand, every one aimed at the marker."""
    code = f"open({str(marker)!r}, 'w').close()"
    shell = text(f"touch {marker}")
    yield from _tricks(shell)
    yield from _instructions(shell)
    yield from _states(code, shell)


def _tricks(shell: bytes) -> Iterator[Sample]:
    """The name hidden in the memo or by moves on the stack."""
    memo = text("posix") + b"q\x00" + text("system") + b"q\x01" + b"00"
    yield Sample("names from the memo", done(memo, call(b"h\x00h\x01\x93", shell)), live=True)
    late = text("numpy") + b"q\x000" + text("posix") + b"q\x000" + text("system") + b"q\x010"
    yield Sample("a memo entry overwritten", done(late, call(b"h\x00h\x01\x93", shell)), live=True)
    twice = text("x") + b"20" + text("posix") + b"\x94" + text("system") + b"\x94" + b"000"
    yield Sample(
        "names memoized in passing", done(twice, call(b"h\x00h\x01\x93", shell)), live=True
    )
    marked = b"(" + text("numpy") + text("dtype") + b"1"
    yield Sample(
        "a mark thrown away", done(marked, call(stacked("posix", "system"), shell)), live=True
    )
    function = stacked("posix", "system") + b"\x94" + b"0" + b"h\x00"
    yield Sample("the function from the memo", done(call(function, shell)), live=True)
    old = b"S'posix'\nS'system'\n\x93"
    yield Sample("names as old text", done(call(old, shell)), live=True)
    yield Sample("a frame that lies about its length",
        b"\x80\x04\x95" + struct.pack("<Q", 3) + call(named("os", "system"), shell) + b".",
        live=False)  # fmt: skip
    # Python's unpickler forgets the rest of the frame when a line crosses its end: "xxposix".
    crossing = b"\x80\x04\x95" + struct.pack("<Q", 3) + b"cxxposix\nsystem\n" + row(shell) + b"R."
    yield Sample("a frame that ends within a name", crossing, live=True)
    yield Sample(
        "a frame within a frame",
        b"\x80\x04" + (b"\x95" + struct.pack("<Q", 11)) * 2 + b"0N" * 9 + b".",
    )
    first = done(b"K\x01")
    yield Sample("a name that is a number", done(b"K\x01K\x02\x93"))
    yield Sample(
        "a hostile pickle cut short", done(call(named("os", "system"), shell))[:-1], live=True
    )
    yield Sample(
        "cut in an argument", done(call(named("os", "system"), shell), text("abc"))[:-3], live=True
    )
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
    yield Sample(
        "NEWOBJ_EX", done(stacked("subprocess", "Popen"), row(shell), table(shell=b"\x88"), b"\x92")
    )


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
    yield Sample(
        "an object as the state", done(made, call(named("datetime", "timedelta"), b"K\x01"), b"b")
    )
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
