"""The datasets: cards, one of them in full, adding own images."""
