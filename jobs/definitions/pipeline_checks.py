"""What must hold between the parts of a pipeline: names, order, parameters, addresses."""

from __future__ import annotations

from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.catalog.predicates import parse_predicate
from gluepot.crawlers.sources.objects import normalize_uri
from gluepot.jobs.definitions.references import split_reference
from gluepot.jobs.definitions.source_checks import source_problems
from gluepot.transforms.registry import TRANSFORMS, find_step
from gluepot.transforms.step import Parts

if TYPE_CHECKING:
    from gluepot.jobs.definitions.marked_yaml import Document, Place
    from gluepot.jobs.definitions.pipeline import GateSpec, Pipeline, SourceSpec, StepSpec
    from gluepot.jobs.errors import Problem


@dataclass(frozen=True, kw_only=True)
class Checked:
    """Everything wrong, and the order in which the steps can be carried out."""

    problems: tuple[Problem, ...]
    order: tuple[int, ...]


def check_pipeline(pipeline: Pipeline, document: Document) -> Checked:
    """Look at all parts together."""
    checks = _Checks(pipeline, document)
    checks.check_sources()
    checks.check_steps()
    checks.check_names()
    checks.check_gates()
    checks.check_sinks()
    order = () if checks.problems else checks.order()
    ordered = sorted(checks.problems, key=lambda problem: (problem.line, problem.column))
    return Checked(problems=tuple(ordered), order=order)


@dataclass
class _Checks:
    pipeline: Pipeline
    document: Document
    problems: list[Problem] = field(default_factory=list)

    def note(self, place: Place, message: str) -> None:
        self.problems.append(self.document.problem(place, message))

    def check_sources(self) -> None:
        for alias, source in self.pipeline.sources.items():
            self._check_source(("sources", alias), source)

    def _check_source(self, place: Place, source: SourceSpec) -> None:
        for key, message in source_problems(str(place[-1]), source):
            self.note((*place, key) if key else place, message)
        if source.table is not None:
            self._check_table((*place, "table"), source.table)
        if source.path is not None:
            self._check_uri((*place, "path"), source.path)
        if source.partition_predicate is not None:
            self._check_predicate((*place, "partition_predicate"), source.partition_predicate)

    def check_steps(self) -> None:
        for number, step in enumerate(self.pipeline.steps):
            place = ("steps", number)
            if (step.input is None) == (step.inputs is None):
                self.note(place, f"step {step.alias!r} has either input or inputs")
            try:
                kind = find_step(step.transform)
            except InvalidInputError as error:
                self.note((*place, "transform"), str(error))
                continue
            try:
                kind.validate(step.parameters)
                if kind.takes_collection:
                    self._check_key(place, step)
            except InvalidInputError as error:
                self.note(self._parameter(place, step.parameters, str(error)), str(error))
            if step.sources:
                self._try((*place, "inputs"), lambda k=kind, s=step: k.check_inputs(len(s.sources)))

    def _parameter(self, place: Place, parameters: Any, sentence: str) -> Place:  # noqa: ANN401
        named = [name for name in parameters if repr(name) in sentence]
        return (*place, named[0]) if named else place

    def check_names(self) -> None:
        made = set(self.pipeline.sources)
        for number, step in enumerate(self.pipeline.steps):
            if step.alias in made:
                hint = "" if step.name else " Give the step a name."
                self.note(("steps", number), f"{step.alias!r} is made twice.{hint}")
            made.add(step.alias)
        used = set()
        for place, reference, whole in self._references():
            alias, part = split_reference(reference, made)
            used.add(alias)
            if alias not in made:
                hint = did_you_mean(alias, made)
                self.note(place, f"nothing here is called {alias!r}.{hint}")
            elif fault := self._fault_of_part(alias, part, whole=whole):
                self.note(place, fault)
        places: dict[str, Place] = {alias: ("sources", alias) for alias in self.pipeline.sources}
        places |= {step.alias: ("steps", at) for at, step in enumerate(self.pipeline.steps)}
        for alias, place in places.items():
            if alias not in used:
                self.note(place, f"{alias!r} is never used: no step, gate or sink reads it")

    def _fault_of_part(self, alias: str, part: str | None, *, whole: bool) -> str | None:
        """Return what is wrong with ``alias.part`` where a frame, or a ``whole`` collection, is."""
        parts = self._parts_of(alias)
        if parts is None:
            if part is not None:
                return f"{alias!r} is one frame, so there is no {alias}.{part}"
            return f"{alias!r} is one frame, and no collection" if whole else None
        if whole:
            return None if part is None else f"{alias}.{part} is a frame: give {alias}, and the key"
        if part is None:
            return (
                f"{alias!r} is a collection: take one frame of it, as in {alias}.{parts.names[0]}"
            )
        return parts.fault(part)

    def _parts_of(self, alias: str) -> Parts | None:
        for step in self.pipeline.steps:
            kind = TRANSFORMS.get(step.transform)
            if step.alias != alias or kind is None or kind.parts is None:
                continue
            try:
                kind.validate(step.parameters)
            except InvalidInputError:
                # Told where the step is checked; what it makes cannot be known.
                return Parts(names=("",), stem="")
            return kind.parts(step.parameters)
        return None

    def _check_key(self, place: Place, step: StepSpec) -> None:
        """See that SelectFromCollection names a frame that can be there."""
        parts = None if step.input is None else self._parts_of(step.input)
        fault = None if parts is None else parts.fault(str(step.parameters.get("key")))
        if fault is not None:
            self.note((*place, "key"), fault)

    def _references(self) -> list[tuple[Place, str, bool]]:
        """Return every place that names an input, and whether it takes a whole collection."""
        found: list[tuple[Place, str, bool]] = []
        for number, step in enumerate(self.pipeline.steps):
            kind = TRANSFORMS.get(step.transform)
            whole = kind is not None and kind.takes_collection
            if step.input is not None:
                found.append((("steps", number, "input"), step.input, whole))
            for at, alias in enumerate(step.inputs or ()):
                found.append((("steps", number, "inputs", at), alias, whole))
        for number, gate in enumerate(self.pipeline.quality):
            found.append((("quality", number, "input"), gate.input, False))
            for alias, name in gate.sources.items():
                found.append((("quality", number, "sources", alias), name, False))
        for number, sink in enumerate(self.pipeline.sinks):
            found.append((("sinks", number, "input"), sink.input, False))
        return found

    def check_gates(self) -> None:
        from gluepot.transforms.quality import parse_rules  # noqa: PLC0415 - only gates need it
        from gluepot.transforms.quality.dqdl import parse_ruleset  # noqa: PLC0415

        for number, gate in enumerate(self.pipeline.quality):
            here: Place = ("quality", number)
            given = (bool(gate.rules), gate.ruleset is not None, gate.suite is not None)
            if sum(given) != 1:
                self.note(here, f"gate {gate.name!r} has either rules, a ruleset or a suite")
            for at, rule in enumerate(gate.rules):
                self._try((*here, "rules", at), lambda rule=rule: parse_rules([rule]))
            if gate.ruleset is not None:
                self._try((*here, "ruleset"), lambda text=gate.ruleset: parse_ruleset(text))
            if gate.suite is not None:
                self._try((*here, "suite"), lambda name=gate.suite: self._check_suite(name))
            self._check_failing_rows(here, gate)

    def _check_suite(self, name: str) -> None:
        from gluepot.transforms.quality.suites.reading import find_suite, read_suite  # noqa: PLC0415

        path = find_suite(name, Path(self.document.file).parent)
        # Python is run when the job is: it may do more than make a suite.
        if path.endswith(".json"):
            read_suite(path).rules()

    def _check_failing_rows(self, here: Place, gate: GateSpec) -> None:
        rows = gate.failing_rows
        if rows is None:
            return
        if gate.ruleset is None:
            self.note((*here, "failing_rows"), "failing rows are kept of a ruleset alone")
        self._check_uri((*here, "failing_rows", "path"), rows.path)
        if rows.table is not None:
            self._check_table((*here, "failing_rows", "table"), rows.table)

    def check_sinks(self) -> None:
        seen: dict[str, int] = {}
        for number, sink in enumerate(self.pipeline.sinks):
            place = ("sinks", number)
            self._check_uri((*place, "path"), sink.path)
            if sink.table is not None:
                self._check_table((*place, "table"), sink.table)
            if sink.key in seen:
                self.note((*place, "path"), "another sink of this job writes to the same path")
            seen[sink.key] = number

    def order(self) -> tuple[int, ...]:
        makers = {step.alias: number for number, step in enumerate(self.pipeline.steps)}
        graph = {
            number: [
                makers[alias]
                for alias in (self.pipeline.refer(name)[0] for name in step.sources)
                if alias in makers
            ]
            for number, step in enumerate(self.pipeline.steps)
        }
        sorter = TopologicalSorter(graph)
        try:
            return tuple(sorter.static_order())
        except CycleError as error:
            names = " -> ".join(self.pipeline.steps[number].alias for number in error.args[1])
            self.note(("steps", error.args[1][0]), f"these steps wait for one another: {names}")
            return ()

    def _check_table(self, place: Place, name: str) -> None:
        if len(name.split(".")) != 2 or not all(name.split(".")):  # noqa: PLR2004
            self.note(place, f"{name!r} is not a table: write database.table")

    def _check_uri(self, place: Place, uri: str) -> None:
        self._try(place, lambda: normalize_uri(uri))

    def _check_predicate(self, place: Place, text: str) -> None:
        self._try(place, lambda: parse_predicate(text))

    def _try(self, place: Place, check: Any) -> None:  # noqa: ANN401
        try:
            check()
        except InvalidInputError as error:
            self.note(place, str(error))
