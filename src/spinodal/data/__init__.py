"""Data: datasets, alphabets, tables of columns, standardization, splits, and matching of sites."""
