"""Papers that are printed: what stands on each (one module a paper), and how it is drawn (sheet, drawing, page)."""
