"""A server that fails, hangs, lies or is another: a clear line, and the next change finishes it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from swreg import EnvironmentFault, FollowUpIncomplete, MissingExtra, MLflowRegistry, ModelRegistry
from swreg.domain.names import parse_reference
from swreg.domain.version import Version
from swreg.integrations.mlflow_server import Server
from swreg.integrations.mlflow_state import wanted_of
from swreg.integrations.mlflow_upload import add_version
from swreg.operations.project import Project
from tests.conftest import Repo
from tests.mlflow.proxy import Proxy, short
from tests.mlflow.servers import Running
from tests.mlflow.world import World, world_of

pytestmark = [pytest.mark.real, pytest.mark.slow]


@pytest.fixture
def world(repo: Repo, mlflow3: Running) -> World:
    return world_of(repo, mlflow3.uri)


@pytest.fixture
def through(repo: Repo, proxy: Proxy) -> World:
    return world_of(repo, proxy.uri)


# between git and MLflow


def test_every_call_may_fail_and_the_next_change_finishes_it(
    through: World, proxy: Proxy, repo: Repo
) -> None:
    """Cut the server off at each call of a registration; nothing half is seen, nothing lost."""
    through.add("v0.1.0")
    proxy.clear()
    through.add("v0.2.0")
    calls = len(proxy.calls)
    assert calls > 10
    for k in range(calls):
        left = [k]

        def fail(method: str, path: str, left: list[int] = left) -> bool:
            left[0] -= 1
            return left[0] < 0

        proxy.fail = fail
        with pytest.raises(FollowUpIncomplete) as caught:
            through.add(f"v1.{k}.0")
        proxy.fail = lambda method, path: False
        assert caught.value.commit == repo.head
        for tags in through.versions().values():
            assert {"swreg.semver", "swreg.sha256", "swreg.stage"} <= tags.keys()
    assert through.registry.get_version(through.name).version == f"v1.{calls - 1}.0"
    through.add("v2.0.0")
    assert sorted(through.counted(), key=lambda one: Version.parse(f"v{one}")) == [
        "0.1.0", "0.2.0", *(f"1.{k}.0" for k in range(calls)), "2.0.0",
    ]  # fmt: skip
    assert len(through.counted()) == len(set(through.counted()))
    through.require_in_step()


@pytest.mark.parametrize(
    "lost", ["model-versions/create", "registered-models/create", "runs/create"]
)
def test_an_answer_that_is_lost_makes_no_duplicate(through: World, proxy: Proxy, lost: str) -> None:
    left = [lost]

    def lose(method: str, path: str) -> bool:
        if left and short(path) == lost:
            left.clear()
            return True
        return False

    proxy.lose = lose
    with pytest.raises(FollowUpIncomplete):
        through.add("v1.0.0")
    through.add("v1.1.0")
    assert through.counted() == ["1.0.0", "1.1.0"]
    through.require_in_step()


def test_a_process_killed_between_git_and_mlflow(through: World, proxy: Proxy, repo: Repo) -> None:
    through.configure()
    through.add("v1.0.0")
    through.file("killed")
    reached, go_on = threading.Event(), threading.Event()

    def hang(method: str, path: str) -> bool:
        reached.set()
        go_on.wait(60)
        return True

    proxy.fail = hang
    before = repo.head
    with subprocess.Popen(
        [sys.executable, "-m", "swreg", "registry-register", through.name, "--artifact",
         str(repo.path.parent / "model.bin"), "--version", "v1.1.0"],
        cwd=repo.path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        assert reached.wait(60)
        process.send_signal(signal.SIGKILL)
    go_on.set()
    proxy.fail = lambda method, path: False
    assert repo.head != before
    assert through.counted() == ["1.0.0"]
    through.registry.tag_model(through.name, "v1.0.0", add=["next"])
    assert through.counted() == ["1.0.0", "1.1.0"]
    through.require_in_step()


def test_a_change_of_git_alone_is_caught_up(world: World) -> None:
    """As where a colleague without the server's address committed, and we pulled."""
    world.add("v1.0.0", "staging")
    ModelRegistry("0042", path=world.repo.path).promote_model(world.name, "v1.0.0")
    assert world.aliases() == {"staging": "1.0.0"}
    world.registry.tag_model(world.name, "v1.0.0", add=["next"])
    assert world.aliases() == {"production": "1.0.0"}
    world.require_in_step()


def test_a_note_that_is_gone_or_broken_is_no_harm(world: World) -> None:
    world.add("v1.0.0", "staging")
    for data in (b"", b"{", b'{"commit": "0123456789012345678901234567890123456789"}'):
        for note in (world.repo.path / ".git" / "swreg").glob("mlflow-*.json"):
            note.write_bytes(data)
        try:
            world.registry.tag_model(world.name, "v1.0.0", add=[f"t{len(data)}"])
        except FollowUpIncomplete as error:
            assert "gone from this clone" in str(error)
            world.registry.sync("git")
    world.require_in_step()


# several clones


def test_a_clone_that_is_behind_changes_nothing_there(world: World, tmp_path: Path) -> None:
    world.add("v1.0.0", "staging")
    world.repo.git("clone", "--quiet", str(world.repo.path), str(tmp_path / "behind"))
    behind = MLflowRegistry(world.uri, "0042", path=tmp_path / "behind")
    world.registry.promote_model(world.name, "v1.0.0")
    with pytest.raises(FollowUpIncomplete, match="this clone does not have"):
        behind.deprecate_model(world.name, "v1.0.0", "old")
    assert world.aliases() == {"production": "1.0.0"}
    assert "swreg.deprecated" not in world.tags("v1.0.0")


def test_writers_of_one_version_agree_on_the_lowest_number(world: World) -> None:
    """Eight at once, as clones that do not see each other's git: one counts, seven are void."""
    plain = ModelRegistry("0042", path=world.repo.path)
    plain.register_model(world.name, artifact=world.file("x"), version="v1.0.0")
    setting = world.registry._used
    server = Server(world.uri)
    server.create_model(world.name, {"swreg.stages": "{}"})

    def make(_: int) -> int:
        project = Project.open(world.repo.path)
        found = project.find(parse_reference(world.name, "v1.0.0"))
        wanted = wanted_of(project, project.tip, found.home, found.model)
        return add_version(Server(world.uri), setting, wanted, found.version).number

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(make, range(8)))
    assert len(world.versions()) == 8
    assert world.counted() == ["1.0.0"]
    assert set(numbers) == {1}


# the server


def test_a_server_that_is_not_there(repo: Repo) -> None:
    registry = MLflowRegistry("http://127.0.0.1:9", "0042", path=repo.path)
    begin = time.monotonic()
    artifact = repo.write("../m.bin", "x")
    with pytest.raises(FollowUpIncomplete, match="no MLflow server answers"):
        registry.register_model("churn-model", artifact=artifact, version="v1.0.0")
    assert time.monotonic() - begin < 15
    assert registry.get_version("churn-model").version == "v1.0.0"
    assert repo.status() == ""


def test_a_server_that_stands_still_is_given_up_in_time(world: World, mlflow3: Running) -> None:
    world.seconds = "2s"
    world.add("v1.0.0")
    registry = world.registry
    mlflow3.stop()
    try:
        begin = time.monotonic()
        with pytest.raises(FollowUpIncomplete, match="did not answer"):
            registry.tag_model(world.name, "v1.0.0", add=["x"])
        assert time.monotonic() - begin < 15
    finally:
        mlflow3.go_on()
    world.seconds = "20s"
    world.registry.tag_model(world.name, "v1.0.0", add=["y"])
    assert world.tags("v1.0.0")["swreg.tags"] == '["x", "y"]'


@contextmanager
def answering(body: str, status: int = 200) -> Iterator[str]:
    """Some other server, which says the same to everybody."""

    class Same(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        do_POST = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Same)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ("1.30.0", 200, "runs MLflow 1.30.0; swreg works with 2.22 up to 3.x"),
        ("4.0.0", 200, "runs MLflow 4.0.0"),
        ("<html>Welcome</html>", 200, "does not answer like an MLflow server"),
        ("nobody here", 404, "does not answer like an MLflow server"),
    ],
)
def test_another_server_is_named(repo: Repo, body: str, status: int, says: str) -> None:
    pytest.importorskip("mlflow", reason="the package mlflow-skinny is not installed")
    with answering(body, status) as uri, pytest.raises(EnvironmentFault, match=says):
        MLflowRegistry(uri, path=repo.path).sync("git")


def test_a_server_too_old_is_named_by_the_first_change_too(repo: Repo) -> None:
    pytest.importorskip("mlflow", reason="the package mlflow-skinny is not installed")
    artifact = repo.write("../m.bin", "x")
    with answering("1.30.0") as uri, pytest.raises(FollowUpIncomplete, match=r"runs MLflow 1\.30"):
        MLflowRegistry(uri, path=repo.path).register_model("churn-model", artifact=artifact)


def test_a_name_that_the_server_does_not_answer_to(
    world: World, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host check of MLflow 3 answers 403; the line says which option lets the name in."""
    monkeypatch.setenv("http_proxy", proxy.uri)
    monkeypatch.delenv("no_proxy", raising=False)
    registry = MLflowRegistry("http://mlflow.company.com", "0042", path=world.repo.path)
    with pytest.raises(FollowUpIncomplete) as caught:
        registry.register_model(world.name, artifact=world.file("x"), version="v1.0.0")
    assert "refuses the name mlflow.company.com" in str(caught.value)
    assert "--allowed-hosts 'mlflow.company.com,mlflow.company.com:*'" in str(caught.value)


def test_the_users_variables_stay_as_they_are(
    world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    before = dict(os.environ)
    world.add("v1.0.0")
    assert {k: v for k, v in os.environ.items() if k.startswith("MLFLOW")} == {
        k: v for k, v in before.items() if k.startswith("MLFLOW")
    }
    assert world.counted() == ["1.0.0"]
    assert capfd.readouterr().out == ""


def test_a_missing_client_is_named(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(MissingExtra, match=r"pip install 'swreg\[mlflow\]'"):
        MLflowRegistry("http://127.0.0.1:9", path=repo.path)


@pytest.mark.parametrize("date", ["1999-01-01T00:00:00Z", "2099-01-01T00:00:00Z"])
def test_clocks_that_differ_are_no_matter(
    world: World, monkeypatch: pytest.MonkeyPatch, date: str
) -> None:
    monkeypatch.setenv("GIT_COMMITTER_DATE", date)
    monkeypatch.setenv("GIT_AUTHOR_DATE", date)
    world.add("v1.0.0", "staging")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2024-01-01T00:00:00Z")
    world.registry.promote_model(world.name, "v1.0.0")
    assert world.events("v1.0.0") == ["registered", "promoted", "promoted"]
    assert world.aliases() == {"production": "1.0.0"}
    world.require_in_step()
