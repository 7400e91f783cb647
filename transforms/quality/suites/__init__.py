"""Suites of Great Expectations: read, converted from and to DQDL, results told as it tells them.

Nothing here imports the library, but for suites that are Python.
"""
