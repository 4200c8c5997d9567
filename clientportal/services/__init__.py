"""Use cases: check permission, apply domain, store, audit, enqueue."""
