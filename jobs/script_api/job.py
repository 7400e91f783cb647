# ruff: noqa: N802  (names are Glue's)
"""Job: the run that a script is in.

Source: the awsglue library's ``job`` module, as the AWS Glue developer guide documents it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.parameters.arguments import CONTINUATIONS, ENABLE, PAUSE, RANGE
from gluepot.jobs.run_context.script_run import find_run

if TYPE_CHECKING:
    from collections.abc import Mapping


class Job:
    """``init`` before reading, ``commit`` when all is written.

    A script that runs on its own, without a catalog, has no bookmark: both then do nothing more
    than to check that they are called in this order.

    Args:
        glue_context: The script's GlueContext or SparkSession.
    """

    def __init__(self, glue_context: Any = None) -> None:  # noqa: ANN401
        self._glue_context = glue_context
        self._name: str | None = None

    @classmethod
    def continuation_options(cls) -> list[str]:
        """Return the old name of the bookmark's argument, and its values."""
        return ["--continuation-option", *CONTINUATIONS]

    @classmethod
    def job_bookmark_options(cls) -> list[str]:
        """Return the name of the bookmark's argument, and its values."""
        return ["--job-bookmark-option", *CONTINUATIONS.values()]

    @classmethod
    def job_bookmark_range_options(cls) -> list[str]:
        """Return the names of the arguments that bound a paused bookmark."""
        return ["--job-bookmark-from", "--job-bookmark-to"]

    @classmethod
    def id_params(cls) -> list[str]:
        """Return the names of the arguments that say which run this is."""
        return ["--JOB_NAME", "--JOB_ID", "--JOB_RUN_ID", "--SECURITY_CONFIGURATION"]

    @classmethod
    def encryption_type_options(cls) -> list[str]:
        """Return the name of the encryption's argument, and its values."""
        return ["--encryption-type", "sse-s3"]

    @classmethod
    def data_lineage_options(cls) -> list[str]:
        """Return the name of the lineage's argument."""
        return ["--enable-data-lineage"]

    def init(self, job_name: str, args: Mapping[str, Any] | None = None) -> None:
        """Load the bookmark; ``args`` are those of getResolvedOptions.

        A paused bookmark that runs bound reads again what was read after the first of them, up to
        and with the second.
        """
        option = (args or {}).get("job_bookmark_option")
        run = find_run()
        if run is not None and option is not None:
            run.bookmark = option in {ENABLE, PAUSE}
            run.paused = option == PAUSE
            first, last = ((args or {}).get(name) for name in RANGE)
            if first is not None and last is not None:
                run.between = (str(first), str(last))
        self._name = job_name

    def isInitialized(self) -> bool:
        """Return whether ``init`` was called."""
        return self._name is not None

    def commit(self) -> None:
        """Move the bookmark over what was read; one that is paused stays.

        Raises:
            InvalidInputError: ``init`` was not called.
        """
        if self._name is None:
            raise InvalidInputError("job.commit() needs job.init(name, args) before it")
        run = find_run()
        if run is not None:
            run.commit()
