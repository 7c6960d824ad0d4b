"""The rewrite rules by topic."""
