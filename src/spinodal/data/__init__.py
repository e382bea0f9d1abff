"""Data: datasets, their letters and columns, how they are divided, and which of their sites is which."""
