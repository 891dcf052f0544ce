"""Layers that each do one thing that no layer of a backbone may do."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("faulty")
class Noisy(keras.layers.Layer):
    def call(self, x):
        return x + tf.random.normal(tf.shape(x))


@keras.saving.register_keras_serializable("faulty")
class Restless(keras.layers.Layer):
    def build(self, _shape):
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False, name="calls")

    def call(self, x, training=None):
        if training:
            self.calls.assign_add(1.0)
        return x


@keras.saving.register_keras_serializable("faulty")
class EagerOnly(keras.layers.Layer):
    def call(self, x):
        return x * 1.001 if tf.executing_eagerly() else x


@keras.saving.register_keras_serializable("faulty")
class Batchwise(keras.layers.Layer):
    def call(self, x):
        return x - 0.1 * tf.reduce_mean(x, axis=0, keepdims=True)


@keras.saving.register_keras_serializable("faulty")
class Stopped(keras.layers.Layer):
    def call(self, x):
        return tf.stop_gradient(x)


@keras.saving.register_keras_serializable("faulty")
class Undefined(keras.layers.Layer):
    def call(self, x):
        return x / tf.zeros_like(x)


class Unregistered(keras.layers.Layer):
    def call(self, x):
        return x
