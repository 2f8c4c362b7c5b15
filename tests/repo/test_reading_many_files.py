"""Many files are read the same way as few."""

from __future__ import annotations

from swreg.storage import source
from swreg.storage.git import Git
from swreg.storage.source import Revision
from tests.conftest import Repo


def test_many_paths_give_what_one_by_one_gives(repo: Repo) -> None:
    names = [f"top/wide/{number:04}/file.json" for number in range(source._MANY)]
    for name in names[::2]:
        repo.write(name, name)
    repo.write("top/a file", "x")
    revision = Revision(Git.open(repo.path), repo.commit("test: many files"))
    paths = ["README.md", "top", "top/a file", "top/none", *names, "README.md"]
    many = revision.read_many(paths)
    assert many == [revision.read(path) if path != "top" else many[1] for path in paths]
    assert many[2] == b"x"
    assert many.count(None) >= source._MANY // 2
