"""The command line: the same code path as the page. Torch-free."""
