"""Soak: triggers and workflows for months of a fast clock, while things are killed all the time.

    python bench/soak.py                          1,000 triggers, 50 workflows, 30 minutes
    python bench/soak.py --seconds 180            three minutes of the same, as the tests run it
    python bench/soak.py --print-proof            the query, without a run

Three schedulers and four workers share a PostgreSQL of their own. Every ten seconds one of them is
killed with SIGKILL and replaced; the database is restarted twice, the second time as after a
crash. Each run writes one row, in the transaction in which it ends; some fail by themselves. At
the end a query counts what must not be: due fires without exactly one run, runs without exactly
one final state, pieces of work without exactly one row. It exits with 1 unless all counts are 0.
"""

from __future__ import annotations

if __name__ == "__main__":
    # Not above: each process of the fleet imports this file anew.
    from soaking.command import main

    raise SystemExit(main())
