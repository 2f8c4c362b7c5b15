"""What a pickle would do, worked out without doing it.

`Machine` runs the pickle's instructions on stand-ins: a global is its name, an object is the
name it would be made by. Everything that could touch the interpreter is put to a judge before
any byte is unpickled: which names are looked up (whatever tricks with the memo lead to them),
what is called with which arguments, whose state is set, into what elements are put.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from swreg.formats.opcodes import OPAQUE, Malformed, Source, opcodes
from swreg.formats.standins import Bag, Judge, Made, Name, Row, Table

# The hash of a tuple recurses in C without a limit; no model nests this deep.
DEEPEST_TUPLE = 200


# Reads what follows an object in the file where a format mixes raw bytes into the pickle.
AfterBuild = Callable[[Made, Source], None]


class Machine:
    """One run over one pickle; `names` are the globals in the order of their first mention."""

    def __init__(self, judge: Judge, after_build: AfterBuild | None = None) -> None:
        self.judge = judge
        self.after_build = after_build
        self.names: dict[Name, None] = {}
        self._stack: list[Any] = []
        self._marks: list[int] = []
        self._memo: dict[int, Any] = {}

    def run(self, source: Source) -> None:
        """Go through the pickle; raises `Malformed`, and whatever the judge raises."""
        self._source = source
        for count, (name, argument) in enumerate(opcodes(source)):
            step = _STEPS.get(name)
            if step is not None:
                step(self, argument)
            elif name in ("PROTO", "FRAME", "STOP"):
                continue
            elif name in ("PUT", "BINPUT", "LONG_BINPUT"):
                if argument > count:
                    raise Malformed(f"the memo has a gap before {argument}")
                self._memo[argument] = self._top()
            else:
                self.unusual(name, argument)
        if not self._stack or self._marks:
            raise Malformed("it stops without a value")

    def _top(self) -> Any:
        if len(self._stack) <= (self._marks[-1] if self._marks else 0):
            raise Malformed("it takes from an empty stack")
        return self._stack[-1]

    def _pop(self) -> Any:
        value = self._top()
        self._stack.pop()
        return value

    def _to_mark(self) -> list[Any]:
        if not self._marks:
            raise Malformed("a mark is missing")
        mark = self._marks.pop()
        values = self._stack[mark:]
        del self._stack[mark:]
        return values

    def push(self, value: Any) -> None:
        self._stack.append(value)

    def mark(self, _: Any) -> None:
        self._marks.append(len(self._stack))

    def pop(self, _: Any) -> None:
        if self._marks and self._marks[-1] == len(self._stack):
            self._marks.pop()
        else:
            self._pop()

    def pop_mark(self, _: Any) -> None:
        self._to_mark()

    def duplicate(self, _: Any) -> None:
        self.push(self._top())

    def memoize(self, _: Any) -> None:
        self._memo[len(self._memo)] = self._top()

    def recall(self, index: int) -> None:
        if index not in self._memo:
            raise Malformed(f"the memo has no {index}")
        self.push(self._memo[index])

    def row(self, count: int | None) -> None:
        parts = self._to_mark() if count is None else [self._pop() for _ in range(count)][::-1]
        depth = 1 + max((part.depth for part in parts if type(part) is Row), default=0)
        if depth > DEEPEST_TUPLE:
            raise Malformed(f"tuples are nested deeper than {DEEPEST_TUPLE}")
        self.push(Row(tuple(parts), depth))

    def bag(self, marked: bool) -> None:
        if marked:
            self._to_mark()
        self.push(Bag())

    def table(self, marked: bool) -> None:
        pairs = self._to_mark() if marked else []
        self.push(Table())
        self._put(self._top(), pairs)

    def append(self, marked: bool) -> None:
        _ = self._to_mark() if marked else self._pop()
        if type(self._top()) is not Bag:
            self.judge.filled(self._top())

    def put(self, marked: bool) -> None:
        pairs = self._to_mark() if marked else [self._pop(), self._pop()][::-1]
        self._put(self._top(), pairs)

    def _put(self, target: Any, pairs: list[Any]) -> None:
        if len(pairs) % 2:
            raise Malformed("a key has no value")
        if type(target) is not Table:
            self.judge.filled(target)
            return
        for key, value in zip(pairs[::2], pairs[1::2], strict=True):
            if type(key) is str:
                target.parts[key] = value
            else:
                target.odd = True

    def name(self, pair: str) -> None:
        parts = pair.split(" ")
        if len(parts) != 2:
            raise Malformed(f"{pair!r} is no module and name")
        self._name(Name(*parts))

    def stack_name(self, _: Any) -> None:
        name, module = self._pop(), self._pop()
        if type(name) is not str or type(module) is not str:
            self.judge.unusual("a name that is not plain text")
            raise Malformed("a global's name is not plain text")
        self._name(Name(module, name))

    def _name(self, name: Name) -> None:
        self.names[name] = None
        self.judge.named(name)
        self.push(name)

    def call(self, _: Any) -> None:
        arguments, by = self._pop(), self._pop()
        self._make(by, arguments, self.judge.called)

    def create(self, _: Any) -> None:
        arguments, by = self._pop(), self._pop()
        self._make(by, arguments, self.judge.created)

    def create_with_words(self, _: Any) -> None:
        words, arguments, by = self._pop(), self._pop(), self._pop()
        if type(arguments) is Row:
            arguments = Row((*arguments.parts, words), arguments.depth)
        self._make(by, arguments, self.judge.created)

    def _make(self, by: Any, arguments: Any, ask: Callable[[Name, Row], None]) -> None:
        if type(by) is not Name or type(arguments) is not Row:
            self.judge.unusual("a call of something that is no global")
            self.push(OPAQUE)
            return
        ask(by, arguments)
        self.push(Made(by, arguments))

    def unusual(self, name: str, argument: Any) -> None:
        self.judge.unusual(f"the instruction {name}")
        if name == "INST":
            self.name(argument)
            self._pop()
        if name in ("INST", "OBJ"):
            self._to_mark()
        elif name == "BINPERSID":
            self._pop()
        if name != "READONLY_BUFFER":
            self.push(OPAQUE)

    def build(self, _: Any) -> None:
        state = self._pop()
        target = self._top()
        self.judge.built(target, state)
        if type(target) is Made:
            target.state, target.is_built = state, True
            if self.after_build is not None:
                self.after_build(target, self._source)


_STEPS: dict[str, Callable[[Machine, Any], None]] = {
    **dict.fromkeys(
        [
            "INT",
            "BININT",
            "BININT1",
            "BININT2",
            "LONG",
            "LONG1",
            "LONG4",
            "FLOAT",
            "BINFLOAT",
            "STRING",
            "BINSTRING",
            "SHORT_BINSTRING",
            "UNICODE",
            "SHORT_BINUNICODE",
            "BINUNICODE",
            "BINUNICODE8",
            "BINBYTES",
            "SHORT_BINBYTES",
            "BINBYTES8",
            "BYTEARRAY8",
        ],
        Machine.push,
    ),
    "NONE": lambda machine, _: machine.push(None),
    "NEWTRUE": lambda machine, _: machine.push(True),  # noqa: FBT003
    "NEWFALSE": lambda machine, _: machine.push(False),  # noqa: FBT003
    "MARK": Machine.mark,
    "POP": Machine.pop,
    "POP_MARK": Machine.pop_mark,
    "DUP": Machine.duplicate,
    "MEMOIZE": Machine.memoize,
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), Machine.recall),
    "EMPTY_TUPLE": lambda machine, _: machine.row(0),
    "TUPLE1": lambda machine, _: machine.row(1),
    "TUPLE2": lambda machine, _: machine.row(2),
    "TUPLE3": lambda machine, _: machine.row(3),
    "TUPLE": Machine.row,
    **dict.fromkeys(("EMPTY_LIST", "EMPTY_SET"), lambda machine, _: machine.bag(marked=False)),
    **dict.fromkeys(("LIST", "FROZENSET"), lambda machine, _: machine.bag(marked=True)),
    "EMPTY_DICT": lambda machine, _: machine.table(marked=False),
    "DICT": lambda machine, _: machine.table(marked=True),
    "APPEND": lambda machine, _: machine.append(marked=False),
    **dict.fromkeys(("APPENDS", "ADDITEMS"), lambda machine, _: machine.append(marked=True)),
    "SETITEM": lambda machine, _: machine.put(marked=False),
    "SETITEMS": lambda machine, _: machine.put(marked=True),
    "GLOBAL": Machine.name,
    "STACK_GLOBAL": Machine.stack_name,
    "REDUCE": Machine.call,
    "NEWOBJ": Machine.create,
    "NEWOBJ_EX": Machine.create_with_words,
    "BUILD": Machine.build,
}
