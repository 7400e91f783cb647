# ruff: noqa: N802  (the names are Glue's)
"""What every transform has in common: Glue's way to call it, and the stage it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.transforms import describing
from gluepot.transforms.stages import Stage, script_site

if TYPE_CHECKING:
    from collections.abc import Callable


class GlueTransform:
    """A transform is called as ``X.apply(...)`` or ``X()(...)``; the signature is ``__call__``'s.

    The last four arguments of most are Glue's: ``transformation_ctx`` and ``info`` are kept for
    messages; ``stageThreshold`` and ``totalThreshold`` are the numbers of failed records, of this
    transform and of all up to it, that end the job (0: none does).

    What ``describe`` and its parts say comes from the signature and the docstring of the call.
    """

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - frames, or collections
        """Make a transform and call it."""
        return cls()(*args, **kwargs)

    @classmethod
    def name(cls) -> str:
        """Return the transform's name."""
        return cls.__name__

    @classmethod
    def describeArgs(cls) -> list[dict[str, Any]]:
        """Return each argument's name, type, description, whether optional, and default value."""
        return describing.arguments(cls._call())

    @classmethod
    def describeReturn(cls) -> dict[str, str]:
        """Return the type of the result and what it is."""
        return describing.returned(cls._call())

    @classmethod
    def describeTransform(cls) -> str:
        """Return what the transform does."""
        return describing.first_paragraph(cls)

    @classmethod
    def describeErrors(cls) -> list[dict[str, str]]:
        """Return the type of each error that a call may raise, and when it does."""
        return describing.errors(cls._call())

    @classmethod
    def describe(cls) -> dict[str, Any]:
        """Return all of it under ``transform``."""
        described = {
            "name": cls.name(),
            "args": cls.describeArgs(),
            "returns": cls.describeReturn(),
            "description": cls.describeTransform(),
            "raises": cls.describeErrors(),
            "location": "internal",
        }
        return {"transform": described}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash(tuple(sorted(vars(self).items())))

    def __repr__(self) -> str:
        return f"<Transform: {self.name()}>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Return a new frame; each transform says of what."""
        raise NotImplementedError

    @classmethod
    def _call(cls) -> Callable[..., Any]:
        return cls.__call__

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
