"""PDF, QR, e-mail bodies and server-side words."""
