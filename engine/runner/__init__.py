"""The processes that do the work: supervisor, one worker per run, one lab for the tasks."""
