"""UBL 2.1 as XML: `reading.parse` from bytes to `domain.ubl`, `writing.write` back."""
