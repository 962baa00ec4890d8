"""Commands that serve: the pages, and a worker for the jobs."""

import typer

WEB_APP = "web.app:create_app"
"""Named as text: admissions imports nothing of web."""


def register(app: typer.Typer) -> None:
    """Add ``serve`` and ``worker``."""

    @app.command()
    def serve(
        host: str = typer.Option("127.0.0.1", help="Address to listen on."),
        port: int = typer.Option(8000, help="Port to listen on."),
        worker: bool = typer.Option(True, help="Also carry out jobs in this process."),
    ) -> None:
        """Serve the pages (and carry out jobs) until interrupted."""
        serve_pages(host=host, port=port, worker=worker)

    @app.command()
    def worker(
        once: bool = typer.Option(False, help="End when no job is left."),
    ) -> None:
        """Carry out jobs: allocation runs, and delivery of messages."""
        import asyncio

        from admissions.jobs import work

        asyncio.run(work(_means(), wait=not once))


def _means():
    from admissions.jobs import Means
    from data.clock import system_clock
    from data.db import get_engine
    from data.settings import get_settings
    from data.vault import get_vault

    settings = get_settings()
    return Means(get_engine(), settings, get_vault(settings), system_clock)


def serve_pages(*, host: str, port: int, worker: bool) -> None:
    """Serve the pages on ``host:port`` until interrupted.

    Raises:
        PortRefused: the port cannot be listened on.
    """
    from contextlib import nullcontext

    import uvicorn

    from data.ports import check_port_is_free

    check_port_is_free(host, port)
    if worker:
        from admissions.jobs import worker_thread

        background = worker_thread(_means())
    else:
        background = nullcontext()
    with background:
        uvicorn.run(
            WEB_APP,
            factory=True,
            host=host,
            port=port,
            access_log=False,
            server_header=False,
            log_level="warning",
        )
