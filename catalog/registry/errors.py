"""What can go wrong in the schema registry, in AWS Glue's words."""

from __future__ import annotations

from gluepot.catalog.errors import (
    AlreadyExistsError,
    EntityNotFoundError,
    GluepotError,
    InvalidInputError,
    ResourceNumberLimitExceededError,
)


class InvalidDefinitionError(InvalidInputError):
    """A text is no schema of its format: ``InvalidDefinitionError(format, fault)``."""

    def __init__(self, data_format: str, fault: str) -> None:
        super().__init__(data_format, fault)

    @property
    def fault(self) -> str:
        """Return the sentence that names the fault and its place."""
        return str(self.args[1])

    def __str__(self) -> str:
        """Word it as AWS Glue does."""
        data_format, fault = self.args
        return f"Schema definition of {data_format} data format is invalid: {fault}"


class MissingFormatError(GluepotError):
    """The package that reads a format is not installed: ``MissingFormatError(format, module)``."""

    code = "OperationNotSupportedException"

    def __init__(self, data_format: str, module: str) -> None:
        super().__init__(data_format, module)

    def __str__(self) -> str:
        """Say what to install."""
        data_format, module = self.args
        return (
            f"{data_format} schemas need the package {module}, which is not installed on the"
            " server: pip install 'gluepot[registry]'"
        )


class RegistryNotFoundError(EntityNotFoundError):
    """There is no such registry: ``RegistryNotFoundError(member, value)``."""

    def __str__(self) -> str:
        """Word it as AWS Glue does."""
        member, value = self.args
        return f"Registry is not found. {member}: {value}"


class SchemaNotFoundError(EntityNotFoundError):
    """There is no such schema: ``SchemaNotFoundError(registry, name, arn)``."""

    def __init__(self, registry: str, name: str, arn: str | None = None) -> None:
        GluepotError.__init__(self, registry, name, arn)

    def __str__(self) -> str:
        """Word it as AWS Glue does."""
        registry, name, arn = self.args
        return (
            f"Schema is not found. RegistryName: {registry}, SchemaName: {name},"
            f" SchemaArn: {arn or 'null'}"
        )


class SchemaVersionNotFoundError(EntityNotFoundError):
    """There is no such version: ``SchemaVersionNotFoundError(what)``."""

    def __init__(self, what: str) -> None:
        GluepotError.__init__(self, what)

    def __str__(self) -> str:
        """Word it as AWS Glue does."""
        return f"Schema version is not found. {self.args[0]}"


class NameTakenError(AlreadyExistsError):
    """A registry or schema is there already: ``NameTakenError(kind, member, name)``."""

    def __init__(self, kind: str, member: str, name: str) -> None:
        GluepotError.__init__(self, kind, member, name)

    def __str__(self) -> str:
        """Word it as AWS Glue does."""
        kind, member, name = self.args
        return f"{kind} already exists. {member}: {name}"


class MetadataExistsError(AlreadyExistsError):
    """A version has this pair already: ``MetadataExistsError(version_id, key, value)``."""

    def __init__(self, version_id: str, key: str, value: str) -> None:
        GluepotError.__init__(self, version_id, key, value)

    def __str__(self) -> str:
        """Word it as AWS Glue does."""
        version_id, key, value = self.args
        return (
            f"Resource already exist for schema version id: {version_id},"
            f" metadata key: {key}, metadata value: {value}"
        )


class QuotaError(ResourceNumberLimitExceededError):
    """There are as many as the quota allows: ``QuotaError(kinds)``."""

    def __str__(self) -> str:
        """Word it as AWS Glue does."""
        return f"More {self.args[0]} cannot be created. The maximum limit has been reached."
