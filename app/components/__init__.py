"""Pieces of the page with a script of their own in the browser: Python, JavaScript and style sheet side by side."""
