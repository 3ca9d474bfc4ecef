"""Experiments: small, reversible tests of a guess about the system, private until their author shares them."""
