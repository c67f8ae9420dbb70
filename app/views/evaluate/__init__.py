"""The page of all evaluations."""
