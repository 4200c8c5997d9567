"""Signing in as a person does in a browser: by a code that is read in the local mailbox."""

import re

from playwright.sync_api import Page

from tests.support.server import Server


def ask_code(page: Page, email: str) -> None:
    """From the sign-in page to that of the code."""
    page.get_by_test_id("sign-in-email").fill(email)
    page.get_by_test_id("sign-in-submit").click()
    page.wait_for_url("**/sign-in/code/**")


def code_in_outbox(page: Page, site: Server, email: str) -> str:
    """The newest code sent to an address, read in the local mailbox as a developer does."""
    for _ in range(80):
        answer = page.request.get(f"{site.url}/outbox", params={"q": email})
        found = re.findall(r"(\d{3} ?\d{3}) es tu código de ingreso", answer.text())
        if found:
            return str(found[0])
        page.wait_for_timeout(250)
    raise AssertionError(f"no code for {email} in the outbox")
