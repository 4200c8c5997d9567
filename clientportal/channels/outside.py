"""Servers that a company names: they lie in the internet, never in the network of this machine.

Asked when the connection is made, of the addresses it is made to: a name may lead anywhere.
"""

import ipaddress
import smtplib
import socket

_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
"""Addresses that a gateway translates to the IPv4 address in their last 32 bits (RFC 6052)."""


class Inside(Exception):
    """The server's address is one of this machine or of its own network."""


def is_outside(address: str) -> bool:
    """Whether everybody on the internet reaches this address. False for what is no address."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in _TRANSLATED:
            return is_outside(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        within = ip.ipv4_mapped or ip.sixtofour
        if within is not None:
            return is_outside(str(within))
    return ip.is_global and not ip.is_multicast


def literal(host: str) -> str | None:
    """The address that a host is, in the forms that a resolver takes as well: 127.1, 0x7f000001."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def connect(host: str, port: int, timeout: float | None) -> socket.socket:
    """A connection to the host, if all of its addresses are outside. Raises Inside, OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = dict.fromkeys(str(place[0]) for *_, place in found)
    if not all(is_outside(address) for address in addresses):
        raise Inside(host)
    failed: OSError = OSError("no address")
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout)
        except OSError as error:
            failed = error
    raise failed


class OutsideSmtp(smtplib.SMTP):
    """An SMTP client that speaks to servers outside alone."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return connect(host, port, timeout)


class OutsideSmtps(smtplib.SMTP_SSL, OutsideSmtp):
    """The same by TLS from the start: SMTP_SSL wraps the socket of the next class."""
