"""Reports: counted from the journal and its projections into rows, then shown on a page or written into a file."""
