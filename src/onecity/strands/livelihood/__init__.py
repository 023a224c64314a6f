"""Livelihood (民生同保): services to reach and rights to carry, with and without city borders."""

from .strand import LivelihoodStrand, strand

__all__ = ["LivelihoodStrand", "strand"]
