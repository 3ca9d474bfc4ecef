"""Serves an instance from one process: web threads and the dispatcher, over SQLite or PostgreSQL.

Plain HTTP leaves this machine only with --lan, and says so.
"""

from __future__ import annotations

import io
import signal
import socket
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import click

from systems_changers.infra.errors import Misconfigured
from systems_changers.infra.log import set_up_served_log
from systems_changers.infra.settings import Settings, load_settings, refuse_address
from systems_changers.infra.starting import starting
from systems_changers.infra.terminal import Terminal, command, default_data, default_demo
from systems_changers.infra.text import msg


@command()
@click.option("--port", type=click.IntRange(1, 65535), help="The port to listen on.")
@click.option("--host", help="The address to listen on.")
@click.option("--lan", is_flag=True, help="Let the local network in over plain HTTP, to try it on a phone.")
def serve(terminal: Terminal, port: int | None, host: str | None, *, lan: bool) -> None:
    """Serve the instance."""
    if not (terminal.data / "secret.key").is_file():
        raise Misconfigured(msg("There is no instance in %(folder)s: run `systems-changers init`.",
                                folder=str(terminal.data)))  # fmt: skip
    settings = load_settings(terminal.data, port=port, host=host)
    _run(terminal, _opened(settings, lan=lan))


@command()
@click.option("--port", type=click.IntRange(1, 65535), help="The port to listen on.")
@click.option("--lan", is_flag=True, help="Let the local network in over plain HTTP, to try it on a phone.")
@click.option("--make-only", is_flag=True, help="Make the demo, and don't serve it.")
def demo(terminal: Terminal, port: int | None, *, lan: bool, make_only: bool) -> None:
    """Make the demo if need be, and serve it."""
    from systems_changers.core.home.service import demo as demo_service  # slow: `serve` has no stories to tell

    folder = default_demo() if terminal.data == default_data() else terminal.data
    made = demo_service.ensure_demo(folder, say=terminal.say)
    if make_only:
        terminal.answer({"data": str(folder), "made": made}, f"The demo is in {folder}.")
        return
    settings = load_settings(folder, port=port)
    _run(terminal, _opened(settings, lan=lan))


def _opened(settings: Settings, *, lan: bool) -> Settings:
    public = settings.public_url
    if not lan:
        refuse_address(settings)
        if not settings.secure:
            public = f"http://{_named(settings.host)}:{settings.port}"
        return replace(settings, public_url=public)
    address = _lan_address()
    hosts = (*settings.trusted_hosts, address)
    return replace(settings, lan=True, host="0.0.0.0", trusted_hosts=hosts,  # noqa: S104 - asked for, with a warning
                   public_url=f"http://{address}:{settings.port}")  # fmt: skip


def _named(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _lan_address() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a documentation address (RFC 5737): nothing is sent
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def _run(terminal: Terminal, settings: Settings) -> None:
    set_up_served_log(settings)
    with starting():
        from waitress.server import create_server  # slow: only serving needs it

        from systems_changers.app import create_app, house_of, make_dispatcher  # slow: the whole kit

        app = create_app(settings)
    dispatcher = make_dispatcher(house_of(app))
    try:
        server = create_server(app, host=settings.host, port=settings.port, threads=settings.threads, ident=None)
    except OSError:
        raise Misconfigured(msg("Port %(port)s is taken: choose another with --port.", port=settings.port)) from None
    _stop_when_asked()
    worker = threading.Thread(target=dispatcher.loop, name="dispatcher", daemon=True)
    worker.start()
    terminal.answer({"url": settings.public_url, "data": str(settings.data)}, *_greeting(settings))
    try:
        with suppress(KeyboardInterrupt):
            server.run()
    finally:
        dispatcher.stopped.set()
        dispatcher.woken.set()
        worker.join(timeout=10)
        server.close()


def _stop_when_asked() -> None:
    """End in order on Ctrl+C and on a service manager's SIGTERM, even where a shell started it with SIGINT ignored."""
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, signal.default_int_handler)


def _greeting(settings: Settings) -> list[str]:
    lines = [f"Open {settings.public_url}/", f"The data is in {Path(settings.data)}. Stop with Ctrl+C."]
    if settings.lan:
        lines += ["Anybody on this network can read along: plain HTTP is for trying it out.", _qr(settings.public_url)]
    return lines


def _qr(address: str) -> str:
    import segno  # slow: only --lan prints one

    out = io.StringIO()
    segno.make(address + "/", error="m").terminal(out=out, compact=True)
    return out.getvalue()
