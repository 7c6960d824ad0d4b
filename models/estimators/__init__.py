"""Base classes of estimators: settings, validation of input, files, scikit-learn's protocol."""
