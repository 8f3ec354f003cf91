"""A family drawn: notation, layout, SVG, GEDCOM."""
