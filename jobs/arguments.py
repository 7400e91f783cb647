"""Glue's job arguments: ``--name value`` pairs in, a dictionary out."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NoReturn

from gluepot.catalog.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

RESERVED: dict[str, str | None] = {
    "job_bookmark_option": "job-bookmark-disable",
    "job_bookmark_from": None,
    "job_bookmark_to": None,
    "JOB_ID": None,
    "JOB_RUN_ID": None,
    "SECURITY_CONFIGURATION": None,
    "encryption_type": None,
    "enable_data_lineage": None,
    "RedshiftTempDir": None,
    "TempDir": None,
}
"""What Glue itself passes: always in the result, and not to be asked for."""


class GlueArgumentError(InvalidInputError):
    """A job argument is missing or has no value."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise GlueArgumentError(message)


def getResolvedOptions(  # noqa: N802 - Glue's name
    args: Sequence[str], options: Sequence[str]
) -> dict[str, str | None]:
    """Return the job arguments that are named in ``options``, and Glue's own.

    >>> getResolvedOptions(["x.py", "--JOB_NAME", "a", "--day", "1"], ["JOB_NAME"])["JOB_NAME"]
    'a'

    Args:
        args: ``sys.argv``; the first item is the script.
        options: Names that must be there; hyphens become underscores in the result.

    Raises:
        RuntimeError: A name is one of Glue's own.
        GlueArgumentError: An argument is missing or has no value.

    Source: the awsglue library's ``utils.getResolvedOptions``.
    """
    names = [option.replace("-", "_") for option in options]
    taken = sorted(set(names) & set(RESERVED))
    if taken:
        raise RuntimeError(f"Using reserved arguments {','.join(taken)}")
    parser = _Parser(prog="job", add_help=False, allow_abbrev=False)
    for name, option in zip(names, options, strict=True):
        spellings = dict.fromkeys([f"--{option}", f"--{name}"])
        parser.add_argument(*spellings, dest=name, required=True)
    for name, default in RESERVED.items():
        spellings = dict.fromkeys([f"--{name.replace('_', '-')}", f"--{name}"])
        parser.add_argument(*spellings, dest=name, default=default)
    found, _ = parser.parse_known_args(list(args[1:]))
    return dict(vars(found))


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
