# ruff: noqa: N803, PLR0913, PLR0917  (names and signatures are Glue's)
"""FindMatches and FindIncrementalMatches, by a transform of the catalog.

Source: the AWS Glue developer guide on ML transforms, and its library's ``awsglueml.transforms``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.jobs.script_api.ml_transforms import use_transform
from gluepot.transforms.base import GlueTransform
from gluepot.transforms.find_matches import matched, matched_with_known

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from gluepot.transforms.frame import DynamicFrame


class FindMatches(GlueTransform):
    """Number the records so that those of one thing have one number, by an ML transform."""

    def __call__(
        self,
        frame: DynamicFrame,
        transformId: str,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
        enforcedMatches: DynamicFrame | None = None,
        computeMatchConfidenceScores: bool = False,  # noqa: FBT001, FBT002
    ) -> DynamicFrame:
        """Return all records with ``match_id``, a long that is equal in those of one thing.

        Matching happens once, when the rows are first needed, in the driver's memory, which must
        hold the columns that are compared: those of the transform's table. The other rows and
        columns stay with Spark, as they are. Meanwhile a task run of the transform, FIND_MATCHES,
        tells of it.

        A transform that was taught no labels learns from these records by themselves, and keeps
        what it learned.

        Args:
            frame: Records with the columns of the transform's table; others are not compared.
            transformId: The id of an ML transform of the catalog.
            transformation_ctx: See GlueTransform, as for the next three.
            info: Kept for messages.
            stageThreshold: Failed records of this transform that end the job.
            totalThreshold: Failed records so far that end the job.
            enforcedMatches: Records in sets, as label files have them (``labeling_set_id``,
                ``label`` and columns of the data): the result agrees with them.
            computeMatchConfidenceScores: Add ``match_confidence_score``, 0 to 1 and equal in a
                group: how sure it is.

        Raises:
            LaunchError: The script has no catalog.
            EntityNotFoundError: There is no such transform.
            UnknownFieldError: The frame lacks a column of the transform's table.
            InvalidInputError: A primary key is null or not the only one, a column of the new
                names is there already, or ``enforcedMatches`` is not of that shape.
        """
        stage = self.stage(transformation_ctx, info, stageThreshold, totalThreshold)
        used = use_transform(transformId)

        def find() -> DataFrame:
            with used.recorded():
                return matched(
                    frame,
                    lambda records, engine: used.matches(records, enforcedMatches, engine),
                    id_column=used.transform.primary_key,
                    columns=used.transform.columns,
                    confidence=computeMatchConfidenceScores,
                )

        others = () if enforcedMatches is None else (enforcedMatches,)
        return frame.derive(find, stage, *others, lazily=True)


class FindIncrementalMatches(GlueTransform):
    """Match new records with known ones, whose numbers stay, by an ML transform."""

    def __call__(
        self,
        existingFrame: DynamicFrame,
        incrementalFrame: DynamicFrame,
        transformId: str,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
        enforcedMatches: DynamicFrame | None = None,
        computeMatchConfidenceScores: bool = False,  # noqa: FBT001, FBT002
    ) -> DynamicFrame:
        """Return the records of both frames, all with ``match_id``.

        New records join known groups or found new ones, with numbers above the known ones. Known
        records keep theirs, but where new ones show that two groups are one: it then has the
        number that most of their records had. Known records are never parted. Only new records
        look for others, by the stored model, so work grows with them; scores are of known groups
        as well, and where they are asked for all records look. As for FindMatches, the driver's
        memory must hold the columns that are compared, of both frames.

        Args:
            existingFrame: Records with ``match_id``, a whole number. A ``match_confidence_score``
                is replaced, or dropped where none is asked for.
            incrementalFrame: Records with the same columns, without ``match_id``.
            transformId: The id of an ML transform of the catalog.
            transformation_ctx: See GlueTransform, as for the next three.
            info: Kept for messages.
            stageThreshold: Failed records of this transform that end the job.
            totalThreshold: Failed records so far that end the job.
            enforcedMatches: As for FindMatches; known groups stay together all the same.
            computeMatchConfidenceScores: As for FindMatches.

        Raises:
            LaunchError: The script has no catalog.
            EntityNotFoundError: There is no such transform.
            UnknownFieldError: A frame lacks a column of the transform's table, or the first one
                ``match_id``.
            InvalidInputError: A primary key is null or not the only one in both frames, a known
                ``match_id`` is null or no whole number, or as for FindMatches.
        """
        stage = self.stage(transformation_ctx, info, stageThreshold, totalThreshold)
        used = use_transform(transformId)

        def find() -> DataFrame:
            with used.recorded():
                return matched_with_known(
                    existingFrame,
                    incrementalFrame,
                    lambda records, before, engine: used.new_matches(
                        records, before, enforcedMatches, engine
                    ),
                    id_column=used.transform.primary_key,
                    columns=used.transform.columns,
                    confidence=computeMatchConfidenceScores,
                )

        others = () if enforcedMatches is None else (enforcedMatches,)
        return existingFrame.derive(find, stage, incrementalFrame, *others, lazily=True)
