"""Releases on the Hugging Face Hub, or on any service that speaks its protocol: pushed, pulled, pinned and checked.

A release is a model repo, a version is a tag on one commit. `HF_ENDPOINT`, `HF_TOKEN`, `HF_HOME` and `HF_HUB_OFFLINE`
mean what they mean to huggingface_hub, which makes every request.
"""
