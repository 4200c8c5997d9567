"""Keys of sandbox accounts, derived from the host's secret: no account has to be opened."""

import hashlib
import hmac
import re

_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def _derive(secret: bytes, purpose: str, account: str) -> str:
    return hmac.new(secret, f"sandbox:{purpose}:{account}".encode(), hashlib.sha256).hexdigest()


def api_key(secret: bytes, account: str) -> str:
    """Give the bearer key of an account (lower-case slug) at the host that holds `secret`."""
    if not _ACCOUNT.fullmatch(account):
        raise ValueError(f"not a sandbox account name: {account!r}")
    return f"{account}.{_derive(secret, 'api', account)}"


def signing_secret(secret: bytes, account: str) -> str:
    """Give the secret with which the host signs this account's notifications."""
    return "whsec_" + _derive(secret, "sign", account)


def account_of(secret: bytes, key: str) -> str | None:
    """Give the account of a bearer key, or None when the key is not genuine (constant time)."""
    account, _, _ = key.partition(".")
    if not _ACCOUNT.fullmatch(account):
        return None
    genuine = hmac.compare_digest(key.encode(), api_key(secret, account).encode())
    return account if genuine else None


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """Give the value of `Sandbox-Signature`: HMAC-SHA256 over `timestamp.body`, hex."""
    signed = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"t={timestamp},v1={signed.hexdigest()}"
