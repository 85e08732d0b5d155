"""Use cases: decisions of the domain driven against ports. No framework, no SQL, no HTTP."""
