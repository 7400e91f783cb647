"""The same rules by PyDeequ, for its constraints that mean the same."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from comparing.rules import KINDS, NAMES

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

JAR = "com.amazon.deequ:deequ:2.0.18-spark-4.1"
SPARK = "4.1"


def is_installed() -> bool:
    """Return whether PyDeequ is there; it is no dependency of the project."""
    os.environ.setdefault("SPARK_VERSION", SPARK)
    try:
        import pydeequ  # noqa: F401, PLC0415 - only if asked for
    except ImportError:
        return False
    return True


def verdicts(frame: DataFrame) -> list[bool]:
    """Return the verdict on each rule, in the order of the fifty."""
    from pydeequ.checks import Check, CheckLevel  # noqa: PLC0415
    from pydeequ.verification import VerificationSuite  # noqa: PLC0415

    spark = frame.sparkSession
    checks = [
        constraint(Check(spark, CheckLevel.Error, str(at))) for at, constraint in enumerate(_all())
    ]
    suite = VerificationSuite(spark).onData(frame)
    for check in checks:
        suite = suite.addCheck(check)
    # Each check holds one constraint, so its name tells which.
    found = {row["check"]: row["check_status"] == "Success" for row in _rows(spark, suite.run())}
    return [found[str(at)] for at in range(len(checks))]


def _rows(spark: Any, result: Any) -> list[Any]:  # noqa: ANN401 - PyDeequ has no types
    from pydeequ.verification import VerificationResult  # noqa: PLC0415

    return list(VerificationResult.checkResultsAsDataFrame(spark, result).collect())


def _all() -> list[Any]:
    return [
        *(lambda check, name=name: check.isComplete(name) for name in NAMES),
        *(lambda check, name=name: check.isUnique(name) for name in ("id", "code", "n0", "tail")),
        *(_satisfies(f"n{at} > {-1 if at else 10} AND n{at} < 1000") for at in range(6)),
        *(each for at in range(5) for each in _doubles(f"x{at}")),
        *(lambda check, at=at: check.isContainedIn(f"k{at}", list(KINDS)) for at in range(4)),
        lambda check: check.hasPattern("tail", "^N[0-9]{4}$"),
        lambda check: check.hasPattern("code", "^c[0-9]+$"),
        _satisfies("length(tail) = 5"),
        _satisfies("length(code) > 1 AND length(code) < 20"),
        _satisfies("day >= date'2020-01-01'"),
        lambda check: check.hasSize(lambda size: size > 0),
    ]


def _satisfies(condition: str) -> Any:  # noqa: ANN401
    return lambda check: check.satisfies(condition, condition, lambda share: share == 1)


def _doubles(name: str) -> list[Any]:
    return [
        _satisfies(f"{name} > -0.5 AND {name} < 1429.5"),
        lambda check: check.hasMean(name, lambda mean: 600 < mean < 800),  # noqa: PLR2004
    ]
