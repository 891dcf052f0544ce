"""Text backbones for tlzoo: a packaged static embedding, and transformers through KerasHub."""
