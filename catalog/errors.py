"""Every error that gluepot raises on purpose: one base, and a class per thing a caller can act on.

An error keeps its arguments in ``args`` and makes its sentence in ``__str__``, so it crosses
process borders by pickle. ``code`` is the name that AWS Glue gives the same fault on the wire.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable


class GluepotError(Exception):
    """The base of every error that gluepot raises on purpose."""

    code: ClassVar[str] = "InternalServiceException"
    http_status: ClassVar[int] = 400

    def __str__(self) -> str:
        """Return the sentence; classes with several arguments make their own."""
        return " ".join(str(argument) for argument in self.args)

    @property
    def wire_message(self) -> str:
        """Return what a client of the API reads: AWS's own text where programs compare it."""
        return str(self)


class InvalidInputError(GluepotError, ValueError):
    """The caller gave something that can never work; the sentence says what would."""

    code = "InvalidInputException"


class EntityNotFoundError(GluepotError, LookupError):
    """A named thing is not there: ``EntityNotFoundError(kind, name)``."""

    code = "EntityNotFoundException"

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(kind, name)

    def __str__(self) -> str:
        """Word it as AWS Glue does."""
        kind, name = self.args
        return f"{kind} {name} not found."


class AlreadyExistsError(GluepotError):
    """A name is taken: ``AlreadyExistsError(kind, name)``."""

    code = "AlreadyExistsException"

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(kind, name)

    def __str__(self) -> str:
        """Word it as AWS Glue does, and name what is in the way."""
        kind, name = self.args
        return f"{kind} already exists. ({name})"

    @property
    def wire_message(self) -> str:
        """Return AWS's text, which names nothing; a class with words of its own keeps them."""
        worded = type(self).__str__ is not AlreadyExistsError.__str__
        return str(self) if worded else f"{self.args[0]} already exists."


class ConcurrentModificationError(GluepotError):
    """Somebody else changed the thing first: read it again, then repeat the change."""

    code = "ConcurrentModificationException"


class InvalidStateError(GluepotError):
    """What is stored does not allow the operation."""

    code = "InvalidStateException"


class OperationTimeoutError(GluepotError):
    """The database did not answer in time; nothing was changed; try again."""

    code = "OperationTimeoutException"


class StorageError(GluepotError):
    """A bucket, folder, object or file could not be listed, read or written."""

    code = "InvalidInputException"


class ValidationError(GluepotError, ValueError):
    """A member of a request breaks the service model, in the newer operations' words."""

    code = "ValidationException"


class SerializationError(GluepotError, ValueError):
    """A request is not JSON, or a member is of another JSON type than the service model says."""

    code = "SerializationException"


class UnknownOperationError(GluepotError):
    """The request names no operation of AWS Glue."""

    code = "UnknownOperationException"


class OperationNotSupportedError(GluepotError):
    """The operation is one of AWS Glue's that gluepot does not have; the sentence says why."""

    code = "OperationNotSupportedException"


class AccessDeniedError(GluepotError):
    """The caller may not do this; the sentence names the action and the resource."""

    code = "AccessDeniedException"


class ResourceNumberLimitExceededError(GluepotError):
    """There are as many of these as the settings allow."""

    code = "ResourceNumberLimitExceededException"


class ResourceNotReadyError(GluepotError):
    """The thing is being made or removed; try again."""

    code = "ResourceNotReadyException"


class ConditionCheckFailureError(GluepotError):
    """What the caller said must hold before the change does not hold."""

    code = "ConditionCheckFailureException"


class ConflictError(GluepotError):
    """The change would cross another one that is under way."""

    code = "ConflictException"


class VersionMismatchError(GluepotError):
    """The definition was changed since the caller read it."""

    code = "VersionMismatchException"


class IdempotentParameterMismatchError(GluepotError):
    """The same name or token came again with other parameters."""

    code = "IdempotentParameterMismatchException"


class FederationSourceError(GluepotError):
    """A data store outside does not answer, or refuses; the sentence says which and why."""

    code = "FederationSourceException"


class ThrottlingError(GluepotError):
    """Too much is asked at once; try again a little later."""

    code = "ThrottlingException"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` for the nearest known word, or nothing.

    >>> did_you_mean("DropField", ["DropFields", "Filter"])
    " Did you mean 'DropFields'?"
    >>> did_you_mean("zzz", ["DropFields"])
    ''
    """
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" Did you mean {near[0]!r}?" if near else ""
