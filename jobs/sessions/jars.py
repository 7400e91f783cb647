"""Spark's companion jars: locked by coordinates and sha256, fetched once into one folder.

Resolving ``--packages`` at each session start costs about 20 s and may pick a newer jar; local
jars cost nothing and are the same everywhere. Apache Ivy, which Spark ships, does the download,
so its settings (``ivysettings.xml`` by ``settings``) serve mirrors and proxies too.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

from gluepot.catalog.errors import GluepotError

LOCK = "jars.lock"


class JarError(GluepotError):
    """A jar is missing, could not be fetched, or is not the one that was locked."""


@dataclass(frozen=True, kw_only=True)
class Jar:
    """One locked jar."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        """Return the name of the file in the jars folder."""
        return f"{self.artifact}-{self.version}.jar"

    def __str__(self) -> str:
        """Return Maven coordinates."""
        return f"{self.group}:{self.artifact}:{self.version}"


def locked_jars() -> tuple[Jar, ...]:
    """Return the jars of ``conf/jars.lock``, in its order."""
    return read_lock(resources.files("gluepot.conf").joinpath(LOCK).read_text())


def read_lock(text: str) -> tuple[Jar, ...]:
    """Return the jars that a lock names: ``group:artifact:version sha256`` a line."""
    return tuple(_parse(line) for line in text.splitlines() if line and not line.startswith("#"))


def _parse(line: str) -> Jar:
    coordinates, sha256 = line.split()
    group, artifact, version = coordinates.split(":")
    return Jar(group=group, artifact=artifact, version=version, sha256=sha256)


def missing_jars(folder: Path, jars: tuple[Jar, ...] | None = None) -> tuple[Jar, ...]:
    """Return the locked jars that ``folder`` does not hold (by name; contents: damaged_jars)."""
    wanted = locked_jars() if jars is None else jars
    return tuple(jar for jar in wanted if not (folder / jar.file_name).is_file())


def damaged_jars(folder: Path, jars: tuple[Jar, ...] | None = None) -> tuple[Jar, ...]:
    """Return the locked jars in ``folder`` whose contents are not the locked ones."""
    wanted = locked_jars() if jars is None else jars
    present = (jar for jar in wanted if (folder / jar.file_name).is_file())
    return tuple(jar for jar in present if _digest(folder / jar.file_name) != jar.sha256)


def jar_paths(folder: Path) -> tuple[Path, ...]:
    """Return the path of every locked jar.

    Raises:
        JarError: One is missing; the sentence names it and the command that fetches it.
    """
    missing = missing_jars(folder)
    if missing:
        raise JarError(
            f"{len(missing)} of Spark's jars are missing from {folder}, the first {missing[0]}."
            " Fetch them with: gluepot jars fetch"
        )
    return tuple(folder / jar.file_name for jar in locked_jars())


def fetch_jars(
    folder: Path,
    *,
    java: str,
    settings: Path | None = None,
    jars: tuple[Jar, ...] | None = None,
) -> int:
    """Bring ``folder`` up to the lock and return how many jars were fetched.

    Args:
        folder: Made when it is not there.
        java: The java command.
        settings: An Ivy settings file, for a mirror; None for Maven Central.
        jars: Of another lock; None for those of Spark.

    Raises:
        JarError: A jar could not be had or has another checksum; complete jars stay.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = (*missing_jars(folder, jars), *damaged_jars(folder, jars))
    if not wanted:
        return 0
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as work:
        _run_ivy(Path(work), wanted, java=java, settings=settings)
        for jar in wanted:
            _take(Path(work) / "jars" / jar.file_name, folder, jar)
    return len(wanted)


def _take(fetched: Path, folder: Path, jar: Jar) -> None:
    if not fetched.is_file():
        raise JarError(f"{jar} could not be fetched: the repository did not answer for it")
    found = _digest(fetched)
    if found != jar.sha256:
        raise JarError(f"{jar} has sha256 {found}, but its lock says {jar.sha256}; it was not kept")
    fetched.replace(folder / jar.file_name)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# usepoms=false: the lock is already complete, so one request a jar is enough.
_SETTINGS = """<ivysettings>
  <settings defaultResolver="central"/>
  <resolvers>
    <ibiblio name="central" m2compatible="true" usepoms="false" checksums=""/>
  </resolvers>
</ivysettings>
"""


def _run_ivy(work: Path, jars: tuple[Jar, ...], *, java: str, settings: Path | None) -> None:
    from xml.sax.saxutils import quoteattr  # noqa: PLC0415 - it brings the modules of HTTP

    dependencies = "\n".join(
        f"<dependency org={quoteattr(jar.group)} name={quoteattr(jar.artifact)}"
        f' rev={quoteattr(jar.version)} transitive="false" conf="default->default"/>'
        for jar in jars
    )
    (work / "ivy.xml").write_text(
        '<ivy-module version="2.0"><info organisation="gluepot" module="jars"/>'
        f'<configurations><conf name="default"/></configurations>'
        f"<dependencies>{dependencies}</dependencies></ivy-module>"
    )
    if settings is None:
        settings = work / "settings.xml"
        settings.write_text(_SETTINGS)
    command = [
        java,
        f"-Divy.default.ivy.user.dir={work / 'cache'}",
        "-jar",
        str(_ivy_jar()),
        *("-settings", str(settings), "-ivy", str(work / "ivy.xml")),
        *("-retrieve", str(work / "jars" / "[artifact]-[revision].[ext]")),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        unresolved = sorted(set(re.findall(r"(\S+#\S+;\S+): not found", done.stdout)))
        wanted = ", ".join(unresolved) or ", ".join(map(str, jars))
        raise JarError(f"could not fetch {wanted}: {(done.stderr or done.stdout)[-500:].strip()}")


def _ivy_jar() -> Path:
    found = sorted(spark_home().glob("jars/ivy-*.jar"))
    if not found:
        raise JarError(f"{spark_home()}/jars holds no ivy-*.jar; is pyspark installed whole?")
    return found[-1]


def spark_home() -> Path:
    """Return the folder of the installed pyspark, without importing it.

    Raises:
        JarError: pyspark is not installed.
    """
    spec = find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise JarError("pyspark is not installed. Install it with: pip install 'gluepot[spark]'")
    return Path(spec.origin).parent


def java_command(java_home: str | None) -> str:
    """Return the java command: that of ``java_home``, else the one on the path.

    Raises:
        JarError: There is none.
    """
    if java_home and (Path(java_home) / "bin" / "java").is_file():
        return str(Path(java_home) / "bin" / "java")
    found = shutil.which("java")
    if found is None:
        raise JarError(
            "Java was not found. Spark needs Java 17: apt-get install openjdk-17-jre-headless,"
            " or set JAVA_HOME"
        )
    return found
