"""One record as a user's Python function sees it.

Executors get this module's code inside the pickled function, so it stands alone.
"""

from __future__ import annotations

from typing import Any


class MissingFieldError(AttributeError, KeyError):
    """The record has no such field; a KeyError too, as scripts for Glue expect of attributes."""

    def __str__(self) -> str:
        """Name the field."""
        return str(self.args[0])


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
            raise MissingFieldError(f"the record has no field {name!r}") from None

    def __setattr__(self, name: str, value: object) -> None:
        self[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            del self[name]
        except KeyError:
            raise MissingFieldError(f"the record has no field {name!r}") from None
