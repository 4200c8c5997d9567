"""Fixtures that service tests share with the gateways' tests."""

from tests.gateways.conftest import shop

__all__ = ["shop"]
