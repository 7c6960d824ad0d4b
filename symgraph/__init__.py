"""symgraph: a declarative graph compiler."""
