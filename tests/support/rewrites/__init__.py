"""Examples of rewriting rules, and statements about rewriting."""
