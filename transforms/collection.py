"""DynamicFrameCollection: several frames by name, which is what transforms that split return."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.transforms.stages import Stage

if TYPE_CHECKING:
    from collections.abc import KeysView, ValuesView

    from pyspark.sql import DataFrame

    from gluepot.transforms.frame import DynamicFrame

logger = logging.getLogger(__name__)


class UnknownFrameError(InvalidInputError, KeyError):
    """A collection has no frame of a name: ``UnknownFrameError(name, known)``."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(name, known)

    def __str__(self) -> str:
        """Say what is missing, and what is there."""
        name, known = self.args
        there = ", ".join(known) or "none"
        hint = did_you_mean(str(name), known)
        return f"the collection has no frame {name!r}.{hint} It has: {there}"


class DynamicFrameCollection:
    """Frames by name, in an order.

    Args:
        dynamic_frames: A list of frames, which are known by their own names, or a dictionary.
        glue_ctx: Handed on to collections and frames made from this one.

    Raises:
        TypeError: It is neither.
    """

    def __init__(
        self,
        dynamic_frames: list[DynamicFrame] | dict[str, DynamicFrame],
        glue_ctx: Any = None,  # noqa: ANN401
    ) -> None:
        self._glue_ctx = glue_ctx
        if isinstance(dynamic_frames, Mapping):
            self._frames = dict(dynamic_frames)
        elif isinstance(dynamic_frames, list):
            self._frames = {frame.name: frame for frame in dynamic_frames}
        else:
            raise TypeError("dynamic_frames must be list or dict.")

    def __getitem__(self, key: str) -> DynamicFrame:
        """Return the frame of that name.

        Raises:
            UnknownFrameError: There is none; it is a KeyError.
        """
        if key not in self._frames:
            raise UnknownFrameError(key, tuple(self._frames))
        return self._frames[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._frames)

    def __contains__(self, key: object) -> bool:
        return key in self._frames

    def __len__(self) -> int:
        return len(self._frames)

    def __repr__(self) -> str:
        return f"DynamicFrameCollection({list(self._frames)})"

    def keys(self) -> KeysView[str]:
        """Return the names."""
        return self._frames.keys()

    def values(self) -> ValuesView[DynamicFrame]:
        """Return the frames."""
        return self._frames.values()

    def select(self, key: str, transformation_ctx: str = "") -> DynamicFrame:
        """Return the frame of that name, or as Glue does one without fields and records."""
        if key in self._frames:
            return self._frames[key]
        logger.warning(
            "The collection has no frame %r; an empty one is returned.%s",
            *(key, did_you_mean(str(key), self._frames)),
            extra={"action": "empty_frame_selected", "frame": key},
        )
        from gluepot.transforms.frame import DynamicFrame  # noqa: PLC0415 - frames make these

        stage = Stage(name="SelectFromCollection", transformation_ctx=transformation_ctx)
        return DynamicFrame.planned_later(self._empty, stage, self._glue_ctx, key)

    def map(
        self,
        callable: Callable[[DynamicFrame, str], DynamicFrame],  # noqa: A002 - Glue's name
        transformation_ctx: str = "",
    ) -> DynamicFrameCollection:
        """Return the collection of what ``callable`` makes of each frame, under the same names.

        It is called with the frame and ``<transformation_ctx>:<name>``.

        Raises:
            TypeError: It returned something else than a frame.
        """
        from gluepot.transforms.frame import DynamicFrame  # noqa: PLC0415 - frames make these

        results = {}
        for name, frame in self._frames.items():
            result = callable(frame, f"{transformation_ctx}:{name}")
            if not isinstance(result, DynamicFrame):
                raise TypeError(f"callable must return a DynamicFrame. Got {type(result)}")
            results[name] = result
        return DynamicFrameCollection(results, self._glue_ctx)

    def flatmap(
        self,
        f: Callable[[DynamicFrame, str], DynamicFrame | DynamicFrameCollection],
        transformation_ctx: str = "",
    ) -> DynamicFrameCollection:
        """Return the collection of all frames that ``f`` makes, under the names that they have.

        It is called with a frame and ``<transformation_ctx>:<name of the frame>``. Of frames
        with one name the last one stays, as in Glue; that is logged.

        Raises:
            TypeError: It returned neither a frame nor a collection.
        """
        from gluepot.transforms.frame import DynamicFrame  # noqa: PLC0415 - frames make these

        results: dict[str, DynamicFrame] = {}
        for frame in self._frames.values():
            result = f(frame, f"{transformation_ctx}:{frame.name}")
            if isinstance(result, DynamicFrame):
                result = DynamicFrameCollection({result.name: result}, self._glue_ctx)
            elif not isinstance(result, DynamicFrameCollection):
                raise TypeError(
                    "Function argument to flatmap must return DynamicFrame or"
                    f" DynamicFrameCollection. Got {type(result)}"
                )
            _log_replaced(results, result)
            results |= {name: result[name] for name in result}
        return DynamicFrameCollection(results, self._glue_ctx)

    def _empty(self) -> DataFrame:
        session = getattr(self._glue_ctx, "spark_session", None) or SparkSession.active()
        empty: DataFrame = session.createDataFrame([], StructType())
        return empty


def _log_replaced(results: Mapping[str, DynamicFrame], added: DynamicFrameCollection) -> None:
    for name in added:
        if name in results:
            logger.warning(
                "FlatMap: two frames are called %r, and the later one replaces the earlier.",
                name,
                extra={"action": "frame_replaced", "frame": name},
            )
