"""Names of metrics, taken apart: of what they are, and what they measure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_KEY = re.compile(
    r"(?P<level>Dataset|Column|Multicolumn)\.(?P<of>.+?)\."
    r"(?P<name>(?:[A-Z][A-Za-z]*\.)?Compliance|[A-Z][A-Za-z]*)(?P<rest> (?:of|where) .*)?",
    re.DOTALL,
)


@dataclass(frozen=True, kw_only=True)
class MetricName:
    """A metric's name in AWS Glue's parts.

    Attributes:
        level: ``Dataset``, ``Column`` or ``Multicolumn``.
        columns: Of which columns, or other data; none of a dataset.
        name: Such as ``Completeness``, or ``ColumnValues.Compliance``.
    """

    level: str
    columns: tuple[str, ...]
    name: str


def read_key(key: str) -> MetricName:
    """Return a metric's key in its parts; what it is filtered by is left out.

    >>> read_key("Column.dep_time.Completeness where day > 1").columns
    ('dep_time',)
    >>> read_key("Multicolumn.a,b.ColumnCorrelation").columns
    ('a', 'b')
    >>> read_key("Column.a.b.ColumnValues.Compliance").name
    'ColumnValues.Compliance'
    """
    found = _KEY.fullmatch(key)
    if found is None:
        return MetricName(level="Dataset", columns=(), name="CustomSQL")
    level, of = found["level"], found["of"]
    if level == "Dataset":
        return MetricName(level=level, columns=(), name=found["name"])
    columns = tuple(of.split(",")) if level == "Multicolumn" else (of,)
    return MetricName(level=level, columns=columns, name=found["name"])
