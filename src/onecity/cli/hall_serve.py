"""``onecity hall serve``: a node of the shared services in the browser, and for other nodes."""

from pathlib import Path

import click

from onecity.core.extras import needing

from .frame import Command, shared
from .hall_node import FOLDER
from .serve import Port, run_service, with_provider
from .terminal import Terminal


@click.command("serve", cls=Command)
@FOLDER
@click.option("--region", type=click.Path(path_type=Path), metavar="REGION")
@click.option("--host", metavar="ADDRESS")
@click.option("--port", type=Port(), metavar="NUMBER")
@click.option("--name", "name", multiple=True, metavar="NAME")
@click.option("--provider", type=click.Path(path_type=Path), metavar="FILE.toml")
@click.option("--open", "open_", is_flag=True)
@shared
@click.pass_obj
def serve(
    terminal: Terminal,
    folder: Path,
    region: Path | None,
    host: str | None,
    port: int | None,
    name: tuple[str, ...],
    provider: Path | None,
    open_: bool,  # noqa: FBT001
) -> None:
    """Run a node until the user ends it: its pages, and its exchange with other nodes."""
    from onecity.web.settings import Settings

    with needing("hall"):
        import onecity.hall.node.node  # noqa: F401
    settings = Settings.for_hall(folder, region=region, host=host, port=port, names=name)
    run_service(terminal, with_provider(settings, provider), open_=open_)
