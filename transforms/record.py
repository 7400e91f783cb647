"""One record as a user's Python function sees it.

Executors get this module's code inside the pickled function, so it stands alone.
"""

from __future__ import annotations

from typing import Any


class DynamicRecord(dict[str, Any]):
    """A dict whose fields are attributes too; nested records are DynamicRecords.

    >>> record = DynamicRecord(name="Ada")
    >>> record.name
    'Ada'
    >>> record.born = 1815
    >>> record["born"]
    1815
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"the record has no field {name!r}") from None

    def __setattr__(self, name: str, value: object) -> None:
        self[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            del self[name]
        except KeyError:
            raise AttributeError(f"the record has no field {name!r}") from None
