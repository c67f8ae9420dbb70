"""Where the pages are, as the entry script sees them."""

RUNS = "../pages/runs.py"
LAUNCH = "../pages/launch.py"
RUN = "../pages/run.py"
SAMPLING = "../pages/sampling.py"
STUDIES = "../pages/studies.py"
RESULTS = "../pages/results.py"
