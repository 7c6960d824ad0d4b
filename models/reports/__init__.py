"""What `symgraph train` says and draws of a model: one file for each kind of model."""
