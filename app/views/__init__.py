"""What only one page shows: one folder per page."""
