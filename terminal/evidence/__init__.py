"""Evidence that leaves the building: clearance bundles, and the stand-alone file that proves them elsewhere."""
