"""Everything that computes. Knows no screen: imports neither `app` nor Streamlit."""
