"""Bench: the speed of spinodal and other packages (`make bench`), and the papers' claims (`-m bench.reproduction`)."""
