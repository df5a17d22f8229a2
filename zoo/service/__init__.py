"""The zoo over HTTP: the Hugging Face Hub's own protocol over a folder.

The unmodified `huggingface_hub` library and its `hf` command work with `HF_ENDPOINT=http://127.0.0.1:7870` and
`HF_HUB_DISABLE_XET=1`. Everything lies below one root: `models/` and `spaces/` hold bare git repositories, `objects/`
the large files by their SHA-256, `tokens/` digests of tokens, `incoming/` what is still arriving.
"""

from zoo.service.app import application, serve
from zoo.service.tokens import issue_token

__all__ = ["application", "issue_token", "serve"]
