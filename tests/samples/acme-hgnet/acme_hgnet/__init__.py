"""PP-HGNetV2 as backbones for tlzoo."""
