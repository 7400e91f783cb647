"""What the shell's services know, as a job's launch takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.jobs.launch import LaunchSettings
from gluepot.sealing_key import find_sealing_key

if TYPE_CHECKING:
    from gluepot.services import Services


def launch_settings(services: Services) -> LaunchSettings:
    """Return how jobs are started; with ``s3.embedded`` this starts the embedded S3."""
    settings = services.settings
    return LaunchSettings(
        catalog_url=settings.database_url,
        home=settings.home.absolute(),
        conf_dir=settings.conf_dir.absolute(),
        s3=services.s3,
        jars_dir=settings.jars_dir.absolute(),
        java_home=settings.java_home,
        master=settings.spark.master,
        spark_conf=settings.spark.conf,
        account_id=settings.server.account_id,
        region=settings.server.region,
        keys_required=settings.auth.required,
        sealing_key=find_sealing_key(settings),
        places=settings.launch,
    )
