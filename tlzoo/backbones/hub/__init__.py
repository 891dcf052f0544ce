"""TF2 SavedModels, from TensorFlow Hub or a folder, as Keras 3 layers and as backbones."""
