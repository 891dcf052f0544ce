"""HTTP server of a run: inputs of requests, batches, application, processes."""
