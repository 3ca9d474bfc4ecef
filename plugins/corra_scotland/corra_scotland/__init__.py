"""A partner's plugin for place-based cohorts in small Scottish communities; imports only the kit's toolkit."""
