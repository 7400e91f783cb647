"""Transforms of Glue that are to come: scripts that import them say so when they call them."""

from __future__ import annotations

from typing import Any

from gluepot.catalog.errors import OperationNotSupportedError
from gluepot.transforms.base import GlueTransform


class _NotYet(GlueTransform):
    """Importable, so that the rest of a script works."""

    _instead = ""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Refuse.

        Raises:
            OperationNotSupportedError: Always; it names what does the work today.
        """
        _ = args, kwargs
        raise OperationNotSupportedError(
            f"{self.name()} is not carried out in scripts yet; {self._instead}"
        )


class EntityDetector(_NotYet):
    """Personal data found in columns, which Glue does by a service of AWS."""

    _instead = "columns are masked by Map with a Spark SQL expression"
