"""One module a step of the schema, named in the order they are applied."""
