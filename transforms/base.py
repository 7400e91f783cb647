"""What every transform has in common: Glue's way to call it, and the stage it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.transforms.stages import Stage, script_site

if TYPE_CHECKING:
    from gluepot.transforms.frame import DynamicFrame


class GlueTransform:
    """A transform is called as ``X.apply(...)`` or ``X()(...)``; the signature is ``__call__``'s.

    The last four arguments of each are Glue's: ``transformation_ctx`` and ``info`` are kept for
    messages; ``stageThreshold`` and ``totalThreshold`` are the numbers of failed records, of this
    transform and of all up to it, that end the job (0: none does).
    """

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> DynamicFrame:  # noqa: ANN401
        """Make a transform and call it."""
        return cls()(*args, **kwargs)

    @classmethod
    def name(cls) -> str:
        """Return the transform's name."""
        return cls.__name__

    def __call__(self, *args: Any, **kwargs: Any) -> DynamicFrame:  # noqa: ANN401
        """Return a new frame; each transform says of what."""
        raise NotImplementedError

    def stage(
        self, transformation_ctx: str, info: str, stage_threshold: int, total_threshold: int
    ) -> Stage:
        """Return the stage of this call, with the script's line."""
        return Stage(
            name=self.name(),
            site=script_site(),
            info=info,
            transformation_ctx=transformation_ctx,
            stage_threshold=stage_threshold,
            total_threshold=total_threshold,
        )
