"""The text of a head up to its last whole character, for formats that may have no lines."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from gluepot.crawlers.classifiers.text import Text, decode

if TYPE_CHECKING:
    from gluepot.crawlers.classifiers.base import Sample

# What of a character of UTF-8 stands before a cut.
_CUT_CHARACTER = re.compile(rb"[\xc2-\xf4][\x80-\xbf]{0,2}\Z")
_PROBED_FOR_ZEROS = 4096


def head_text(sample: Sample) -> Text:
    """Return all text of a head, not only its whole lines: a document may have but one."""
    if sample.complete or b"\0" in sample.data[:_PROBED_FOR_ZEROS]:
        return decode(sample)
    data = _CUT_CHARACTER.sub(b"", sample.data[-3:])
    return decode(replace(sample, data=sample.data[:-3] + data, complete=True))
