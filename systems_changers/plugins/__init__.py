"""Plugins that ship with the kit, written against the toolkit alone, like a partner's."""
