"""Copy sheets: what a record says, in the order of another system into which staff copy it field by field."""
