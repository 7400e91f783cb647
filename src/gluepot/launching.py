"""What the shell's services know, as a job's launch takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.objects import ObjectStore
from gluepot.jobs.launchers.launch import LaunchSettings
from gluepot.jobs.run_context.stores import Stores
from gluepot.jobs.run_context.workshop import Workshop
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


def workshop_of(services: Services, *, job_name: str, run_id: str) -> Workshop:
    """Return the tools of a run that this very process carries out."""
    settings = launch_settings(services)
    return Workshop(
        job_name=job_name,
        run_id=run_id,
        home=settings.home,
        catalog=services.catalog,
        jobs=services.jobs,
        runs=services.runs,
        stores=Stores(services.s3),
        clock=services.clock,
        objects=ObjectStore(services.engine, services.clock),
        sealing_key=settings.sealing_key,
        s3=services.s3,
    )
