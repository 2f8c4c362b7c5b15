"""The hostile corpus, continued: containers, loaders in loaders, joblib, torch and skops files."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickle
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from tests.formats.hostile import Evil, Sample, call, calls, done, octets, stacked, text
from tests.formats.hostile_moves import moves


def samples(marker: Path) -> Iterator[Sample]:
    """The whole corpus, every sample aimed at the one marker."""
    code = f"open({str(marker)!r}, 'w').close()"
    yield from calls(marker)
    yield from moves(marker)
    yield from _containers(code)
    yield from _nested(marker, code)
    yield from _joblib(code)
    yield from _torch(code)
    yield from _skops()


def _containers(code: str) -> Iterator[Sample]:
    """Arrays of objects, frames and mappings round a hostile element."""
    import numpy as np

    evil = Evil(eval, code)
    array = np.array([evil, 1], dtype=object)
    for protocol in (2, 4, 5):
        yield Sample(
            f"an array of objects in protocol {protocol}", pickle.dumps(array, protocol), live=True
        )
    yield Sample("a mapping round it", pickle.dumps({"weights": [1.0, evil]}), live=True)
    import pandas as pd

    yield Sample("a frame round it", pickle.dumps(pd.DataFrame({"a": [evil]})), live=True)
    from sklearn.preprocessing import FunctionTransformer

    yield Sample("a transformer round it", pickle.dumps(FunctionTransformer(func=evil)), live=True)
    yield Sample("a transformer with a forbidden function",
        pickle.dumps(FunctionTransformer(func=np.save)))  # fmt: skip
    yield Sample("a compressed pickle", zlib.compress(pickle.dumps(evil)))
    yield Sample("a pickle in gzip", gzip.compress(pickle.dumps(evil)))
    yield Sample(
        "a pickle after another", pickle.dumps(1)[:-1] + b"0" + pickle.dumps(evil), live=True
    )


def _nested(marker: Path, code: str) -> Iterator[Sample]:
    """Calls of other loaders, on a pickle inside the pickle or in another file."""
    import numpy as np

    inner = pickle.dumps(Evil(eval, code))
    other = marker.with_suffix(".inner")
    other.write_bytes(inner)
    stream = call(stacked("io", "BytesIO"), octets(inner))
    for module, name in [("pickle", "loads"), ("_pickle", "loads"), ("cloudpickle", "loads")]:
        yield Sample(
            f"{module}.{name}", done(call(stacked(module, name), octets(inner))), live=True
        )
    yield Sample("pickle.load", done(call(stacked("pickle", "load"), stream)), live=True)
    for module, name in [
        ("joblib", "load"),
        ("joblib.numpy_pickle", "load"),
        ("pandas", "read_pickle"),
    ]:
        yield Sample(
            f"{module}.{name} of a file",
            done(call(stacked(module, name), text(str(other)))),
            live=True,
        )
    buffer = io.BytesIO()
    np.save(buffer, np.array([Evil(eval, code)], dtype=object), allow_pickle=True)
    stream = call(stacked("io", "BytesIO"), octets(buffer.getvalue()))
    yield Sample("numpy.load with allow_pickle",
        done(call(stacked("numpy", "load"), stream, b"N", b"\x88")), live=True)  # fmt: skip
    script = marker.with_suffix(".script")
    script.write_text(code)
    yield Sample(
        "runpy.run_path", done(call(stacked("runpy", "run_path"), text(str(script)))), live=True
    )


def _joblib(code: str) -> Iterator[Sample]:
    import joblib
    import numpy as np

    evil = Evil(eval, code)
    plain = io.BytesIO()
    joblib.dump({"a": np.arange(50.0), "b": evil}, plain)
    data = plain.getvalue()
    yield Sample("joblib, behind an array", data, ".joblib", live=True)
    for title, packed in [
        ("zlib", zlib.compress(data)),
        ("gzip", gzip.compress(data)),
        ("bz2", bz2.compress(data)),
        ("xz", lzma.compress(data)),
        ("lzma", lzma.compress(data, lzma.FORMAT_ALONE)),
    ]:
        yield Sample(f"joblib in {title}", packed, ".joblib", live=True)
    yield Sample("joblib in broken zlib", zlib.compress(data)[:-20], ".joblib")
    yield Sample("joblib in lz4", b"\x04\x22\x4d\x18" + data, ".joblib")
    objects = io.BytesIO()
    joblib.dump(np.array([evil], dtype=object), objects)
    yield Sample("joblib, an array of objects", objects.getvalue(), ".joblib", live=True)
    yield Sample("joblib, cut short", data[:-1], ".joblib", live=True)
    arrays = io.BytesIO()
    joblib.dump(np.zeros(3, dtype=[("a", "i4"), ("b", "O")]), arrays)
    yield Sample("joblib, a compound array", arrays.getvalue(), ".joblib")
    yield Sample(
        "joblib.load named in a plain pickle's place", pickle.dumps(evil), ".joblib", live=True
    )
    beyond = data.replace(b"K2\x85", b"M\xff\xff\x85", 1)
    yield Sample("joblib, a shape beyond the file", beyond, ".joblib")


def _torch(code: str) -> Iterator[Sample]:
    inner = pickle.dumps(Evil(eval, code), 2)
    yield Sample("torch, storage that is a pickle",
        done(call(stacked("torch.storage", "_load_from_bytes"), octets(inner))), live=False)  # fmt: skip
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("archive/data.pkl", inner)
        zipped.writestr("archive/version", "3\n")
        zipped.writestr("archive/byteorder", "little")
    yield Sample("torch, an archive with a hostile pickle", archive.getvalue(), ".pt")
    yield Sample("torch, an old file", inner, ".pth")


def _skops() -> Iterator[Sample]:
    for kind, module, name in [
        ("FunctionNode", "posix", "system"),
        ("TypeNode", "subprocess", "Popen"),
        ("ObjectNode", "_io", "FileIO"),
    ]:
        keys = {"__class__": "list", "__module__": "builtins", "__loader__": "ListNode",
                "__id__": 3, "content": []}  # fmt: skip
        nothing = {"__class__": "dict", "__module__": "builtins", "__loader__": "DictNode",
                   "__id__": 2, "content": {}, "key_types": keys}  # fmt: skip
        content = nothing if kind == "ObjectNode" else {"module_path": module, "function": name}
        schema = {
            "__class__": name, "__module__": module, "__loader__": kind, "__id__": 1,
            "content": content, "protocol": 2, "_skops_version": "0.16.0", "attrs": None,
        }  # fmt: skip
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as zipped:
            zipped.writestr("schema.json", json.dumps(schema))
        yield Sample(f"skops, {module}.{name}", archive.getvalue(), ".skops")
