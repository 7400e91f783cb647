"""What can be wrong with starting, stopping and scheduling a crawler, in AWS Glue's words."""

from __future__ import annotations

from gluepot.catalog.errors import GluepotError


class CrawlerRunningError(GluepotError):
    """The crawler is at work: wait for its end, or stop it."""

    code = "CrawlerRunningException"


class CrawlerNotRunningError(GluepotError):
    """The crawler is not at work, so there is nothing to stop."""

    code = "CrawlerNotRunningException"


class CrawlerStoppingError(GluepotError):
    """The crawler was told to stop already."""

    code = "CrawlerStoppingException"


class NoScheduleError(GluepotError):
    """The crawler has no schedule; give it one first."""

    code = "NoScheduleException"


class SchedulerRunningError(GluepotError):
    """The crawler's schedule is in force already."""

    code = "SchedulerRunningException"


class SchedulerNotRunningError(GluepotError):
    """The crawler's schedule is not in force."""

    code = "SchedulerNotRunningException"


class TableThresholdError(GluepotError):
    """A crawl found more tables than it may, so it writes none: ``(found, most)``."""

    code = "InvalidInputException"

    def __init__(self, found: int, most: int) -> None:
        super().__init__(found, most)

    def __str__(self) -> str:
        """Name both numbers, and what helps."""
        found, most = self.args
        return (
            f"The number of tables detected by crawler: {found} is greater than the table threshold"
            f" value provided: {most}. Nothing was written: raise TableThreshold, or look with"
            " `gluepot crawl plan` without it why there are so many"
        )
