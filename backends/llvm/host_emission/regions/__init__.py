"""Emit regions (`symgraph.lower.regions`): blocks of iterations run through all members, on several
threads."""
