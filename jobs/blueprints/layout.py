"""What a layout generator builds: jobs and crawlers with what they wait for, and their workflow.

The names of arguments are AWS's own: a generator written for AWS Glue passes them by name. Source:
Glue developer guide, "Developing blueprints", the classes of the layout.
"""

# The arguments are AWS's own, hence their capitals.
# ruff: noqa: N803

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Entity:
    """A job or a crawler of a layout."""

    kind: str

    def __init__(
        self,
        Name: str,
        DependsOn: Mapping[Entity, str] | None = None,
        WaitForDependencies: str = "AND",
        **properties: Any,  # noqa: ANN401  whatever AWS Glue's own request has
    ) -> None:
        """Make one of a name.

        Args:
            Name: Unique in the layout; what is created has a suffix, too.
            DependsOn: The entities it waits for, and the state each must end in.
            WaitForDependencies: AND for all of them, ANY for each.
            properties: Members of AWS Glue's CreateJob or CreateCrawler.
        """
        self.name = Name
        self.depends_on = dict(DependsOn or {})
        self.wait = WaitForDependencies
        self.properties = properties

    def plain(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {
            "kind": self.kind,
            "name": self.name,
            "depends": [
                {"kind": entity.kind, "name": entity.name, "state": state}
                for entity, state in self.depends_on.items()
            ],
            "wait": self.wait,
            "properties": self.properties,
        }


class Job(Entity):
    """A job; any member of AWS Glue's CreateJob may be given."""

    kind = "job"


class Crawler(Entity):
    """A crawler; any member of AWS Glue's CreateCrawler may be given."""

    kind = "crawler"


class Entities:
    """The jobs and crawlers of a workflow."""

    def __init__(self, Jobs: Sequence[Job] = (), Crawlers: Sequence[Crawler] = ()) -> None:
        """Hold them."""
        self.jobs = list(Jobs or ())
        self.crawlers = list(Crawlers or ())


class Workflow:
    """A workflow; its triggers follow from what its entities wait for."""

    def __init__(  # noqa: PLR0913, PLR0917  AWS's own arguments
        self,
        Name: str,
        Entities: Entities,
        Description: str | None = None,
        DefaultRunProperties: Mapping[str, str] | None = None,
        OnSchedule: str | None = None,
        MaxConcurrentRuns: int | None = None,
    ) -> None:
        """Make one; ``OnSchedule`` is a cron expression, without which it is started by hand."""
        self.name = Name
        self.entities = Entities
        self.description = Description
        self.properties = DefaultRunProperties
        self.schedule = OnSchedule
        self.most = MaxConcurrentRuns

    def plain(self) -> dict[str, Any]:
        """Return it as JSON data."""
        members = {
            "Description": self.description,
            "DefaultRunProperties": self.properties,
            "MaxConcurrentRuns": self.most,
        }
        entities = [*self.entities.jobs, *self.entities.crawlers]
        return {
            "name": self.name,
            "members": {key: value for key, value in members.items() if value is not None},
            "schedule": self.schedule,
            "entities": [entity.plain() for entity in entities],
        }
