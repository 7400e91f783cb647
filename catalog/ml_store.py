"""What ML transforms have learnt: labels as they were imported, and models in versions.

What is learnt is text and bytes here; what it means, the code that matches records knows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog.errors import ConcurrentModificationError, EntityNotFoundError
from gluepot.catalog.ml_tables import ml_labels, ml_models, ml_transforms
from gluepot.catalog.scope import ScopedStore

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

KIND = "MLTransform"
"""The kind of a transform's definition."""


class MLStatus(StrEnum):
    """How far a transform is taught, in AWS Glue's words."""

    NOT_READY = "NOT_READY"
    READY = "READY"


@dataclass(frozen=True, kw_only=True)
class MLState:
    """What a transform has learnt.

    Attributes:
        id: The transform.
        status: READY from the first labels on.
        label_count: Rows with a label, of all imported files.
        metrics: AWS Glue's EvaluationMetrics of the last evaluation; None before the first.
        model_version: The model in use; None where nothing was learnt that fits the definition.
        updated_at: When one of these changed.
    """

    id: str
    status: MLStatus
    label_count: int
    metrics: Mapping[str, Any] | None
    model_version: int | None
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class LabelFile:
    """A file of labels before it is stored: where it lay, its bytes, its rows with a label."""

    uri: str
    content: bytes = field(repr=False)
    label_count: int


@dataclass(frozen=True, kw_only=True)
class StoredLabels:
    """A file of labels as it was imported; ``number`` grows with every import."""

    number: int
    uri: str
    content: bytes = field(repr=False)
    label_count: int
    imported_by: str
    imported_at: datetime


@dataclass(frozen=True, kw_only=True)
class StoredModel:
    """A version of a transform's model.

    Attributes:
        version: From 1.
        model: JSON text.
        cause: What made it, such as the id of a task run.
        created_at: When it was stored.
    """

    version: int
    model: str = field(repr=False)
    cause: str
    created_at: datetime


class MLStore(ScopedStore):
    """States, labels and models of transforms; each call is one transaction."""

    def add(self, transform_id: str) -> None:
        """Begin with a transform that has learnt nothing."""
        values = {"id": transform_id, "status": MLStatus.NOT_READY, "label_count": 0}
        with self._scope.writing() as connection:
            connection.execute(
                sa.insert(ml_transforms).values(**values, updated_at=self._scope.clock())
            )

    def drop(self, transform_id: str) -> None:
        """Forget a transform with its labels and models."""
        with self._scope.writing() as connection:
            connection.execute(sa.delete(ml_transforms).where(ml_transforms.c.id == transform_id))

    def count(self) -> int:
        """Return how many transforms there are."""
        with self._scope.reading() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(ml_transforms)) or 0

    def state(self, transform_id: str) -> MLState:
        """Return what a transform has learnt.

        Raises:
            EntityNotFoundError: There is no such transform.
        """
        found = self.states([transform_id])
        if not found:
            raise EntityNotFoundError(KIND, transform_id)
        return found[transform_id]

    def states(self, transform_ids: Collection[str] | None = None) -> dict[str, MLState]:
        """Return what some transforms have learnt, or all; ids of none are left out."""
        query = sa.select(ml_transforms)
        if transform_ids is not None:
            query = query.where(ml_transforms.c.id.in_(transform_ids))
        with self._scope.reading() as connection:
            return {row.id: _state(row) for row in connection.execute(query)}

    def labels(self, transform_id: str) -> list[StoredLabels]:
        """Return the files of labels of a transform, in the order of their import."""
        columns = [column for column in ml_labels.columns if column.name != "transform_id"]
        query = (
            sa.select(*columns)
            .where(ml_labels.c.transform_id == transform_id)
            .order_by(ml_labels.c.number)
        )
        with self._scope.reading() as connection:
            return [StoredLabels(**row._mapping) for row in connection.execute(query)]  # noqa: SLF001

    def learn(  # noqa: PLR0913  what an import leaves
        self,
        transform_id: str,
        files: Sequence[LabelFile],
        model: str,
        *,
        cause: str,
        known: Sequence[StoredLabels],
        replace: bool = False,
    ) -> StoredModel:
        """Store labels with the model that learnt from them: the transform is READY.

        Args:
            transform_id: The transform.
            files: What was imported.
            model: JSON text.
            cause: What imported them, such as the id of a task run.
            known: The labels that were there when the model began to learn.
            replace: ``files`` take the place of those before.

        Raises:
            EntityNotFoundError: There is no such transform any more.
            ConcurrentModificationError: Others were imported meanwhile, which the model has not
                learnt from; nothing was stored.
        """
        with self._scope.writing() as connection:
            inside = self.within(connection)
            _lock(connection, transform_id)
            if not replace and _numbers(connection, transform_id) != [one.number for one in known]:
                raise ConcurrentModificationError(
                    f"Labels of transform {transform_id} changed while these were learnt from"
                )
            if replace:
                gone = ml_labels.c.transform_id == transform_id
                connection.execute(sa.delete(ml_labels).where(gone))
            connection.execute(
                sa.insert(ml_labels), [self._label_row(transform_id, one, cause) for one in files]
            )
            stored = inside.store_model(transform_id, model, cause=cause)
            count = sum(one.label_count for one in files)
            count += 0 if replace else sum(one.label_count for one in known)
            values = {"status": MLStatus.READY, "label_count": count}
            inside._change(connection, transform_id, values)  # noqa: SLF001
        return stored

    def store_model(self, transform_id: str, model: str, *, cause: str) -> StoredModel:
        """Store a model as the next version, which is in use from now on.

        Raises:
            EntityNotFoundError: There is no such transform.
        """
        newest = sa.select(sa.func.max(ml_models.c.version)).where(
            ml_models.c.transform_id == transform_id
        )
        with self._scope.writing() as connection:
            _lock(connection, transform_id)
            stored = StoredModel(
                version=(connection.scalar(newest) or 0) + 1,
                model=model,
                cause=cause,
                created_at=self._scope.clock(),
            )
            connection.execute(
                sa.insert(ml_models).values(transform_id=transform_id, **vars(stored))
            )
            self._change(connection, transform_id, {"model_version": stored.version})
        return stored

    def model_of(self, transform_id: str, version: int | None = None) -> StoredModel | None:
        """Return the model in use, or a version; None where there is none yet."""
        wanted = (
            sa.select(ml_transforms.c.model_version)
            .where(ml_transforms.c.id == transform_id)
            .scalar_subquery()
            if version is None
            else version
        )
        query = _models(transform_id).where(ml_models.c.version == wanted)
        with self._scope.reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else StoredModel(**row._mapping)  # noqa: SLF001

    def models(self, transform_id: str) -> list[StoredModel]:
        """Return all versions of a transform's model, the oldest first."""
        query = _models(transform_id).order_by(ml_models.c.version)
        with self._scope.reading() as connection:
            return [StoredModel(**row._mapping) for row in connection.execute(query)]  # noqa: SLF001

    def note_metrics(self, transform_id: str, metrics: Mapping[str, Any]) -> None:
        """Store the result of an evaluation.

        Raises:
            EntityNotFoundError: There is no such transform.
        """
        with self._scope.writing() as connection:
            _lock(connection, transform_id)
            self._change(connection, transform_id, {"metrics": dict(metrics)})

    def unlearn(self, transform_id: str) -> None:
        """Take the model out of use, as the definition changed what is compared; labels stay.

        Raises:
            EntityNotFoundError: There is no such transform.
        """
        values = {"status": MLStatus.NOT_READY, "metrics": None, "model_version": None}
        with self._scope.writing() as connection:
            _lock(connection, transform_id)
            self._change(connection, transform_id, values)

    def _label_row(self, transform_id: str, one: LabelFile, cause: str) -> dict[str, Any]:
        return {
            "transform_id": transform_id,
            **vars(one),
            "imported_by": cause,
            "imported_at": self._scope.clock(),
        }

    def _change(
        self, connection: sa.Connection, transform_id: str, values: Mapping[str, Any]
    ) -> None:
        update = sa.update(ml_transforms).where(ml_transforms.c.id == transform_id)
        connection.execute(update.values(**values, updated_at=self._scope.clock()))


def _models(transform_id: str) -> sa.Select[Any]:
    columns = [column for column in ml_models.columns if column.name != "transform_id"]
    return sa.select(*columns).where(ml_models.c.transform_id == transform_id)


def _lock(connection: sa.Connection, transform_id: str) -> None:
    query = sa.select(ml_transforms.c.id).where(ml_transforms.c.id == transform_id)
    if connection.scalar(query.with_for_update()) is None:
        raise EntityNotFoundError(KIND, transform_id)


def _numbers(connection: sa.Connection, transform_id: str) -> list[int]:
    query = sa.select(ml_labels.c.number).where(ml_labels.c.transform_id == transform_id)
    return list(connection.scalars(query.order_by(ml_labels.c.number)))


def _state(row: sa.Row[Any]) -> MLState:
    members: dict[str, Any] = {**row._mapping}  # noqa: SLF001  the public name of its mapping
    return MLState(**members | {"status": MLStatus(row.status)})
