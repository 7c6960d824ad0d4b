"""Regions (`symgraph.lower.regions`): blocks of turns that go through all members, on threads."""
