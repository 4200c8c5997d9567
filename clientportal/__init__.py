"""The open-source portal between a company and its customers."""

__version__ = "0.1.0"
