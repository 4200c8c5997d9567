"""The only place that imports reflex."""
