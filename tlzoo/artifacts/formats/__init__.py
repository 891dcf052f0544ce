"""Documents and weights from elsewhere, inspected before they are opened."""
