"""Pages of the company's staff."""
