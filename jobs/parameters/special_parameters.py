"""Glue's special job parameters: which have an effect here, which need none, which are refused.

Source: AWS Glue developer guide, "Using job parameters in AWS Glue jobs".
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.parameters.secret_references import has_references

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Effect(StrEnum):
    """What becomes of a parameter."""

    APPLIED = "applied"
    ALWAYS = "always so"
    NONE = "without effect"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class SpecialParameter:
    """One of Glue's parameters.

    Attributes:
        name: Without its hyphens.
        effect: What becomes of it here.
        meaning: What it does, or why it does nothing, in a sentence.
    """

    name: str
    effect: Effect
    meaning: str


def _of(effect: Effect, **meanings: str) -> Iterator[SpecialParameter]:
    for name, meaning in meanings.items():
        yield SpecialParameter(name=name.replace("_", "-"), effect=effect, meaning=meaning)


SPECIAL: tuple[SpecialParameter, ...] = (
    *_of(
        Effect.APPLIED,
        additional_python_modules="Packages that pip installs for the run, or wheels of a store;"
        " kept for the next run that asks for the same.",
        python_modules_installer_option="Options of that pip.",
        conf="Spark settings: `k=v`, several as `k=v --conf k=v`; over those of the job's file.",
        continuous_log_logGroup="What the API shows as LogGroupName.",
        customer_driver_env_vars="Variables of the driver's environment:"
        " `CUSTOMER_A=1,CUSTOMER_B=2`.",
        customer_executor_env_vars="The same, of the executors.",
        datalake_formats="`delta` and `iceberg` are always there; `hudi` is refused.",
        enable_auto_scaling="Spark's dynamic allocation, up to NumberOfWorkers; not on one machine,"
        " whose workers are one process.",
        enable_spark_ui="Spark's event log, for its history server.",
        encryption_type="`sse-s3`: what Spark writes to S3 is encrypted there.",
        executor_cores="Tasks at once in one executor.",
        extra_files="Files that the script finds in its working folder, and executors by"
        " SparkFiles.",
        extra_jars="Jars of the driver and the executors.",
        extra_py_files="Modules and packages: .py, .zip, .egg, .whl.",
        job_bookmark_from="The run after which a paused bookmark begins.",
        job_bookmark_option="`job-bookmark-enable`, `-pause` or `-disable`; the old"
        " `--continuation-option` is known too.",
        job_bookmark_to="The run with which a paused bookmark ends.",
        job_language="`python`; `scala` is refused.",
        scriptLocation="Another script than that of the job.",
        spark_event_logs_path="Where the event log goes: s3://bucket/prefix/, or a folder.",
        TempDir="Where connectors put files in between; the script finds it in its options.",
        user_jars_first="Jars of `--extra-jars` go before Spark's own.",
    ),
    *_of(
        Effect.ALWAYS,
        enable_continuous_cloudwatch_log="Logs are written while the run is at work.",
        enable_continuous_log_filter="Spark says warnings and worse.",
        enable_data_lineage="Inputs and outputs are on record.",
        enable_glue_datacatalog="Spark SQL knows the catalog's tables.",
        enable_job_insights="Errors come with the script's line, and with advice.",
        enable_lakeformation_fine_grained_access="What a user may read decides each read.",
        enable_metrics="Rows, bytes, files, spill and skew are on record.",
        enable_observability_metrics="The same.",
        enable_s3_parquet_optimized_committer="Files appear all at once, after they are whole.",
        use_postgres_driver="PostgreSQL's own driver is the one there is.",
    ),
    *_of(
        Effect.NONE,
        auto_scale_within_microbatch="Spark decides.",
        continuous_log_conversionPattern="Logs have one form.",
        continuous_log_logStreamPrefix="Each run has a folder of its own.",
        disable_proxy_v2="There is no proxy.",
        debug="Glue's own there; the script gets it.",
        enable_rename_algorithm_v2="Staged files are copied, never renamed.",
        endpoint="Glue's own there; the script gets it.",
        mode="Glue's own there; the script gets it, as many scripts have an argument of that name.",
        write_shuffle_files_to_s3="Shuffles stay on the workers.",
        write_shuffle_spills_to_s3="Spills stay on the workers.",
    ),
    SpecialParameter(
        name="class", effect=Effect.REFUSED, meaning="Names a class of Scala; scripts are Python."
    ),
    SpecialParameter(
        name="JOB_NAME", effect=Effect.REFUSED, meaning="Given by whoever starts the run."
    ),
)

_REFUSED = {item.name: item.meaning for item in SPECIAL if item.effect is Effect.REFUSED}
_FORMATS = ("delta", "iceberg")
_CHOICES = {
    "encryption-type": ("sse-s3",),
    "job-language": ("python",),
    "enable-auto-scaling": ("true", "false"),
    "enable-spark-ui": ("true", "false"),
    "user-jars-first": ("true", "false"),
}
_CUSTOMER = "CUSTOMER_"
_VARIABLES = ("customer-driver-env-vars", "customer-executor-env-vars")


def check_parameters(arguments: Mapping[str, str]) -> None:
    """Return when every special parameter among a run's arguments can be followed.

    Args:
        arguments: By their names, with hyphens or without.

    Raises:
        InvalidInputError: One is refused, or has a value that it cannot have.
    """
    bare = {key.removeprefix("--"): value for key, value in arguments.items()}
    for name in bare.keys() & _REFUSED.keys():
        raise InvalidInputError(f"--{name} cannot be given: {_REFUSED[name]}")
    for name, choices in _CHOICES.items():
        if name in bare and bare[name] not in choices:
            raise InvalidInputError(f"--{name} is {' or '.join(choices)}, not {bare[name]!r}")
    for name in listed(bare.get("datalake-formats", "")):
        if name not in _FORMATS:
            raise InvalidInputError(
                f"--datalake-formats has {name!r}; gluepot reads and writes {', '.join(_FORMATS)}"
            )
    if not bare.get("executor-cores", "1").isdigit():
        raise InvalidInputError(f"--executor-cores is a number, not {bare['executor-cores']!r}")
    conf_of(bare)
    for name in _VARIABLES:
        variables_of(bare, name)


def listed(value: str) -> list[str]:
    """Return the items of a list with commas.

    >>> listed("s3://b/a.py, s3://b/c.zip")
    ['s3://b/a.py', 's3://b/c.zip']
    """
    return [item.strip() for item in value.split(",") if item.strip()]


def conf_of(arguments: Mapping[str, str]) -> dict[str, str]:
    """Return the Spark settings of ``--conf``; several stand in one value.

    >>> conf_of({"conf": "spark.a=1 --conf spark.b=x=y z"})
    {'spark.a': '1', 'spark.b': 'x=y z'}

    Raises:
        InvalidInputError: One is no setting, or refers to a secret.
    """
    found = {}
    for pair in re.split(r"\s+--conf[\s=]+", arguments.get("conf", "").strip()):
        if not pair:
            continue
        key, equals, value = pair.partition("=")
        if not equals or not key.startswith("spark."):
            raise InvalidInputError(f"--conf takes spark.key=value, not {pair!r}")
        if has_references(value):
            raise InvalidInputError(
                f"--conf {key} refers to a secret; settings are on the command line, which others"
                " may read. Give the secret in an argument of its own"
            )
        found[key.strip()] = value
    return found


def variables_of(arguments: Mapping[str, str], name: str) -> dict[str, str]:
    r"""Return the environment variables of an argument.

    >>> variables_of({"customer-driver-env-vars": 'CUSTOMER_A=1,CUSTOMER_B="x, y"'},
    ...              "customer-driver-env-vars")
    {'CUSTOMER_A': '1', 'CUSTOMER_B': 'x, y'}

    Raises:
        InvalidInputError: One does not begin with CUSTOMER_, or has no value.
    """
    lexer = shlex.shlex(arguments.get(name, ""), posix=True)
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = ",", True, ""
    lexer.quotes = '"'
    found = {}
    try:
        pairs = list(lexer)
    except ValueError as error:
        raise InvalidInputError(f"--{name}: {error}") from error
    for pair in pairs:
        key, equals, value = pair.strip().partition("=")
        if not equals or not key.startswith(_CUSTOMER):
            raise InvalidInputError(
                f"--{name} takes {_CUSTOMER}KEY=value pairs with commas between, not {pair!r}"
            )
        found[key] = value
    return found
