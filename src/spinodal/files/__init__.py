"""One format a file: each has read(path) -> Dataset and write(dataset, path)."""
