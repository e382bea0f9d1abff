"""Commands: one file each, a function whose signature is what can be typed. Data on stdout, the rest on stderr."""
