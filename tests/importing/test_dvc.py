"""Import of what `dvc.yaml` declares, with bytes out of the cache of the real DVC."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from swreg.domain.names import parse_reference
from swreg.errors import FactError, IntegrityError
from swreg.operations.checking import check
from swreg.operations.fetching import get
from swreg.operations.importing.gto import read_dvc
from swreg.operations.importing.run import Imported, ImportOptions, run_import
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project
from tests.acts import state
from tests.conftest import Repo
from tests.importing.others import Elsewhere, program, run

DECLARED = (
    "artifacts:\n  churn:\n    path: models/churn.pkl\n    type: model\n    desc: Who leaves\n"
)


def bring(repo: Repo, theirs: Elsewhere, **how: object) -> Outcome[Imported]:
    options = ImportOptions(**how)  # type: ignore[arg-type]
    return run_import(Project.open(repo.path), read_dvc(theirs.repo.path), how=options)


def tracked(theirs: Elsewhere, data: bytes, *, cached: bool = True, lock: bool = False) -> str:
    """Commit a model as DVC tracks it, with its bytes in the cache or not; the md5."""
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
    own = f"md5: {md5}\n  size: {len(data)}\n  hash: md5\n"
    if lock:
        body = own.replace("\n  ", "\n      ").rstrip()
        text = f"schema: '2.0'\nstages:\n  train:\n    cmd: x\n    outs:\n    - path: models/churn.pkl\n      {body}\n"
        theirs.repo.write("dvc.lock", text)
    else:
        theirs.repo.write("models/churn.pkl.dvc", f"outs:\n- {own}  path: churn.pkl\n")
    theirs.repo.write("dvc.yaml", DECLARED)
    theirs.repo.write(".dvc/config", "")
    if cached:
        place = theirs.repo.path / ".dvc" / "cache" / "files" / "md5" / md5[:2]
        place.mkdir(parents=True, exist_ok=True)
        (place / md5[2:]).write_bytes(data)
    theirs.repo.write(".gitignore", "/.dvc/cache\n")
    theirs.repo.commit("feat: train")
    return md5


def fetched(repo: Repo, version: str, into: Path) -> bytes:
    get(Project.open(repo.path), parse_reference("churn", version), output=into)
    return (into / "churn.pkl").read_bytes()


@pytest.mark.parametrize("lock", [False, True])
def test_versions_come_from_tags_and_bytes_from_the_cache(
    repo: Repo, tmp_path: Path, lock: bool
) -> None:
    theirs = Elsewhere.at(tmp_path / "theirs")
    for number, data in enumerate((b"one\r\n", b"two"), start=1):
        tracked(theirs, data, lock=lock)
        theirs.tag(f"churn@v{number}.0.0", f"2024-0{number}-02T10:00:00Z")
    bring(repo, theirs)
    assert fetched(repo, "v1.0.0", tmp_path / "a") == b"one\r\n"
    assert fetched(repo, "v2.0.0", tmp_path / "b") == b"two"
    facts = json.loads((repo.increment / "models/churn-v2.0.0/metadata.json").read_text())
    assert facts["imported"]["md5"] == hashlib.md5(b"two", usedforsecurity=False).hexdigest()
    assert facts["imported"]["desc"] == "Who leaves"
    assert bring(repo, theirs).commit is None


def test_an_artifact_without_a_tag_is_what_head_has(repo: Repo, tmp_path: Path) -> None:
    theirs = Elsewhere.at(tmp_path / "theirs")
    tracked(theirs, b"one")
    bring(repo, theirs)
    assert bring(repo, theirs).commit is None
    tracked(theirs, b"two")
    bring(repo, theirs)
    assert sorted(map(str, state(repo.path)["churn"].versions)) == ["v1.0.0", "v1.0.1"]
    assert check(Project.open(repo.path)).data.findings == ()


def test_bytes_that_are_not_in_the_cache_are_refused_or_pointed_to(
    repo: Repo, tmp_path: Path
) -> None:
    theirs = Elsewhere.at(tmp_path / "theirs")
    md5 = tracked(theirs, b"one", cached=False)
    theirs.tag("churn@v1.0.0", "2024-01-02T10:00:00Z")
    with pytest.raises(FactError, match="not in DVC's cache"):
        bring(repo, theirs)
    bring(repo, theirs, pointers=True)
    pointer = json.loads((repo.increment / "models/churn-v1.0.0/pointer.json").read_text())
    assert (pointer["md5"], pointer["size"]) == (md5, 3)


def test_a_cache_with_other_bytes_is_found_out(repo: Repo, tmp_path: Path) -> None:
    theirs = Elsewhere.at(tmp_path / "theirs")
    md5 = tracked(theirs, b"one")
    theirs.tag("churn@v1.0.0", "2024-01-02T10:00:00Z")
    (theirs.repo.path / ".dvc/cache/files/md5" / md5[:2] / md5[2:]).write_bytes(b"bad")
    before = repo.head
    with pytest.raises(IntegrityError, match="holds other bytes"):
        bring(repo, theirs)
    assert repo.head == before


@pytest.mark.real
def test_a_folder_that_the_real_dvc_tracks(repo: Repo, tmp_path: Path) -> None:
    dvc = program("dvc")
    theirs = Elsewhere.at(tmp_path / "theirs")
    quiet = {"DVC_NO_ANALYTICS": "1", "DVC_STUDIO_OFFLINE": "1"}
    run(dvc, "init", "--quiet", cwd=theirs.repo.path, **quiet)
    theirs.repo.write("models/net/weights.bin", "weights")
    theirs.repo.write("models/net/sub/vocab.txt", "a b")
    run(dvc, "add", "--quiet", "models/net", cwd=theirs.repo.path, **quiet)
    theirs.repo.write("dvc.yaml", "artifacts:\n  net:\n    path: models/net\n    type: model\n")
    theirs.repo.commit("feat: train")
    theirs.tag("net@v1.0.0", "2024-01-02T10:00:00Z")
    bring(repo, theirs)
    folder = repo.increment / "models" / "net-v1.0.0"
    assert (folder / "weights.bin").read_text() == "weights"
    assert (folder / "sub" / "vocab.txt").read_text() == "a b"
