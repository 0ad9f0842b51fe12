"""One module per stack; plain functions that return troposphere resources."""
