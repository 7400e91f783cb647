"""ML transforms as the code that matches records takes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gluepot.catalog.ml_store import KIND

if TYPE_CHECKING:
    from gluepot.catalog.definitions import Definition, DefinitionStore

NEUTRAL = 0.5
"""Where AWS Glue's trade-offs stand when nobody moved them."""

_PREDICATES = ("pushDownPredicate", "catalogPartitionPredicate")


@dataclass(frozen=True, kw_only=True)
class MLTransform:
    """A transform that finds matching records.

    Attributes:
        id: Its id, ``tfm-`` and 40 digits.
        name: Its name.
        database: Where its table is.
        table: The records.
        expression: Chooses partitions of the table; None for all.
        primary_key: The column that tells records apart.
        columns: The names of the table's columns, as they were when it was made.
        precision_recall: 0.0 for recall only, 1.0 for precision only.
        accuracy_cost: 0.0 for cost only, 1.0 for accuracy only.
        enforce_labels: Whether results must agree with the labels.
    """

    id: str
    name: str
    database: str
    table: str
    expression: str | None
    primary_key: str
    columns: tuple[str, ...]
    precision_recall: float
    accuracy_cost: float
    enforce_labels: bool

    @classmethod
    def of(cls, definition: Definition) -> MLTransform:
        """Return what a stored definition says."""
        document = definition.definition
        (table,) = document["InputRecordTables"]
        parameters = document["Parameters"]["FindMatchesParameters"]
        options = table.get("AdditionalOptions", {})
        predicates = [options[name] for name in _PREDICATES if options.get(name)]
        return cls(
            id=definition.name,
            name=document["Name"],
            database=table["DatabaseName"],
            table=table["TableName"],
            expression=" AND ".join(f"({text})" for text in predicates) or None,
            primary_key=parameters["PrimaryKeyColumnName"],
            columns=tuple(column["Name"] for column in document["Schema"]),
            precision_recall=parameters.get("PrecisionRecallTradeoff", NEUTRAL),
            accuracy_cost=parameters.get("AccuracyCostTradeoff", NEUTRAL),
            enforce_labels=parameters.get("EnforceProvidedLabels", False),
        )


def get_ml_transform(definitions: DefinitionStore, transform_id: str) -> MLTransform:
    """Return a transform.

    Raises:
        EntityNotFoundError: There is none of that id.
    """
    return MLTransform.of(definitions.get(KIND, transform_id))
