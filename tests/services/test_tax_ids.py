"""Tax identifications of every country that is offered: real ones are taken, slips are named."""

import pytest

from clientportal.domain.errors import Invalid
from clientportal.services import tax_ids

TAKEN = [
    ("AR", "cuit", "20-05536168-2", "20055361682"),
    ("AR", "cuit", "30500010912", "30500010912"),
    ("AR", "dni", "20.123.456", "20123456"),
    ("BO", "nit", "1023275028", "1023275028"),
    ("BR", "cnpj", "16.727.230/0001-97", "16727230000197"),
    ("BR", "cnpj", "00000000000191", "00000000000191"),
    ("BR", "cpf", "390.533.447-05", "39053344705"),
    ("CL", "rut", "12.531.909-2", "125319092"),
    ("CL", "rut", "60805000-0", "608050000"),
    ("CO", "nit", "900.373.913-4", "9003739134"),
    ("CO", "cc", "52.123.456", "52123456"),
    ("CR", "cpj", "3-101-999999", "3101999999"),
    ("DO", "rnc", "1-01-85004-3", "101850043"),
    ("EC", "ruc", "1792060346-001", "1792060346001"),
    ("EC", "ci", "171430710-3", "1714307103"),
    ("ES", "nif", "54362315-k", "54362315K"),
    ("GT", "nit", "576937-K", "576937K"),
    ("MX", "rfc", "GODE 561231 GR8", "GODE561231GR8"),
    ("MX", "rfc", "mab-930714-8t4", "MAB9307148T4"),
    ("PE", "ruc", "20512333797", "20512333797"),
    ("PE", "ruc", "20 10007097 0", "20100070970"),
    ("PY", "ruc", "80028061-0", "800280610"),
    ("SV", "nit", "0614-050707-104-8", "06140507071048"),
    ("US", "ein", "91-1144442", "911144442"),
    ("UY", "rut", "21-100342-001-7", "211003420017"),
    ("VE", "rif", "V-11470283-4", "V114702834"),
]
REFUSED = [
    ("AR", "cuit", "30-50001091-3", "tax_id_digit", "2"),
    ("AR", "cuit", "30-5000109", "tax_id_length", None),
    ("BR", "cnpj", "00.000.000/0001-92", "tax_id_digit", "1"),
    ("BR", "cnpj", "00000000", "tax_id_length", None),
    ("BR", "cpf", "390.533.447-06", "tax_id_digit", "5"),
    ("CL", "rut", "60805000-1", "tax_id_digit", "0"),
    ("CL", "rut", "608050", "tax_id_length", None),
    ("CO", "nit", "900.373.913-5", "tax_id_digit", "4"),
    ("DO", "rnc", "1-01-85004-4", "tax_id_digit", "3"),
    ("EC", "ruc", "179001691", "tax_id_length", None),
    ("EC", "ruc", "9990016919001", "tax_id_wrong", None),
    ("EC", "ci", "1714307104", "tax_id_digit", "3"),
    ("ES", "nif", "54362315Z", "tax_id_digit", "K"),
    ("GT", "nit", "576937-1", "tax_id_digit", "K"),
    ("MX", "rfc", "MAB93071", "tax_id_length", None),
    ("MX", "rfc", "MAB9313148T4", "tax_id_wrong", None),  # there is no thirteenth month
    ("MX", "rfc", "MA69307148T4", "tax_id_format", None),
    ("PE", "ruc", "20100070971", "tax_id_digit", "0"),
    ("PE", "ruc", "2010007097", "tax_id_length", None),
    ("PY", "ruc", "80028061-1", "tax_id_digit", "0"),
    ("SV", "nit", "0614-050707-104-9", "tax_id_digit", "8"),
    ("UY", "rut", "21-100342-001-8", "tax_id_digit", "7"),
    ("VE", "rif", "V-11470283-3", "tax_id_digit", "4"),
    ("MX", "nit", "900.373.913-4", "tax_id_kind", None),
    ("CO", "cc", "52<b>123", "tax_id_format", None),
]


@pytest.mark.parametrize(("country", "kind", "text", "norm"), TAKEN)
def test_real_identifications_are_taken(country: str, kind: str, text: str, norm: str) -> None:
    found = tax_ids.check(country, kind, text)
    assert (found.kind, found.norm) == (kind, norm)
    # As it is written on paper it is the same again, however often it is checked.
    assert tax_ids.check(country, kind, found.text) == found


@pytest.mark.parametrize(("country", "kind", "text", "code", "expected"), REFUSED)
def test_a_slip_is_named_with_the_digit_that_would_be_right(
    country: str, kind: str, text: str, code: str, expected: str | None
) -> None:
    with pytest.raises(Invalid) as refused:
        tax_ids.check(country, kind, text)
    assert refused.value.error_code == code
    assert refused.value.params["kind"] == kind.upper()
    assert refused.value.params.get("expected") == expected


def test_each_country_has_a_real_identification_of_its_usual_kind() -> None:
    assert {(country, kinds[0]) for country, kinds in tax_ids.KINDS.items()} <= {
        (country, kind) for country, kind, _, _ in TAKEN
    }
    for country, kind, text, _ in TAKEN:
        if tax_ids.KINDS[country][0] == kind:
            assert tax_ids.check(country, "", text).kind == kind
