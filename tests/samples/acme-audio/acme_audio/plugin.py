"""Hooks of the plugin."""

from __future__ import annotations

from tlzoo.plugins import hookimpl


@hookimpl
def tlzoo_modalities():
    """Return the modality of waveforms."""
    from acme_audio.modality import Audio

    return {Audio.name: Audio}


@hookimpl
def tlzoo_backbones():
    """Return the loader of MelNet."""
    return {"acme-melnet": _load_melnet}


@hookimpl
def tlzoo_data_adapters():
    """Return the adapter of folders of sounds."""
    from acme_audio.adapter import sounds

    return {"sounds": sounds}


def _load_melnet(entry, files, request):
    from acme_audio.network import load_melnet  # imports Keras

    return load_melnet(entry, files, request)
