"""What the tests of the tabs may use beside tests/conftest.py."""

from tests._support.adversarial import gan_zoo  # noqa: F401
from tests._support.attributions import seen, small_zoo  # noqa: F401
from tests._support.autoencoders import code_zoo  # noqa: F401
from tests._support.diffusion import diffusion_zoo  # noqa: F401
from tests._support.kit import kit_context, kit_page  # noqa: F401
from tests._support.lessons import heaps, taught, transfer_zoo  # noqa: F401
from tests._support.stand_in import stand_in  # noqa: F401
from tests._support.styles import style_zoo  # noqa: F401
