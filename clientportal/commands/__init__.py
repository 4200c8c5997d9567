"""What `python -m clientportal` can do: one module per command with `configure(parser)`."""
