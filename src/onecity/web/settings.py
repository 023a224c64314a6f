"""What a service is told when it is made; nothing is read from anywhere else."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from onecity.identity import is_loopback
from onecity.network.threads import thread_count

from .oidc import Provider

PORT = 8765
MEGABYTE = 1_000_000
_FEWEST, _MOST = 2, 12
"""Computations at once, one for each processor: with those who wait for a place they leave some of
the forty threads of the server to answers that take no time."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one service takes on.

    Attributes
    ----------
    body_bytes, upload_bytes, exchange_bytes
        Largest body of a request, of one that brings a file, and of one from another node.
    computations
        How many heavy computations run at once.
    queue, queue_seconds
        How many more may wait for their turn, and how long; then the answer is 503.
    answer_seconds
        How long a computation may take that somebody waits for.
    job_seconds
        How long one long computation may take.
    jobs
        How many jobs are known at once, finished ones included.
    states
        How many states of the region (scenarios, older versions) are kept in memory.
    answers
        How many answers of a state are kept in memory (isochrones, comparisons ...).
    intake_seconds
        How long an uploaded file is kept.
    """

    body_bytes: int = MEGABYTE
    upload_bytes: int = 20 * MEGABYTE
    exchange_bytes: int = 40 * MEGABYTE
    computations: int = 2
    queue: int = 24
    queue_seconds: float = 20.0
    answer_seconds: float = 60.0
    job_seconds: float = 900.0
    jobs: int = 64
    states: int = 6
    answers: int = 256
    intake_seconds: float = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Settings:
    """What is served, where and how.

    Attributes
    ----------
    region
        Folder of the region; None for a service of the ledger alone.
    work
        Folder that the service may write to: versions, scenarios, accounts, uploads.
    database
        Where accounts, trail and ledger are: a file, or the address of a PostgreSQL database;
        None for a file in the work folder.
    host, port
        Address it listens on.
    login
        Whether writing needs an account. Always so where others can reach the service.
    names
        Further names under which browsers may call the service.
    static
        Folder of the built front end; None for the one in the package.
    warm
        Whether the first answers are made ready in the background.
    provider
        Who lets people in besides passwords here; None for nobody.
    hall
        Folder of a node of the shared services; its store is that of the whole service. None
        for a service without them.
    ledger
        Whether a ledger is kept.
    """

    region: Path | None
    work: Path
    database: str | None = field(default=None, repr=False)  # it may hold a password
    host: str = "127.0.0.1"
    port: int = PORT
    login: bool = False
    names: tuple[str, ...] = ()
    static: Path | None = None
    warm: bool = True
    provider: Provider | None = None
    hall: Path | None = None
    ledger: bool = True
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def for_region(
        cls,
        region: Path,
        *,
        work: Path | None = None,
        host: str = "127.0.0.1",
        port: int = PORT,
        login: bool = False,
        names: tuple[str, ...] = (),
        database: str | None = None,
    ) -> Self:
        """Return settings for a region: its work folder lies beside it, others need accounts."""
        folder = region.absolute()
        return cls._usual(
            region,
            work or folder.with_name(f"{folder.name}.work"),
            host=host,
            port=port,
            login=login,
            names=names,
            database=database,
        )

    @classmethod
    def for_ledger(
        cls,
        work: Path,
        *,
        host: str = "127.0.0.1",
        port: int = PORT,
        login: bool = False,
        names: tuple[str, ...] = (),
        database: str | None = None,
    ) -> Self:
        """Return settings for a ledger without a region: it lies in its work folder."""
        return cls._usual(
            None, work, host=host, port=port, login=login, names=names, database=database
        )

    @classmethod
    def for_hall(
        cls,
        folder: Path,
        *,
        region: Path | None = None,
        host: str | None = None,
        port: int | None = None,
        names: tuple[str, ...] = (),
    ) -> Self:
        """Return settings for a node of the shared services: where it listens its own file says.

        Other nodes reach it by the name in its `url`. Everybody needs an account; there is no
        ledger unless a region is shown beside it.

        Raises
        ------
        MissingError, InputError
            The folder is no node's, or its settings are not fit.
        """
        from onecity.hall.node.config import Config  # noqa: PLC0415  (for nodes alone)

        config = Config.read(folder)
        usual_host, _, usual_port = config.listen.rpartition(":")
        own = urlsplit(config.url).hostname
        made = cls._usual(
            region,
            folder,
            host=host or usual_host or "127.0.0.1",
            port=port or int(usual_port),
            login=True,
            names=(*names, *([own] if own else [])),
            database=config.place(folder),
        )
        return replace(made, hall=folder, ledger=region is not None)

    @classmethod
    def _usual(
        cls,
        region: Path | None,
        work: Path,
        *,
        host: str,
        port: int,
        login: bool,
        names: tuple[str, ...],
        database: str | None,
    ) -> Self:
        return cls(
            region=region,
            work=work,
            database=database,
            host=host,
            port=port,
            login=login or not is_loopback(host),
            names=tuple(name.casefold() for name in names),
            limits=Limits(computations=min(max(thread_count(None), _FEWEST), _MOST)),
        )

    @property
    def cookie(self) -> str:
        """Name of the cookie that keeps a login: browsers share cookies among all ports."""
        return f"onecity-{self.port}"
