"""What stands beside an amount: a currency's sign, its local abbreviation or its ISO 4217 code."""

SIGNS = "$€£¥₡₲₱฿₩₹"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BEFORE_SIGN = _words("a ar au bz c ca cl cn co col ec hk j jp mx n nt nz r rd s tt u us uy z")
"""Letters that tell one dollar, peso, pound or yen from another: `US$`, `MX$`, `RD$`."""

_ABBREVIATIONS = _words("b/ b/. bs bs. fr fr. gs gs. kr kr. l l. q q. s/ s/.")

# Those in use, units of account (CLF, UVR as COU, …) and those that ended in the last years.
_CODES = _words(
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP
    BYN BZD CAD CDF CHE CHF CHW CLF CLP CNH CNY COP COU CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN
    ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD
    JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP
    MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON
    RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP
    TRY TTD TWD TZS UAH UGX USD UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XDR XOF XPF YER ZAR
    ZMW ZWG ZWL
    """
)


def is_currency_mark(text: str) -> bool:
    """Whether the text names a currency; upper and lower case are the same (`usd`, `gs.`)."""
    if text[-1:] and text[-1] in SIGNS:
        return not text[:-1] or text[:-1].casefold() in _BEFORE_SIGN
    return text.upper() in _CODES or text.casefold() in _ABBREVIATIONS
