"""Sessions: what was planned, who came, what was really delivered, and the sealed record of it."""
