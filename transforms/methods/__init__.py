"""The method forms of the transforms, by family; each is mixed into DynamicFrame."""

from __future__ import annotations
