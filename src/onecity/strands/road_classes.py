"""What road classes are called."""

from onecity.core.words import Language, chapter, say

CONNECTOR, LOCAL_LINK = "connector", "local_link"
"""What stands for roads that the network lacks, named like a class of roads."""


class RoadClass(str):
    """A road class as tables write it, with its name in both languages.

    A class that the catalogue does not know is its own name: sources bring what they like.
    """

    __slots__ = ()

    def text(self, language: Language) -> str:
        """Return the name of the class."""
        known = f"class_{self}" in chapter("roads")
        return say(f"roads.class_{self}", language) if known else str(self)
