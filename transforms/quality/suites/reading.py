"""Suites as files: the library's own JSON, or Python that builds one."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.parameters import Parameter
from gluepot.transforms.quality.rules import parse_rules
from gluepot.transforms.quality.signature import Signature
from gluepot.transforms.quality.signatures import SIGNATURES
from gluepot.transforms.quality.suites.filters import sql_of
from gluepot.transforms.quality.suites.model import Expectation

if TYPE_CHECKING:
    from collections.abc import Collection
    from types import ModuleType

    from gluepot.transforms.quality.rules import Rule

_RUN_BY_US = ("batch_id", "catch_exceptions", "result_format")
"""Parameters that say how to run and what to tell, which is not the suite's to say here."""
_PARAMETER = "$PARAMETER"


@dataclass(frozen=True, kw_only=True)
class Suite:
    """A suite as it was read.

    Attributes:
        expectations: Filters are Spark SQL, and parameters of the suite are put in.
        custom: Types of expectations that the suite's own Python defines.
    """

    name: str
    expectations: tuple[Expectation, ...]
    custom: Mapping[str, Signature]

    def rules(self, mask: Collection[str] = ()) -> tuple[Rule, ...]:
        """Return the expectations as rules to evaluate.

        Args:
            mask: Columns whose values no result may show.

        Raises:
            InvalidInputError: An expectation is wrong; every one is named.
        """
        entries = [
            {
                "type": each.type,
                "kwargs": each.kwargs,
                "severity": each.severity,
                "description": each.meta.get("description"),
            }
            for each in self.expectations
        ]
        found = parse_rules(entries, self.custom)
        return tuple(replace(rule, mask=tuple(mask)) for rule in found)


def read_suite(path: str | Path) -> Suite:
    """Read a suite from a file.

    ``NAME.py`` is run, and must make one suite: a variable, or a function without parameters that
    is named ``suite`` or ``build_suite``. ``NAME.py:other`` names the one that is meant.

    Raises:
        InvalidInputError: There is no such file, or no suite in it.
    """
    text = str(path)
    file, _, name = text.partition(".py:")
    if name:
        return _built(Path(f"{file}.py"), name)
    if text.endswith(".py"):
        return _built(Path(text), None)
    return suite_of(_json(Path(text)), text)


def find_suite(name: str, folder: Path) -> str:
    """Return the path of a suite that a file in ``folder`` names.

    Raises:
        InvalidInputError: There is no such file, or it is neither JSON nor Python.
    """
    file, mark, rest = name.partition(".py:")
    path = folder / (f"{file}.py" if mark else name)
    if path.suffix not in (".json", ".py"):
        raise InvalidInputError(f"the suite {name} is neither .json nor .py")
    if not path.is_file():
        raise InvalidInputError(f"there is no suite {path}")
    return f"{path}:{rest}" if mark else str(path)


def suite_of(document: Any, where: str) -> Suite:  # noqa: ANN401 - any JSON value
    """Return the suite that a document is.

    Raises:
        InvalidInputError: It is none; ``where`` says what was read.
    """
    entries = document.get("expectations") if isinstance(document, Mapping) else None
    if not isinstance(entries, list):
        raise InvalidInputError(
            f"{where} is no suite of Great Expectations: it has no list 'expectations'"
        )
    parameters = document.get("suite_parameters") or {}
    found = [_entry(each, parameters, f"{where}, {at}") for at, each in enumerate(entries, 1)]
    name = document.get("name") or Path(where).stem
    return Suite(name=str(name), expectations=tuple(found), custom={})


def _entry(entry: Any, parameters: Mapping[str, Any], where: str) -> Expectation:  # noqa: ANN401
    if not isinstance(entry, Mapping) or not isinstance(entry.get("type"), str):
        old = isinstance(entry, Mapping) and "expectation_type" in entry
        hint = ": it was written by a release before 1.0" if old else ""
        raise InvalidInputError(f"{where}: an expectation has 'type' and 'kwargs'{hint}")
    kwargs = {
        name: _filled(value, parameters, where)
        for name, value in (entry.get("kwargs") or {}).items()
        if name not in _RUN_BY_US
    }
    if "row_condition" in kwargs:
        kwargs["row_condition"] = sql_of(kwargs["row_condition"])
        kwargs.setdefault("condition_parser", "spark")
    meta = dict(entry.get("meta") or {})
    if entry.get("description"):
        meta["description"] = entry["description"]
    severity = entry.get("severity") or "critical"
    return Expectation(type=entry["type"], kwargs=kwargs, meta=meta, severity=severity)


def _filled(value: Any, parameters: Mapping[str, Any], where: str) -> Any:  # noqa: ANN401
    """Return a value with what ``{"$PARAMETER": name}`` stands for."""
    if not isinstance(value, Mapping) or _PARAMETER not in value:
        return value
    name = value[_PARAMETER]
    if name not in parameters:
        raise InvalidInputError(f"{where}: the suite has no value for its parameter {name!r}")
    return parameters[name]


def _json(path: Path) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInputError(f"the suite {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise InvalidInputError(f"the suite {path} is no JSON: {error}") from error


def _built(path: Path, name: str | None) -> Suite:
    if not path.is_file():
        raise InvalidInputError(f"the suite {path} cannot be read: there is no such file")
    from great_expectations import ExpectationSuite  # noqa: PLC0415 - takes seconds

    module = _module(path)
    made = {
        key: value for key, value in vars(module).items() if isinstance(value, ExpectationSuite)
    }
    for key in ("suite", "build_suite") if name is None else (name,):
        if callable(getattr(module, key, None)):
            made[key] = getattr(module, key)()
    if name is not None:
        made = {key: value for key, value in made.items() if key == name}
    suites = [value for value in made.values() if isinstance(value, ExpectationSuite)]
    if len(suites) != 1:
        found = ", ".join(sorted(made)) or "none"
        raise InvalidInputError(
            f"{path} must make one suite, and makes {found}; name one as {path}:NAME"
        )
    document = suites[0].to_json_dict()
    suite = suite_of(document, str(path))
    types = {type(each).expectation_type: type(each) for each in suites[0].expectations}
    own = {kind: _signature(kind, types[kind]) for kind in types if kind not in SIGNATURES}
    return replace(suite, custom=own)


def _module(path: Path) -> ModuleType:
    spec = spec_from_file_location(f"gluepot_suite_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise InvalidInputError(f"{path} is no Python")
    module = module_from_spec(spec)
    # Classes that the module defines are looked up by their module's name.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _signature(kind: str, model: Any) -> Signature:  # noqa: ANN401 - a class of the library's
    """Return what an expectation of the suite's own takes: whatever its class does."""
    column = model.__fields__.get("column")
    default = getattr(column, "default", None)
    words = kind.removeprefix("expect_").replace("_", " ")
    return Signature(
        expectation=kind,
        claim=words if default is None else f"({default}) {words}",
        parameters={name: Parameter(check=_anything, meaning="") for name in model.__fields__},
    )


def _anything(_value: object) -> str | None:
    return None
