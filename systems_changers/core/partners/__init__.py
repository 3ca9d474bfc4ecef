"""Partners: the organisations of an instance, their addresses, languages, brand, terms and plugins."""
