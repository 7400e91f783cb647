"""Which test runs which page's blocks; what is neither here nor marked on its page fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLLOWED = (
    "how-to/access.md",
    "how-to/back-up.md",
    "how-to/clients.md",
    "how-to/console.md",
    "how-to/crawl-a-bucket.md",
    "how-to/dedup-customers.md",
    "how-to/gate-on-quality.md",
    "how-to/move-from-aws-glue.md",
    "how-to/postgresql.md",
    "how-to/run-a-glue-script.md",
)
"""Pages whose blocks are run by ``test_following.py``, from the first to the last."""

_SHELL = "tests/shell"
_QUALITY = f"{_SHELL}/test_quality_page.py"
_EVENTS = f"{_SHELL}/test_events_pages.py"
_PROFILE = f"{_SHELL}/test_profile_page.py"
_PLUGIN = f"{_SHELL}/test_pytest_plugin.py"
_JOBS = "tests/jobs/test_job_pages.py"

OWN: Mapping[str, Mapping[str, str]] = {
    "README.md": {"python": "tests/docs/test_readme.py", "sh": "tests/docs/test_readme.py"},
    "tutorial.md": {"sh": "tests/acceptance/test_demo.py"},
    "how-to/check-quality.md": {
        "sh": _QUALITY,
        "dqdl": _QUALITY,
        "yaml": _QUALITY,
        "python": "tests/jobs/quality/test_clients.py",
    },
    "how-to/choices.md": {"python": f"{_SHELL}/test_how_to_pages.py"},
    "how-to/command-line.md": {"sh": f"{_SHELL}/test_cli_page.py"},
    "how-to/develop.md": {"sh": f"{_SHELL}/test_dev.py", "yaml": f"{_SHELL}/test_dev.py"},
    "how-to/lineage.md": {"sh": _EVENTS},
    "how-to/match-records.md": {"sh": f"{_SHELL}/matching/test_how_to_match.py"},
    "how-to/notifications.md": {"sh": _EVENTS, "yaml": _EVENTS},
    "how-to/profile-tables.md": {"sh": _PROFILE, "dqdl": _PROFILE},
    "how-to/run-jobs.md": {"yaml": _JOBS},
    "how-to/test-your-job.md": {"python": _PLUGIN, "yaml": _PLUGIN},
    "how-to/triggers.md": {"sh": f"{_SHELL}/test_triggers_page.py"},
    "how-to/workflows.md": {"sh": f"{_SHELL}/test_workflows_page.py"},
    "explanation/quality.md": {"yaml": "tests/jobs/test_quality_page.py"},
    "reference/dqdl.md": {"dqdl-rules": "tests/transforms/quality/dqdl/test_page.py"},
}
"""Pages with a test of their own: for each language, where it is."""
