"""What can go wrong at a store: one class for each thing its caller can do something about."""

from __future__ import annotations

from gluepot.catalog.errors import StorageError


class PathNotFoundError(StorageError):
    """A bucket, folder or object is not there: ``PathNotFoundError(uri, advice)``."""

    def __init__(self, uri: str, advice: str) -> None:
        super().__init__(uri, advice)

    def __str__(self) -> str:
        """Say what is missing and where to look."""
        uri, advice = self.args
        return f"{uri} does not exist: {advice}"


class AccessRefusedError(StorageError):
    """A store refused the credentials, or there are none: ``AccessRefusedError(uri, reason)``."""

    def __init__(self, uri: str, reason: str) -> None:
        super().__init__(uri, reason)

    def __str__(self) -> str:
        """Say who refused and which settings to look at; never which keys were used."""
        uri, reason = self.args
        return (
            f"Access to {uri} was refused ({reason}): check the access key, its secret and the"
            " profile in the settings or environment"
        )


class StoreUnavailableError(StorageError):
    """A store did not answer, or answered nonsense: ``StoreUnavailableError(uri, reason)``."""

    def __init__(self, uri: str, reason: str) -> None:
        super().__init__(uri, reason)

    def __str__(self) -> str:
        """Say what was wanted and what came back."""
        uri, reason = self.args
        return f"{uri} could not be reached: {reason}"


class ObjectChangedError(StorageError):
    """An object is not what the listing said: ``ObjectChangedError(uri)``."""

    def __init__(self, uri: str) -> None:
        super().__init__(uri)

    def __str__(self) -> str:
        """Say what is known: it has fewer bytes than before."""
        return f"{self.args[0]} has become shorter since it was listed: crawl again"


class InventoryError(StorageError):
    """An inventory cannot stand for a listing: ``InventoryError(uri, reason)``."""

    def __init__(self, uri: str, reason: str) -> None:
        super().__init__(uri, reason)

    def __str__(self) -> str:
        """Say which file is wrong, and what to do."""
        uri, reason = self.args
        return (
            f"{uri} cannot be read instead of a listing: {reason}; name another manifest, or none"
            " to have the bucket listed"
        )
