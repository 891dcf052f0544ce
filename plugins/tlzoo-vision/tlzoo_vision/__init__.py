"""Vision backbones for tlzoo: packaged networks, and those of Keras Applications."""
