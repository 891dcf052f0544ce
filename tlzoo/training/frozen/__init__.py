"""The frozen part of a network: engines, feature store, cache budget."""
