"""How each peer is asked the question that OneCity is asked."""
