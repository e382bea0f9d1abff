"""Page for people: a local web page on which runs are tried: generate, complete, predict, weights, curves."""
