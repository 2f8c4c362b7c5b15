"""A real server of SFTP in a process of ours, by asyncssh: `python sftp.py PORT FOLDER KEY`."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


async def _listen(port: int, folder: str, keys: str) -> None:
    import asyncssh

    await asyncssh.listen(
        "127.0.0.1", port, server_host_keys=[f"{keys}/host"],
        authorized_client_keys=f"{keys}/user.pub",
        sftp_factory=lambda connection: asyncssh.SFTPServer(connection, chroot=os.fsencode(folder)),
    )  # fmt: skip
    await asyncio.Event().wait()


@contextmanager
def serve(place: Path) -> Iterator[object]:
    import pytest

    from tests.stores.servers.process import free_port, listening
    from tests.stores.servers.table import Server

    asyncssh = pytest.importorskip("asyncssh", reason="asyncssh is missing")
    pytest.importorskip("sshfs", reason="sshfs is missing")
    port = free_port()
    (keys := place / "keys").mkdir()
    (files := place / "files").mkdir()
    (files / "models").mkdir()
    for name in ("host", "user"):
        key = asyncssh.generate_private_key("ssh-ed25519")
        key.write_private_key(f"{keys}/{name}")
        key.write_public_key(f"{keys}/{name}.pub")
    home = Path(os.environ["HOME"]) / ".ssh"
    home.mkdir(mode=0o700, exist_ok=True)
    host = (keys / "host.pub").read_text("utf-8")
    (home / "known_hosts").write_text(f"[127.0.0.1]:{port} {host}", "utf-8")
    (home / "id_ed25519").write_text((keys / "user").read_text("utf-8"), "utf-8")
    (home / "id_ed25519").chmod(0o600)
    process = subprocess.Popen(
        [sys.executable, __file__, str(port), str(files), str(keys)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    with listening(process, port):
        yield Server(
            uri=f"sftp://ada@127.0.0.1:{port}/models",
            environment={"HOME": str(home.parent)},
            pid=process.pid,
            port=port,
            refuses=True,
        )


if __name__ == "__main__":
    asyncio.run(_listen(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
