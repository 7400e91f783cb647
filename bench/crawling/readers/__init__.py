"""Who reads: each module turns a task into a function that looks once, all things imported."""
