"""Make executors independent of gluepot: our modules travel inside the pickled functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark import cloudpickle

if TYPE_CHECKING:
    from types import ModuleType


def ship(*modules: ModuleType) -> None:
    """Pickle functions and classes of these modules by value from now on.

    An executor then needs pyspark and pyarrow, and nothing of ours. Telling it twice is harmless.
    """
    for module in modules:
        cloudpickle.register_pickle_by_value(module)  # type: ignore[no-untyped-call]
