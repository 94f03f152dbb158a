"""One process that serves pages and API: uvicorn, told to log nothing of visitors.

Owns the socket and the server's options. Gradio is imported here, late, with its
calls home switched off first.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import closing
from functools import partial

import uvicorn

from kqa.errors import SettingsError, Unreachable
from kqa.settings import Settings
from kqa.surfaces.api import Assistant, create_app
from kqa.surfaces.patience import PatientProtocol
from kqa.surfaces.web.feedback import Feedback
from kqa.surfaces.web.headers import bad_sites
from kqa.surfaces.web.relay import Workers
from kqa.surfaces.web.visitor import names_in

BACKLOG = 512
_NO_NEWS = ("without completing response", "timeout graceful shutdown exceeded")


def serve(assistant: Assistant, host: str, port: int) -> None:
    """Serve until interrupted; port 0 takes a free one. Prints the address when ready.

    Raises:
        KqaError: if no index can answer, before any port is taken.
        Unreachable: if the address cannot be used.
    """
    quiet()
    assistant.open()
    with closing(listen(host, port)) as listening:
        said = f"kqa serves at {address_of(listening)}/chat/"
        tell = partial(print, said, file=sys.stderr, flush=True)
        run_server(assistant, [listening], on_start=tell)


def quiet() -> None:
    """Libraries are told to call nobody, before they are imported."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_OFFLINE"] = "1"


def run_server(
    assistant: Assistant,
    sockets: list[socket.socket],
    workers: Workers | None = None,
    on_start: Callable[[], None] | None = None,
) -> None:
    """Serve at ``sockets`` until interrupted; ``on_start`` is called when requests are taken.

    To be called in the main thread. Ends the process with 0 on SIGTERM, by way of every
    ``finally``: uvicorn hands the signal on once it has stopped.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    make_server(assistant, workers, on_start).run(sockets=sockets)


def make_server(
    assistant: Assistant,
    workers: Workers | None = None,
    on_start: Callable[[], None] | None = None,
    feedback: Feedback | None = None,
) -> uvicorn.Server:
    """A server with pages mounted, not yet running. ``feedback`` keeps visitors' verdicts."""
    from kqa.surfaces.web.pages import mount_pages

    settings = assistant.settings
    check_sites(settings)
    app = create_app(assistant, workers)
    mount_pages(app, assistant, workers.folder if workers else None, feedback)
    config = uvicorn.Config(
        app,
        http=PatientProtocol,
        access_log=False,
        server_header=False,
        ws="none",
        log_level="warning",
        timeout_graceful_shutdown=3,
        root_path=settings.root_path,
        proxy_headers=bool(settings.proxies),
        forwarded_allow_ips=list(names_in(settings.proxies)),
    )
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    return _Server(config, on_start)


def _is_news(record: logging.LogRecord) -> bool:
    """What uvicorn says of streams that break off, because a worker dies or the server stops,
    is none: their connections are closed, as they should be."""
    message = record.getMessage()
    return not any(each in message for each in _NO_NEWS)


def check_sites(settings: Settings) -> None:
    """Whether the sites that the settings name are written as browsers name them.

    Raises:
        SettingsError: naming the setting.
    """
    for name in ("origins", "embed_on"):
        if bad := bad_sites(getattr(settings, name)):
            remedy = "Write each as https://clinic.example, without a path."
            raise SettingsError(f"setting {name}", f"{bad[0]!r} names no site", remedy)


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
    """Uvicorn that says when it serves."""

    def __init__(self, config: uvicorn.Config, on_start: Callable[[], None] | None) -> None:
        super().__init__(config)
        self.on_start = on_start

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started and self.on_start is not None:
            self.on_start()
