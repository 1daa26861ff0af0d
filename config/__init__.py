"""The wiring closet: settings become processes here. Imports everything; nothing imports it."""
