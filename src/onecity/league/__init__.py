"""The league (对标): groups of cities measured alike, on trunk roads, side by side."""
