"""Profiles in the database: kept part by part, and merged again without reading any rows."""

from __future__ import annotations

import json
import secrets
import zlib
from dataclasses import asdict
from typing import TYPE_CHECKING

from gluepot.catalog.profile_store import ProfilePart, ProfileRecord
from gluepot.transforms.quality.profiling.model import FrameProfile, Key, Part, Profile, merged

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from gluepot.catalog.profile_store import ProfileStore


def table_subject(catalog: str, database: str, table: str) -> str:
    """Return what a table's profiles are kept under.

    >>> table_subject("", "flights", "trips")
    '/flights/trips'
    """
    return f"{catalog}/{database}/{table}"


def keep_profile(store: ProfileStore, subject: str, found: FrameProfile) -> ProfileRecord:
    """Store a profile: one that was not made by partitions has one part."""
    record = ProfileRecord(
        id=f"profile-{secrets.token_hex(20)}",
        subject=subject,
        profiled_at=found.profiled_at,
        rows=found.whole.rows,
        partitioned_by=found.partitioned_by,
        detail={
            "keys": [{**asdict(key), "columns": list(key.columns)} for key in found.keys],
            "passes": found.passes,
        },
    )
    parts = found.parts if found.partitioned_by else {(): found.whole}
    return store.add(record, [_stored(part, profile) for part, profile in parts.items()])


def kept_profile(store: ProfileStore, record: ProfileRecord) -> FrameProfile:
    """Return a stored profile.

    Raises:
        InvalidInputError: Another version stored it.
    """
    parts = {_part(one): decode(one) for one in store.parts(record.number)}
    keys = [Key(**{**key, "columns": tuple(key["columns"])}) for key in record.detail["keys"]]
    return FrameProfile(
        profiled_at=record.profiled_at,
        whole=merged(parts.values()),
        partitioned_by=tuple(record.partitioned_by),
        parts=parts if record.partitioned_by else {},
        keys=keys,
        passes=record.detail["passes"],
    )


def newest_parts(store: ProfileStore, subject: str) -> Mapping[Part, Profile]:
    """Return of each partition its last profile: merged, they are the table's.

    Raises:
        InvalidInputError: Another version stored one.
    """
    return {_part(one): decode(one) for one in store.newest_parts(subject)}


def decode(stored: ProfilePart) -> Profile:
    """Return the profile of a stored part.

    Raises:
        InvalidInputError: Another version stored it.
    """
    return Profile.from_json(json.loads(zlib.decompress(stored.sketches)))


def _stored(part: Part, profile: Profile) -> ProfilePart:
    text = json.dumps(profile.to_json(), ensure_ascii=False, separators=(",", ":"))
    return ProfilePart(
        part=json.dumps(part),
        rows=profile.rows,
        sketches=zlib.compress(text.encode("utf-8", "surrogatepass")),
    )


def _part(stored: ProfilePart) -> Part:
    return tuple(json.loads(stored.part))


def series_of(
    store: ProfileStore, subject: str, *, limit: int
) -> list[tuple[dt.datetime, Profile]]:
    """Return a subject's last profiles and when they were made, oldest first: its trend.

    Raises:
        InvalidInputError: Another version stored one.
    """
    records = store.records(subject, limit=limit)
    return [
        (record.profiled_at, merged(map(decode, store.parts(record.number))))
        for record in reversed(records)
    ]
