"""``gluepot dev``: the API and console, the scheduler, an S3 and a warm driver, as one tree.

This process starts the others, looks at files, and does no work itself: what it applies and what
it starts again is always code and settings of now.
"""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import gluepot
from gluepot.access import check_bind
from gluepot.catalog.errors import GluepotError, InvalidInputError
from gluepot.cli.output import note
from gluepot.dev.shared_s3 import folder_of, says_nothing, share
from gluepot.dev.tree import END_SECONDS, Part, run_part
from gluepot.dev.watching import Watch
from gluepot.embedded_s3 import EmbeddedS3Error, embedded_s3
from gluepot.jobs.launchers.process import cause_of
from gluepot.jobs.launchers.standby_keeper import StandbyKeeper
from gluepot.jobs.process import lifeline
from gluepot.launching import launch_settings
from gluepot.server.serve import listen
from gluepot.services import open_services
from gluepot.settings import ServerSettings, load_settings, settings_file
from gluepot.signals import ended_by_signals

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from gluepot.crawlers.sources.config import S3Config
    from gluepot.services import Services
    from gluepot.settings import Settings

LOOK_SECONDS = 0.5
PACKAGE_LOOKS = 6
"""The package's own files are looked at so many times less often: they are a thousand."""

_VARIABLES = "GLUEPOT_S3__"


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the command line says."""

    host: str | None = None
    port: int | None = None
    warm: bool = True


def run_dev(options: Options) -> bool:
    """Be the tree until SIGTERM or Ctrl-C; return whether it is to begin anew.

    Raises:
        InvalidInputError: It is at work in this home already, or cannot listen where it should.
        GluepotError: Settings cannot be used.
    """
    settings = _settings(options)
    check_bind(settings)
    stop = threading.Event()
    with (
        _alone(settings),
        listen(settings.server) as listener,
        _s3_started(settings) as s3,
        open_services(_settings(options)) as services,
        ended_by_signals(stop),
        contextlib.ExitStack() as life,
    ):
        alive = life.enter_context(lifeline.held(folder_of(settings)))
        if s3 is not None:
            share(settings, s3, alive)
        tree = _Tree(services, listener, alive, warm=options.warm)
        try:
            _greet(settings, listener, s3)
            tree.apply()
            return tree.keep(stop)
        finally:
            life.close()  # what is below ends by itself now
            tree.end()


def _settings(options: Options) -> Settings:
    settings = load_settings()
    given = {"host": options.host, "port": options.port}
    changed = {key: value for key, value in given.items() if value is not None}
    server = ServerSettings.model_validate(settings.server.model_dump() | changed)
    return settings.model_copy(update={"server": server})


@contextlib.contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Hold the home: two of these would serve one S3 folder and both carry out runs."""
    folder = folder_of(settings)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InvalidInputError(
                f"gluepot dev is at work in {settings.home.absolute()} already; end that one, or"
                " set GLUEPOT_HOME to another folder"
            ) from error
        yield


@contextlib.contextmanager
def _s3_started(settings: Settings) -> Iterator[S3Config | None]:
    """Serve the embedded S3 where no setting says which S3 is meant; all below us use it."""
    if not settings.s3.embedded and not says_nothing(settings):
        yield None
        return
    with contextlib.ExitStack() as started:
        try:
            s3 = started.enter_context(embedded_s3(settings.home / "s3"))
        except EmbeddedS3Error as error:
            note(f"There is no S3 of our own: {error}")
            yield None
            return
        names = {f"{_VARIABLES}{name}": value for name, value in _told(s3).items()}
        os.environ.update(names)
        try:
            yield s3
        finally:
            for name in names:
                os.environ.pop(name, None)


def _told(s3: S3Config) -> dict[str, str]:
    return {
        "EMBEDDED": "false",
        "ENDPOINT_URL": s3.endpoint_url or "",
        "REGION": s3.region or "",
        "PATH_STYLE": "true",
        "ACCESS_KEY_ID": s3.access_key_id or "",
        "SECRET_ACCESS_KEY": s3.secret_access_key or "",
    }


def _greet(settings: Settings, listener: socket.socket, s3: S3Config | None) -> None:
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    note(f"Console and Glue API: http://{shown}:{port}/")
    if s3 is not None:
        note(f"S3: {s3.endpoint_url} (any key; its objects are kept in {settings.home / 's3'})")
    note("Ctrl-C ends all of it")


class _Tree:
    """The processes, and the files that they depend on."""

    def __init__(
        self, services: Services, listener: socket.socket, alive: Path, *, warm: bool
    ) -> None:
        number = listener.fileno()
        self._alive = {lifeline.VARIABLE: str(alive)}
        self._parts = (
            Part("API", ("api", str(number)), environment=self._alive, descriptors=(number,)),
            Part("scheduler", ("scheduler",), environment=self._alive),
        )
        self._keeper = StandbyKeeper(lambda: launch_settings(services), alive) if warm else None
        self._conf = Watch(place=services.settings.conf_dir)
        self._settings = Watch(place=settings_file())
        self._package = Watch(place=Path(gluepot.__file__).parent)

    def apply(self) -> None:
        """Store what the files of conf/ define; what is wrong is said, and changes nothing."""
        run_part(("apply",), self._alive)

    def keep(self, stop: threading.Event) -> bool:
        """Look after all until ``stop`` is set; return True when it is to begin anew."""
        told = self._keeper is None
        for look in itertools.count(1):
            if stop.wait(LOOK_SECONDS):
                return False
            for part in self._parts:
                code = part.step()
                if code is not None:
                    note(f"The {part.name} has ended with {cause_of(code)}; it starts again")
            if self._keeper is not None:
                self._keeper.step()
                if not told and self._keeper.ready:
                    told = True
                    note("A driver stands by: declarative jobs start warm")
            if self._conf.changed():
                note(f"{self._conf.place} has changed")
                self.apply()
            if self._has_to_begin_anew(look):
                return True
        raise AssertionError("counting does not end")

    def _has_to_begin_anew(self, look: int) -> bool:
        if self._settings.changed():
            try:
                load_settings()
            except GluepotError as error:
                note(f"Error: {error}")
                return False
            note(f"{self._settings.place} has changed: beginning anew")
            return True
        if look % PACKAGE_LOOKS == 0 and (changed := self._package.changed()):
            note(f"{changed[0]} has changed: beginning anew")
            return True
        return False

    def end(self) -> None:
        """Wait for the end of all, and make them end that do not."""
        until = time.monotonic() + END_SECONDS
        if self._keeper is not None:
            self._keeper.stop()
        for part in self._parts:
            part.wait(until)
        if self._keeper is not None:
            self._keeper.end(until)
