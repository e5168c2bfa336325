"""Reviews: starting them, deciding on guests, closing, progress and report."""
