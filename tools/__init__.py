"""What the Makefile and the tests need and the product does not: set-up, test suites, a browser, generated docs."""
