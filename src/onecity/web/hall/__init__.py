"""What the web service says of the hall 通办: its shapes, who asks, and what is told of a case."""
