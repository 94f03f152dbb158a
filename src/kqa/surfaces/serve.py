"""One process that serves pages and API: uvicorn, told to log nothing of visitors.

Owns the socket and the server's options. Gradio is imported here, late, with its
calls home switched off first.
"""

from __future__ import annotations

import os
import socket
import sys
from contextlib import closing

import uvicorn

from kqa.errors import Unreachable
from kqa.surfaces.api import Assistant, create_app
from kqa.surfaces.web.feedback import Feedback

BACKLOG = 512


def serve(assistant: Assistant, host: str, port: int) -> None:
    """Serve until interrupted; port 0 takes a free one. Prints the address when ready.

    Raises:
        KqaError: if no index can answer, before any port is taken.
        Unreachable: if the address cannot be used.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_OFFLINE"] = "1"
    assistant.open()
    with closing(listen(host, port)) as listening:
        make_server(assistant).run(sockets=[listening])


def make_server(assistant: Assistant, feedback: Feedback | None = None) -> uvicorn.Server:
    """A server with pages mounted, not yet running. ``feedback`` keeps visitors' verdicts."""
    from kqa.surfaces.web.pages import mount_pages

    app = create_app(assistant)
    mount_pages(app, assistant, feedback)
    return _Server(
        uvicorn.Config(
            app,
            access_log=False,
            server_header=False,
            ws="none",
            log_level="warning",
            timeout_graceful_shutdown=3,
        )
    )


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        Unreachable: if the port is taken or the host is not this machine's.
    """
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(
            (str(address[0]), int(address[1])), family=family, backlog=BACKLOG
        )
    except OSError as error:
        raise Unreachable(
            f"port {port} on {host}",
            f"cannot be listened on ({error.strerror or error})",
            "Stop what holds it, or choose another with --port.",
        ) from error


def address_of(listening: socket.socket) -> str:
    """The address that a browser on this machine opens."""
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """Uvicorn that says in one line where it serves, once it does."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            for listening in sockets or []:
                print(f"kqa serves at {address_of(listening)}/chat/", file=sys.stderr, flush=True)
