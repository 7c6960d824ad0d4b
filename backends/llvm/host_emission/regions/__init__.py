"""Regions (`symgraph.lower.regions`): blocks of iterations that go through all members, on
threads."""
