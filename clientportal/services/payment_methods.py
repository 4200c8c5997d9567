"""The gateways by which a company takes money, and its account at each."""

from clientportal.domain.errors import Invalid, NotFound
from clientportal.gateways import registry
from clientportal.gateways.base import Gateway
from clientportal.settings import settings
from clientportal.storage.models import Company


def methods_of(company: Company) -> tuple[str, ...]:
    """Gateways by which this company takes money, in order (mission 58)."""
    shown = not settings().is_production or company.is_test
    return ("sandbox",) if shown else ()


def open_gateway(company: Company, code: str) -> Gateway:
    """The company's account at a gateway that it uses. Raises Invalid `method_unknown`."""
    if code not in methods_of(company):
        raise Invalid(code="method_unknown", field="method")
    return registry.gateway(code, account=company.slug, credentials={})


def gateway_of(company: Company, code: str) -> Gateway:
    """The company's account at a gateway. Raises NotFound for a code that does not exist."""
    if code not in registry.CODES:
        raise NotFound()
    if is_pretence(company, code):
        raise NotFound()
    return registry.gateway(code, account=company.slug, credentials={})


def is_pretence(company: Company, code: str) -> bool:
    """Whether this gateway's money is none, and the company takes real money alone."""
    return code in registry.TEST_CODES and settings().is_production and not company.is_test
