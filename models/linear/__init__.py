"""Linear models: linear regression, and logistic (softmax) regression."""
