"""Inspection of a source with a backbone, its page, previews of augmentation."""
