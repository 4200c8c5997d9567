"""Starlette routes, security headers and plain POST forms."""
