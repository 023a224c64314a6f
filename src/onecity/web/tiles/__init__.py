"""The base map of a region as vector tiles, made when asked for."""

from .tileset import TileSet

__all__ = ["TileSet"]
