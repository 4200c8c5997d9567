"""Namespaces of UBL 2.1 and short names for its elements."""

_BASE = "urn:oasis:names:specification:ubl:schema:xsd:"
CAC = f"{_BASE}CommonAggregateComponents-2"
CBC = f"{_BASE}CommonBasicComponents-2"
EXT = f"{_BASE}CommonExtensionComponents-2"
PREFIXES = {"cac": CAC, "cbc": CBC, "ext": EXT}


def root_namespace(root: str) -> str:
    """The namespace of a main document such as `Invoice`."""
    return f"{_BASE}{root}-2"


def root_name(root: str) -> str:
    """The qualified name of a main document."""
    return f"{{{root_namespace(root)}}}{root}"


def cbc(name: str) -> str:
    """The qualified name of a basic component."""
    return f"{{{CBC}}}{name}"


def cac(name: str) -> str:
    """The qualified name of an aggregate component."""
    return f"{{{CAC}}}{name}"
