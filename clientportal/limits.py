"""Token buckets in memory, one set per process (DESIGN rule 3)."""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field


def network_of(address: str) -> str:
    """What limits by address count: an IPv4 address, or the /64 of an IPv6 one.

    Whoever has one IPv6 address commonly has the 2**64 of its network (RFC 6177), so counting each
    would limit nobody. What is no address counts as it stands.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed.packed[:8] + bytes(8), 64)))


@dataclass(slots=True)
class Bucket:
    """Refills with `rate` tokens a second up to `burst`."""

    rate: float
    burst: float
    tokens: float
    at: float

    def take(self, now: float) -> bool:
        """Take one token; False when there is none."""
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


@dataclass(slots=True)
class Limiter:
    """One bucket per key; the keys that were idle longest are forgotten beyond `keys_kept`.

    A forgotten key starts full again, so `keys_kept` bounds memory, not strictness.
    """

    rate: float
    burst: float
    clock: Callable[[], float] = time.monotonic
    keys_kept: int = 50_000
    _buckets: OrderedDict[str, Bucket] = field(default_factory=OrderedDict)

    def allows(self, key: str) -> bool:
        """Count one use of `key`; False when it is over its rate."""
        now = self.clock()
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(self.rate, self.burst, self.burst, now)
            if len(self._buckets) > self.keys_kept:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(key)
        return bucket.take(now)
