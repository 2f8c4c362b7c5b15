"""A wire that can be cut: a TCP proxy that closes a connection after some bytes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def proxy(port: int, *, cut_after: int) -> Iterator[int]:
    """Forward to a port of this machine; each way of a connection ends after so many bytes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_accept, args=(listening, port, cut_after), daemon=True).start()
        yield listening.getsockname()[1]


def _accept(listening: socket.socket, port: int, cut_after: int) -> None:
    while True:
        try:
            client, _ = listening.accept()
        except OSError:
            return
        server = socket.create_connection(("127.0.0.1", port))
        for source, target in ((client, server), (server, client)):
            threading.Thread(target=_forward, args=(source, target, cut_after), daemon=True).start()


def _forward(source: socket.socket, target: socket.socket, left: int) -> None:
    with suppress(OSError):
        while left > 0 and (data := source.recv(min(65536, left))):
            target.sendall(data)
            left -= len(data)
    for one in (source, target):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
            one.close()
