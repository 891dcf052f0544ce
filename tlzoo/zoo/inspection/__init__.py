"""Inspection of a data source with a backbone, its HTML page, and previews of augmentation."""
