"""Figures as SVG that take the page's colours, light or dark, without a library."""
