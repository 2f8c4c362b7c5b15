"""Nothing hostile is loaded, and nothing of it is executed."""

from __future__ import annotations

import copyreg
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from swreg.errors import BrokenFile, SwregError, Unsafe
from swreg.formats import joblib_file, list_globals, load_model
from swreg.formats.pickled import loaded
from tests.formats.hostile import Evil, call, done, named, octets, row, stacked
from tests.formats.hostile_files import samples

for _package in ("numpy", "pandas", "sklearn", "joblib", "skops", "cloudpickle"):
    pytest.importorskip(_package, reason=f"{_package} is missing")

ROOT = Path(__file__).parents[2]


@pytest.fixture
def extension() -> Iterator[None]:
    """Code 247 of the extension registry stands for `posix.system`."""
    copyreg.add_extension("posix", "system", 0xF7)
    yield
    copyreg.remove_extension("posix", "system", 0xF7)


@pytest.mark.usefixtures("extension")
def test_every_sample_is_refused_and_none_runs(tmp_path: Path) -> None:
    marker, faults, count = tmp_path / "marker", [], 0
    for sample in samples(marker):
        count += 1
        file = tmp_path / f"sample{sample.suffix}"
        file.write_bytes(sample.data)
        if sample.suffix == ".pt" or "torch, storage" in sample.title:
            pytest.importorskip("torch", reason="torch is missing")
        try:
            load_model(file)
        except Unsafe as error:
            if not error.hint or "\n" in str(error):
                faults.append(f"{sample.title}: no single line with a hint: {error}")
        else:
            faults.append(f"{sample.title}: loaded")
        if marker.exists():
            faults.append(f"{sample.title}: executed")
            marker.unlink()
    assert not faults
    assert count >= 150


def test_the_samples_are_hostile_indeed(tmp_path: Path) -> None:
    """A careless loader executes every live sample: the corpus tests something."""
    command = [sys.executable, "-m", "tests.formats.plain_loader", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    told = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert told.stdout == ""
    assert sum(sample.live for sample in samples(tmp_path / "marker")) >= 75


@pytest.mark.parametrize("suffix", [".onnx", ".safetensors", ".skops", ".txt", ".ubj", ".json"])
def test_a_pickle_under_another_name_is_not_run(tmp_path: Path, suffix: str) -> None:
    pytest.importorskip(
        {".onnx": "onnx", ".safetensors": "safetensors.torch", ".txt": "lightgbm"}.get(
            suffix, "xgboost"
        ),
        reason=f"the library for {suffix} is missing",
    )
    marker = tmp_path / "marker"
    file = tmp_path / f"model{suffix}"
    file.write_bytes(pickle.dumps(Evil(eval, f"open({str(marker)!r}, 'w')")))
    with pytest.raises(SwregError):
        load_model(file)
    assert not marker.exists()


def test_the_refusal_names_the_global_and_the_ways_on(tmp_path: Path) -> None:
    file = tmp_path / "model.pkl"
    file.write_bytes(pickle.dumps(Evil(os.system, "true")))
    with pytest.raises(Unsafe) as refused:
        load_model(file)
    assert str(refused.value) == (
        "the model is not loaded: it names posix.system, which is not on the allow-list; "
        "trust=True loads it anyway if you know who made it, "
        "or allow={'posix.system'} for this one name"
    )


def test_trust_loads_what_the_walls_refuse(tmp_path: Path) -> None:
    marker, file = tmp_path / "marker", tmp_path / "model.pkl"
    file.write_bytes(pickle.dumps(Evil(os.system, f"touch {marker}")))
    assert load_model(file, trust=True) == 0
    assert marker.exists()


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import joblib

    monkeypatch.setattr(joblib_file, "LARGEST_UNPACKED", 2**20)
    file = tmp_path / "model.joblib"
    joblib.dump({"a": bytes(2**22)}, file, compress=9)
    assert file.stat().st_size < 2**16
    with pytest.raises(Unsafe, match="unpacks to more than"):
        load_model(file)


def test_joblib_older_than_its_repair_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import joblib

    file = tmp_path / "model.joblib"
    joblib.dump([1], file)
    monkeypatch.setattr(joblib, "__version__", "1.5.3")
    with pytest.raises(SwregError, match=r"needs the package joblib>=1\.6"):
        load_model(file)


@pytest.mark.parametrize(
    ("data", "names", "complete"),
    [
        (done(stacked("os", "system"), b"(", b"t", b"R"), ["os.system"], True),
        (b"(S'x'\nios\nsystem\n.", ["os.system"], True),
        (done(b"K\x01Q", b"0", stacked("a", "B")), ["a.B"], True),
        (done(stacked("os", "system"))[:-1], ["os.system"], False),
        (b"nothing of the kind", [], False),
    ],
)
def test_globals_are_listed_without_running(
    tmp_path: Path, data: bytes, names: list[str], complete: bool
) -> None:
    file = tmp_path / "model.pkl"
    file.write_bytes(data)
    found = list_globals(file)
    assert ([str(name) for name in found.names], found.complete) == (names, complete)


HUGE: dict[str, bytes] = {
    "bytearray": done(
        call(named("builtins", "bytearray"), b"\x8a\x06" + (2**40).to_bytes(6, "little"))
    ),
    "bytes": done(call(named("builtins", "bytes"), b"\x8a\x06" + (2**40).to_bytes(6, "little"))),
    "an array": done(
        call(
            named("numpy._core.multiarray", "_reconstruct"),
            named("numpy", "ndarray"),
            row(b"\x8a\x08" + (2**60).to_bytes(8, "little")),
            octets(b"b"),
        )
    ),
}


@pytest.mark.parametrize("name", HUGE)
def test_a_claim_of_much_memory_is_refused_before_it_is_met(tmp_path: Path, name: str) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(HUGE[name])
    with pytest.raises(Unsafe, match="in a way that no pickler writes"):
        load_model(path)


def test_memory_that_is_not_there_is_a_fault_of_the_file(tmp_path: Path) -> None:
    def load() -> None:
        raise MemoryError

    with pytest.raises(BrokenFile, match="more memory than there is"):
        loaded(load, tmp_path / "model.pkl")
