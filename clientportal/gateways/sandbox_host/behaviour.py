"""How a charge misbehaves on purpose (payments contract §5, common switches)."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Self

_CHOICES = {
    "query_fault": ("", "error", "timeout"),
    "create_fault": ("", "error", "timeout"),
    "refund": ("succeed", "pending", "fail"),
}
_LIMITS = {"notify": 5_000, "delay_s": 86_400, "approve_after_s": 86_400, "fault_s": 120}


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The switches of one charge; the defaults are a provider that behaves well.

    `notify`: copies of each notification, 0 = never sent. `delay_s`: before the first. The four
    `wrong_…`/`…_reference`/`…_environment` switches falsify the payment itself, so a query tells
    the same. `out_of_order`: a stale *pending* follows the final state. `…_fault` hits
    `…_fault_times` calls (-1 = every); a *timeout* answers after `fault_s` seconds.
    """

    notify: int = 1
    delay_s: float = 0.0
    approve_after_s: float = 5.0
    out_of_order: bool = False
    tampered: bool = False
    wrong_amount: bool = False
    wrong_currency: bool = False
    unknown_reference: bool = False
    other_environment: bool = False
    query_fault: str = ""
    query_fault_times: int = -1
    create_fault: str = ""
    create_fault_times: int = -1
    fault_s: float = 20.0
    refund: str = "succeed"

    @classmethod
    def parse(cls, values: Mapping[str, object], base: Self | None = None) -> Self:
        """Read switches from JSON over `base`; raises ValueError naming the one that is wrong."""
        known = {f.name: f.default for f in fields(cls)}
        for name, value in values.items():
            if name not in known or not _fits(name, value, known[name]):
                raise ValueError(f"behaviour.{name}")
        return replace(base or cls(), **values)

    def after_fault(self, call: str) -> Self:
        """Give the switches after one call ("query" or "create") has met its fault."""
        if call == "query":
            return replace(self, query_fault_times=self.query_fault_times - 1)
        return replace(self, create_fault_times=self.create_fault_times - 1)

    @classmethod
    def load(cls, text: str) -> Self:
        """Read what `dump` wrote."""
        return cls.parse(json.loads(text))

    def dump(self) -> str:
        """Give the switches as JSON for storage."""
        return json.dumps(asdict(self))


def _fits(name: str, value: object, default: object) -> bool:
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(value, bool) and isinstance(default, bool)
    if isinstance(default, str):
        return value in _CHOICES[name]
    kinds = int if isinstance(default, int) else (int, float)
    low = -1 if name.endswith("_times") else 0
    return isinstance(value, kinds) and low <= value <= _LIMITS.get(name, 1_000_000)
