"""What only the page Present shows."""
