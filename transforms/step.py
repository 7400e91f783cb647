"""One kind of step of a declarative job: checked without Spark, and carried out with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gluepot.transforms.collection import DynamicFrameCollection
    from gluepot.transforms.frame import DynamicFrame
    from gluepot.transforms.parameters import Parameter


def _nothing(_params: Mapping[str, Any]) -> str | None:
    return None


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The names in a collection, as far as they are known before it is made.

    ``stem`` is what the names of all others begin with; None where there are no others.
    """

    names: tuple[str, ...]
    stem: str | None = None

    def fault(self, name: str) -> str | None:
        """Return why there cannot be a frame of that name, or None."""
        if name in self.names or (self.stem is not None and name.startswith(self.stem)):
            return None
        others = "" if self.stem is None else f", and names that begin with {self.stem!r}"
        there = f" It has: {', '.join(self.names)}{others}"
        return f"the collection has no frame {name!r}.{did_you_mean(name, self.names)}{there}"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One kind of step: what it takes, and the transform class (``module:Class``) it runs.

    Attributes:
        agree: Looks at parameters together and returns what is wrong, or None.
        most_inputs: None is no bound; the transform is then folded over its inputs, two by two.
        constants: Arguments of the transform that a job does not choose.
        takes_collection: Its input is a collection, not a frame.
        parts: The frames of the collection that it makes; None where it makes one frame.
    """

    name: str
    transform: str
    meaning: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    least_inputs: int = 1
    most_inputs: int | None = 1
    agree: Callable[[Mapping[str, Any]], str | None] = _nothing
    constants: Mapping[str, Any] = field(default_factory=dict)
    takes_collection: bool = False
    parts: Callable[[Mapping[str, Any]], Parts] | None = None

    def validate(self, params: Mapping[str, Any]) -> None:
        """Check parameters without Spark.

        Raises:
            InvalidInputError: Names every parameter that is unknown, missing or of a wrong kind.
        """
        problems = [*self._unknown(params), *self._missing(params), *self._wrong(params)]
        if not problems:
            problems = [problem for problem in [self.agree(params)] if problem]
        if problems:
            raise InvalidInputError(f"{self.name}: " + "; ".join(problems))

    def check_inputs(self, count: int) -> None:
        """Check the number of frames that the step is given.

        Raises:
            InvalidInputError: There are too few or too many.
        """
        if count < self.least_inputs or (self.most_inputs is not None and count > self.most_inputs):
            least, most = self.least_inputs, self.most_inputs
            end = " or more" if most is None else f" to {most}" if least < most else ""
            wanted = f"{least}{end}"
            raise InvalidInputError(f"{self.name}: takes {wanted} inputs, but was given {count}")

    def run(
        self,
        inputs: Sequence[DynamicFrame | DynamicFrameCollection],
        params: Mapping[str, Any],
    ) -> Any:  # noqa: ANN401 - a frame, or a collection where the step has parts
        """Return what the transform makes of ``inputs``; little is computed yet.

        Raises:
            InvalidInputError: As for validate, or the frames lack a field that is named.
        """
        self.check_inputs(len(inputs))
        self.validate(params)
        module, name = self.transform.split(":")
        apply = getattr(import_module(module), name).apply
        arguments = {self.parameters[key].argument or key: value for key, value in params.items()}
        arguments |= self.constants
        if self.most_inputs is not None:
            return apply(*inputs, **arguments)
        result = inputs[0]
        for frame in inputs[1:]:
            result = apply(result, frame, **arguments)
        return result

    def _unknown(self, params: Mapping[str, Any]) -> list[str]:
        takes = "It takes: " + (", ".join(self.parameters) or "no parameters")
        return [
            f"unknown parameter {name!r}.{did_you_mean(str(name), self.parameters)} {takes}"
            for name in params
            if name not in self.parameters
        ]

    def _missing(self, params: Mapping[str, Any]) -> list[str]:
        return [
            f"parameter {name!r} is missing: {parameter.meaning}"
            for name, parameter in self.parameters.items()
            if parameter.required and name not in params
        ]

    def _wrong(self, params: Mapping[str, Any]) -> list[str]:
        return [
            f"parameter {name!r} must be {right}, but is {params[name]!r}"
            for name, parameter in self.parameters.items()
            if name in params and (right := parameter.check(params[name]))
        ]
