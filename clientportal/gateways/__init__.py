"""Payment gateways behind one Protocol."""
