"""Matrix products: which routine computes one (`statement`), and our own routines as LLVM IR
(`provide`). `linking` has their code, and does without the rest where it is found."""
