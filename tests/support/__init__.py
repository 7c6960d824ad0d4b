"""What the tests share: strategies, references, and statements about graphs and programs."""
