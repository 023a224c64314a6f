"""The tables of a node, a module for each concern; `node.schema` puts them together."""
