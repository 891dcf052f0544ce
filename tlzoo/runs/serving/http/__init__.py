"""The paths of the server: requests, responses, and the pages."""
