"""What a visitor hands over: pictures, text, files, and the menus that offer ours."""

from apps._inputs.errors import BadInput
from apps._inputs.pictures import MAX_SIDE, read_picture
from apps._inputs.text import read_number, read_seed, read_text, read_whole_number

__all__ = ["MAX_SIDE", "BadInput", "read_number", "read_picture", "read_seed", "read_text", "read_whole_number"]
