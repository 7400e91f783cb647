"""SelectFromCollection, MapToCollection, FlatMap: transforms of collections of frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.transforms.base import GlueTransform

if TYPE_CHECKING:
    from collections.abc import Callable

    from gluepot.transforms.collection import DynamicFrameCollection
    from gluepot.transforms.frame import DynamicFrame


class SelectFromCollection(GlueTransform):
    """Take one frame out of a collection."""

    def __call__(
        self, dfc: DynamicFrameCollection, key: str, transformation_ctx: str = ""
    ) -> DynamicFrame:
        """Return the frame of that name; if there is none, an empty one, which is logged."""
        return dfc.select(key, transformation_ctx)


class MapToCollection(GlueTransform):
    """Do the same to each frame of a collection."""

    def __call__(
        self,
        dfc: DynamicFrameCollection,
        callable: Callable[[DynamicFrame, str], DynamicFrame],  # noqa: A002 - Glue's name
        transformation_ctx: str = "",
    ) -> DynamicFrameCollection:
        """Return what ``callable`` makes of each frame and its context, under the same names.

        Raises:
            TypeError: It returned something else than a frame.
        """
        return dfc.map(callable, transformation_ctx)


class FlatMap(GlueTransform):
    """Call a transform with each frame of a collection, and put all that it makes together."""

    def __call__(
        self,
        dfc: DynamicFrameCollection,
        BaseTransform: type[GlueTransform],  # noqa: N803 - Glue's name
        frame_name: str,
        transformation_ctx: str = "",
        **base_kwargs: Any,  # noqa: ANN401
    ) -> DynamicFrameCollection:
        """Return the frames that the transform made, under the names that they have.

        Args:
            dfc: The frames.
            BaseTransform: Any transform, of a frame or of a collection.
            frame_name: The argument of the transform that is given each frame.
            transformation_ctx: The transform gets ``<transformation_ctx>:<name of the frame>``.
            base_kwargs: The transform's other arguments.
        """

        def apply(
            frame: DynamicFrame, transformation_ctx: str
        ) -> DynamicFrame | DynamicFrameCollection:
            arguments = {**base_kwargs, frame_name: frame, "transformation_ctx": transformation_ctx}
            made: DynamicFrame | DynamicFrameCollection = BaseTransform.apply(**arguments)
            return made

        return dfc.flatmap(apply, transformation_ctx)
