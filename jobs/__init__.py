"""What runs, and when: jobs, runs, bookmarks, triggers and the scheduler."""
