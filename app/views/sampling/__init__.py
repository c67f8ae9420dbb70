"""Which real images are matched."""
