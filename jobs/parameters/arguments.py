"""Glue's job arguments: ``--name value`` pairs in, a dictionary out."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NoReturn

from gluepot.catalog.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ENABLE, PAUSE, DISABLE = "job-bookmark-enable", "job-bookmark-pause", "job-bookmark-disable"
CONTINUATIONS = {
    "continuation-enabled": ENABLE,
    "continuation-readonly": PAUSE,
    "continuation-ignore": DISABLE,
}
"""The values of ``--continuation-option``, the old name of the bookmark's argument."""

RANGE = ("job_bookmark_from", "job_bookmark_to")
RESERVED: tuple[str, ...] = (
    "job_bookmark_option",
    "continuation_option",
    *RANGE,
    *("JOB_ID", "JOB_RUN_ID", "SECURITY_CONFIGURATION"),
    *("encryption_type", "enable_data_lineage"),
)
"""What Glue itself passes: always in the result, and not to be asked for."""

FOLDERS = ("RedshiftTempDir", "TempDir")
"""Always in the result; a script may ask for them, and need not be given them."""

_CHOICES = {
    "job_bookmark_option": (ENABLE, PAUSE, DISABLE),
    "continuation_option": tuple(CONTINUATIONS),
    "encryption_type": ("sse-s3",),
}


class GlueArgumentError(InvalidInputError):
    """A job argument is missing or has no value."""


class GlueArgumentParser(argparse.ArgumentParser):
    """A parser that raises where argparse's own ends the process."""

    def error(self, message: str) -> NoReturn:
        """Raise a GlueArgumentError of ``message``."""
        raise GlueArgumentError(message)


def getResolvedOptions(  # noqa: N802 - Glue's name
    args: Sequence[str],
    options: Sequence[str],
    allow_abbrev: bool = False,  # noqa: FBT001, FBT002 - Glue's signature
) -> dict[str, str | None]:
    """Return the job arguments that are named in ``options``, and Glue's own.

    >>> getResolvedOptions(["x.py", "--JOB_NAME", "a", "--day", "1"], ["JOB_NAME"])["JOB_NAME"]
    'a'

    Args:
        args: ``sys.argv``; the first item is the script.
        options: Names that must be there; hyphens become underscores in the result.
        allow_abbrev: Whether a name may be cut short where it is still clear.

    Raises:
        RuntimeError: A name is one of Glue's own, or the bounds of a paused bookmark are not both
            given, or are given without one.
        GlueArgumentError: An argument is missing or has no value.

    Source: the awsglue library's ``utils.getResolvedOptions``.
    """
    names = [option.replace("-", "_") for option in options]
    taken = sorted(set(names) & set(RESERVED))
    if taken:
        raise RuntimeError(f"Using reserved arguments {','.join(taken)}")
    parser = GlueArgumentParser(prog="job", add_help=False, allow_abbrev=allow_abbrev)
    for name in (*RESERVED, *FOLDERS):
        spellings = dict.fromkeys([f"--{name.replace('_', '-')}", f"--{name}"])
        parser.add_argument(*spellings, dest=name, choices=_CHOICES.get(name))
    for name, option in zip(names, options, strict=True):
        if name not in FOLDERS:
            spellings = dict.fromkeys([f"--{option}", f"--{name}"])
            parser.add_argument(*spellings, dest=name, required=True)
    parsed, _ = parser.parse_known_args(list(args[1:]))
    found: dict[str, str | None] = dict(vars(parsed))
    _settle_folders(found)
    _settle_bookmark(found)
    return found


def _settle_folders(found: dict[str, str | None]) -> None:
    folder = found["TempDir"] or found["RedshiftTempDir"]
    found["TempDir"] = found["RedshiftTempDir"] = folder


def _settle_bookmark(found: dict[str, str | None]) -> None:
    continuation = found.pop("continuation_option")
    if found["job_bookmark_option"] is None:
        found["job_bookmark_option"] = CONTINUATIONS.get(continuation or "", DISABLE)
    absent = [f"--{name.replace('_', '-')}" for name in RANGE if found[name] is None]
    if found["job_bookmark_option"] == PAUSE:
        if len(absent) == 1:
            raise RuntimeError(f"Missing option or value for {absent[0]}")
    elif not absent:
        spelled = " ".join(f"--{name.replace('_', '-')}" for name in RANGE)
        raise RuntimeError(f"Invalid option(s) {spelled}: they bound a paused bookmark only")


def as_recorded(arguments: Mapping[str, str], recorded: Mapping[str, str]) -> dict[str, str]:
    r"""Return a process's arguments with the carriage returns that they had on record.

    Spark's start script takes them out of every argument.

    >>> as_recorded({"a": "1\n2", "b": "x"}, {"--a": "1\r\n2", "--b": "y"})
    {'a': '1\r\n2', 'b': 'x'}
    """
    bare = {key.removeprefix("--"): value for key, value in recorded.items()}
    return {
        key: bare[key] if bare.get(key, "").replace("\r", "") == value and key in bare else value
        for key, value in arguments.items()
    }


def pairs(args: Sequence[str]) -> dict[str, str]:
    """Return ``--name value`` pairs by name.

    >>> pairs(["--JOB_NAME", "flights", "--day", "1"])
    {'JOB_NAME': 'flights', 'day': '1'}

    Raises:
        GlueArgumentError: A name does not begin with two hyphens, or has no value.
    """
    found = {}
    items = iter(args)
    for name in items:
        value = next(items, None)
        if not name.startswith("--") or value is None:
            raise GlueArgumentError(f"job arguments are pairs, --name value; found {name!r}")
        found[name.removeprefix("--")] = value
    return found
