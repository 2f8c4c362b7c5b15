"""Every error there is: the real thing, as the command says it, with its code and exit code.

A class without a row fails here, and so does one that nothing raises.
"""

from __future__ import annotations

import ast
import pickle
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from swreg import ModelRegistry, errors
from swreg.cli import app
from swreg.cli.failures import Speech, _Bug
from swreg.storage import hooks, landing
from tests.cli.conftest import MODEL, Call, Said
from tests.conftest import INCREMENT, ROOT, Repo

PROMOTE = ["registry-promote", MODEL, "v3.1.0", "--to", "staging"]


@dataclass(frozen=True, slots=True)
class Scene:
    """A registry with v3.0.0 in production and v3.1.0 in dev, to be brought into trouble."""

    repo: Repo
    patch: pytest.MonkeyPatch
    call: Call
    capfd: pytest.CaptureFixture[str]

    def run(self, *words: str) -> Said:
        return self.call(self.repo, *words)

    def succeed(self, *words: str) -> None:
        said = self.run(*words)
        assert said.code == 0, said.err

    def rewrite(self, path: Path, text: str) -> None:
        assert path.is_file()
        path.write_text(text)
        self.repo.commit("chore: edit by hand")


Prepare = Callable[[Scene], None]


def as_it_is(scene: Scene) -> None:
    """No trouble is needed: the words alone are wrong."""


def two_increments(scene: Scene) -> None:
    scene.repo.write(".specweave/increments/0043-churn/spec.md", "# Churn\n")
    scene.repo.commit("docs: another increment")


def rolled_back(scene: Scene) -> None:
    scene.patch.setenv("GIT_COMMITTER_DATE", "1705759200 +0000")
    for stage in ("staging", "production"):
        scene.succeed(*PROMOTE[:-1], stage)
    scene.succeed("registry-rollback", MODEL, "--reason", "too many false positives")


def detached(scene: Scene) -> None:
    scene.repo.git("checkout", "--quiet", "--detach")


def broken_catalog(scene: Scene) -> None:
    scene.rewrite(
        scene.repo.increment / "registry" / "model_catalog.yaml", "schema: 2\nmodels: {}\n"
    )


def approvals_required(scene: Scene) -> None:
    scene.succeed("registry-policy", "set", "stages.staging.approval.required", "true")


def other_bytes(scene: Scene) -> None:
    scene.rewrite(scene.repo.increment / "models" / "fraud-detection-v3.1.0" / "model.bin", "x")


def no_programs(scene: Scene) -> None:
    scene.patch.setenv("PATH", str(scene.repo.path))


def no_matplotlib(scene: Scene) -> None:
    scene.patch.setitem(sys.modules, "matplotlib", None)


def git_at_work(scene: Scene) -> None:
    scene.patch.setattr(landing, "_INDEX_WAIT", 0)
    (scene.repo.path / ".git" / "index.lock").touch()


def _hook(path: Path, command: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{command}\nexit 1\n")
    path.chmod(0o755)


def refusing_hook(scene: Scene) -> None:
    _hook(scene.repo.path / ".git" / "hooks" / "pre-commit", "echo no commits on Fridays")


def broken_program(scene: Scene) -> None:
    def show(*_: object, **__: object) -> None:
        raise LookupError("nobody thought of it")

    scene.patch.setattr(app, "show", show)


def unsafe_model(scene: Scene) -> None:
    """A pickle that would run a program, loaded as a Python caller loads it."""

    class Runs:
        def __reduce__(self) -> tuple[Any, ...]:
            return eval, ("0",)

    path = scene.repo.path.parent / "model.pkl"
    path.write_bytes(pickle.dumps(Runs()))
    scene.succeed("registry-register", "evil-model", "--artifact", str(path))
    ModelRegistry(path=scene.repo.path).get_model("evil-model", version="v1.0.0")


def refusing_remote(scene: Scene) -> None:
    bare = scene.repo.path.parent / "remote.git"
    scene.repo.git("clone", "--quiet", "--bare", ".", str(bare))
    scene.repo.git("remote", "add", "origin", str(bare))
    _hook(bare / "hooks" / "pre-receive", "echo no pushes on Fridays >&2")


class Row(NamedTuple):
    """What happened before, what is then run, and the line that says what is wrong.

    `<hex>` and `<path>` stand for what differs each time. Without words it is what happened before
    that raises the error, in Python.
    """

    line: str
    words: list[str]
    prepare: Prepare = as_it_is

    def matches(self, line: str) -> bool:
        pattern = re.escape(f"swreg: {self.line}\n").replace("<hex>", "[0-9a-f]+")
        pattern = pattern.replace("<number>", r"\d+")
        pattern = pattern.replace("<time>", r"\d{8}T\d{6}Z\-\d+")
        return re.fullmatch(pattern.replace("<path>", "/[^;\n]+"), line) is not None


ROWS: dict[type[errors.SwregError], Row] = {
    errors.FactError: Row(
        f"{MODEL} v3.1.0 is not held; leave --lift-hold out",
        [*PROMOTE, "--lift-hold", "--reason", "mended"],
    ),
    errors.NotFound: Row(
        f"no model called 'fraud-detection-modle'; did you mean {MODEL}?",
        ["registry-info", "fraud-detection-modle"],
    ),
    errors.Ambiguous: Row(
        f"004 could be {INCREMENT}, 0043-churn; write the whole name",
        ["registry-list", "--increment", "004"],
        two_increments,
    ),
    errors.AlreadyExists: Row(
        f"{MODEL} v3.1.0 is registered already; leave --version out",
        ["registry-register", MODEL, "--artifact", "README.md", "--version", "v3.1.0"],
    ),
    errors.IllegalTransition: Row(
        f"{MODEL} v3.0.0 cannot go from production to staging; "
        "from production it can go to archived",
        ["registry-promote", MODEL, "v3.0.0", "--to", "staging"],
    ),
    errors.Held: Row(
        f"{MODEL} v3.1.0 is held since 2024-01-20: too many false positives; "
        "--lift-hold with --reason, if the cause is gone",
        PROMOTE,
        rolled_back,
    ),
    errors.NotReady: Row(
        "HEAD is detached, the change would be on no branch; "
        "check out a branch, or use --branch NAME or --allow-detached",
        PROMOTE,
        detached,
    ),
    errors.BrokenFile: Row(
        f".specweave/increments/{INCREMENT}/registry/model_catalog.yaml has schema 2, "
        "this swreg reads 1; install a newer swreg",
        ["registry-list"],
        broken_catalog,
    ),
    errors.Unsafe: Row(
        "the model is not loaded: it names builtins.eval, which is not on the allow-list; "
        "trust=True loads it anyway if you know who made it, "
        "or allow={'builtins.eval'} for this one name",
        [],
        unsafe_model,
    ),
    errors.UsageError: Row(
        "'size' is no order; use name, version, registered, deployed",
        ["registry-list", "--sort", "size"],
    ),
    errors.PolicyRefused: Row(
        "[SWR101] v3.1.0 has not been in staging; "
        "promote it to staging first, or use --force with --reason",
        [*PROMOTE[:-1], "production"],
    ),
    errors.ApprovalPending: Row(
        f"{MODEL} v3.1.0 waits for approval: staging needs 1 more approval; "
        f"an approver runs: swreg registry-approve {MODEL} v3.1.0",
        PROMOTE,
        approvals_required,
    ),
    hooks.HookRefused: Row(
        "the pre-commit hook refused: no commits on Fridays; mend what it names, then try again",
        PROMOTE,
        refusing_hook,
    ),
    errors.IntegrityError: Row(
        f"the files of {MODEL} v3.1.0 are not the ones that were registered "
        "(digest sha256:<hex>…, expected sha256:<hex>…); "
        "do not use them; restore the folder from the commit that registered it",
        ["registry-get", MODEL, "v3.1.0", "--output", "served"],
        other_bytes,
    ),
    errors.EnvironmentFault: Row(
        "git is not installed; install git 2.36 or newer", ["registry-list"], no_programs
    ),
    errors.MissingExtra: Row(
        "drawing a comparison needs the package matplotlib; pip install 'swreg[plot]'",
        ["registry-compare", MODEL, "v3.0.0", "v3.1.0", "--plot", "metrics.svg"],
        no_matplotlib,
    ),
    errors.Contention: Row(
        "another git process holds <path>/.git/index.lock, made <number> seconds ago; "
        "wait for it; if none runs any more, delete that file",
        PROMOTE,
        git_at_work,
    ),
    errors.FollowUpIncomplete: Row(
        "committed as <hex>, but not pushed: pre-receive hook declined / "
        "remote: no pushes on Fridays; mend the cause, then run git push",
        [*PROMOTE, "--push"],
        refusing_remote,
    ),
    _Bug: Row(
        "a bug of ours: LookupError: nobody thought of it; "
        "please report it with the file <path>/.git/swreg/crash-<time>.txt",
        ["registry-list"],
        broken_program,
    ),
}


def said_by(scene: Scene, row: Row, cls: type[errors.SwregError], *, as_json: bool) -> Said:
    """Get into trouble, and hear what is said of it."""
    if row.words:
        row.prepare(scene)
        return scene.run(*row.words, *["--json"] * as_json)
    with pytest.raises(cls) as caught:
        row.prepare(scene)
    scene.capfd.readouterr()
    code = Speech("registry-get", as_json=as_json, repo=scene.repo.path).failed(caught.value)
    return Said(code, *scene.capfd.readouterr())


@pytest.fixture
def scene(
    registry: Repo, monkeypatch: pytest.MonkeyPatch, call: Call, capfd: pytest.CaptureFixture[str]
) -> Scene:
    return Scene(registry, monkeypatch, call, capfd)


@pytest.mark.parametrize("cls", ROWS, ids=lambda cls: cls.__name__)
def test_the_line_and_the_exit_code(scene: Scene, cls: type[errors.SwregError]) -> None:
    said = said_by(scene, ROWS[cls], cls, as_json=False)
    assert ROWS[cls].matches(said.err), said.err
    assert said.code == cls.exit_code


@pytest.mark.parametrize("cls", ROWS, ids=lambda cls: cls.__name__)
def test_a_program_reads_the_same_and_the_code_of_the_class(
    scene: Scene, cls: type[errors.SwregError]
) -> None:
    said = said_by(scene, ROWS[cls], cls, as_json=True)
    error = said.envelope["error"]
    assert (said.code, said.envelope["ok"], said.err) == (cls.exit_code, False, "")
    assert error["code"] == cls.code
    assert ROWS[cls].matches(f"swreg: {error['message']}; {error['hint']}\n"), error


def trees() -> Iterator[ast.Module]:
    for path in sorted((ROOT / "swreg").rglob("*.py")):
        yield ast.parse(path.read_text("utf-8"))


def name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def classes() -> dict[str, set[str]]:
    """Every class that is an error of ours, wherever it stands, to what it derives from."""
    found = {
        node.name: {name_of(one) for one in node.bases}
        for tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    ours = {"SwregError"}
    while more := {name for name, above in found.items() if above & ours} - ours:
        ours |= more
    return {name: found[name] for name in ours}


def raised() -> set[str]:
    """The names of all classes and functions that are called anywhere."""
    nodes = (node for tree in trees() for node in ast.walk(tree))
    return {name_of(node.func) for node in nodes if isinstance(node, ast.Call)}


def test_every_class_that_is_raised_has_a_row_and_every_other_one_is_a_trunk() -> None:
    known = classes()
    trunks = {"SwregError"}
    assert trunks <= set().union(*known.values()) - raised()
    assert known.keys() - raised() == trunks, "raised by nobody: delete it"
    assert {cls.__name__ for cls in ROWS} == known.keys() - trunks


def test_every_class_has_a_code_of_its_own() -> None:
    every: list[type[errors.SwregError]] = [*ROWS, errors.SwregError]
    codes = [cls.code for cls in every]
    assert len(set(codes)) == len(codes)
