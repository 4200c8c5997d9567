"""Rules of the business, standard library only: no storage, no clock, no network."""
