"""The packed environment: gluepot and the packages it needs, beside a ``bin/python``.

It is a virtual environment in all but its interpreter, which is the ``python3.N`` of the machine:
links to an interpreter, as virtual environments have them, break where it lies elsewhere. Spark's
own packages are left out: they are those of the cluster.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, replace
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.jobs.packing.archives import Member, write_tar_gz
from gluepot.jobs.packing.wheel import package_members

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

OF_SPARK = frozenset({"pyspark", "py4j"})
"""What a cluster has, in its own version."""

PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"

_OF_INSTALLERS = frozenset(
    {"INSTALLER", "RECORD", "REQUESTED", "direct_url.json", "uv_build.json", "uv_cache.json"}
)
"""Files that tell of an installation and not of a package, so that they differ by machine."""

_LAUNCHER = f"""#!/bin/sh
# Runs this machine's {PYTHON} with the packages that lie beside this file.
here=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd) || exit 1
PYTHONPATH="$here/site-packages${{PYTHONPATH:+:$PYTHONPATH}}"
export PYTHONPATH
exec "${{GLUEPOT_PYTHON:-{PYTHON}}}" "$@"
"""


def write_environment(file: Path, packages: Iterable[Distribution]) -> None:
    """Write gluepot and packages as an archive that unpacks to ``bin`` and ``site-packages``."""
    write_tar_gz(file, _members(packages))


def find_packages(extras: Collection[str]) -> dict[str, Distribution]:
    """Return the installed packages that gluepot needs, by name, without itself and Spark's.

    Args:
        extras: Which of gluepot's extras.

    Raises:
        InvalidInputError: There is no such extra, or what it needs is not installed here.
    """
    own = distribution("gluepot")
    known = own.metadata.get_all("Provides-Extra") or []
    for extra in extras:
        if extra not in known:
            raise InvalidInputError(f"gluepot has no extra {extra!r}.{did_you_mean(extra, known)}")
    found: dict[str, Distribution] = {}
    seen: set[_Need] = set()
    waiting = list(_needs(own, extras))
    while waiting:
        need = waiting.pop()
        if need in seen or need.name in OF_SPARK:
            continue
        seen.add(need)
        one = _installed(need)
        if one is not None:
            found[need.name] = one
            waiting += _needs(one, need.extras)
    return dict(sorted(found.items()))


def versions_of(packages: Mapping[str, Distribution]) -> dict[str, str]:
    """Return the version of each package."""
    return {name: one.version for name, one in packages.items()}


@dataclass(frozen=True, kw_only=True)
class _Need:
    """One requirement; ``conditional`` ones are for some machines only."""

    name: str
    extras: frozenset[str]
    conditional: bool


_REQUIREMENT = re.compile(r"([\w.-]+)\s*(?:\[([^]]*)])?[^;]*;?(.*)")
_EXTRA = re.compile(r"extra\s*==\s*['\"]([^'\"]+)")
_CONDITION = re.compile(r"python_|sys_platform|platform_|implementation_|os_name")


def _needs(one: Distribution, extras: Collection[str]) -> Iterator[_Need]:
    """Yield what a package requires. Source: dependency specifiers, Python packaging guide."""
    for text in one.requires or ():
        match = _REQUIREMENT.match(text)
        if match is None:
            raise AssertionError(f"{text!r} is no dependency specifier")
        name, asked, marker = match.groups()
        extra = _EXTRA.search(marker)
        if extra is None or extra[1] in extras:
            yield _Need(
                name=re.sub(r"[-_.]+", "-", name).lower(),
                extras=frozenset(part.strip() for part in (asked or "").split(",") if part),
                conditional=_CONDITION.search(marker) is not None,
            )


def _installed(need: _Need) -> Distribution | None:
    try:
        return distribution(need.name)
    except PackageNotFoundError:
        if need.conditional:
            return None
        message = f"The package {need.name} is not installed here: pip install {need.name}"
        raise InvalidInputError(message) from None


def _members(packages: Iterable[Distribution]) -> Iterator[Member]:
    yield Member(name="bin/python", data=_LAUNCHER.encode(), executable=True)
    for member in package_members():
        yield replace(member, name=f"site-packages/{member.name}")
    for one in packages:
        for path in one.files or ():
            file = Path(str(one.locate_file(path)))
            outside = path.parts[0] == ".." or path.name in _OF_INSTALLERS
            if not outside and path.suffix != ".pyc" and file.is_file():
                yield Member(name=f"site-packages/{path.as_posix()}", data=file)
