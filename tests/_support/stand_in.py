"""One gallery of the tabs whose browser tests need no trained network: it shows small ones that nobody trained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests._support.adversarial import make_gans
from tests._support.autoencoders import make_autoencoders, make_judge
from tests._support.backbone import make_backbone, make_study
from tests._support.diffusion import make_diffusion
from tests._support.small_cnn import make_cnn, make_mlp
from tests._support.styles import make_styles
from tests._support.transformer import make_transformer

ROOT = Path(__file__).parents[2]
# Where a file called "slow" lies beside the program, each slice of pictures that Transfer looks at takes a third of a
# second more.
PROGRAM = f"""
import os, sys, time
from pathlib import Path

here = Path(__file__).parent
sys.path.insert(0, {str(ROOT)!r})
os.environ["TENWEEKS_ZOO"] = str(here / "zoo")
os.environ["TENWEEKS_DATA"] = str(here / "data")
from apps import (
    attention, attribution, autoencoders, birthdays, diffusion, gan, memorisation, stylegan, transfer, wasserstein,
)
from apps._gallery.page import build_page, launch_page
from apps.transfer import lesson

lesson.SLICE = 2
compute_features = lesson.compute_features

def perhaps_slow(model, x):
    if (here / "slow").exists():
        time.sleep(0.33)
    return compute_features(model, x)

lesson.compute_features = perhaps_slow
tabs = {{"attention": attention, "attribution": attribution, "transfer": transfer, "autoencoders": autoencoders,
  "gan": gan, "wasserstein": wasserstein, "birthdays": birthdays, "diffusion": diffusion,
  "memorisation": memorisation, "stylegan": stylegan}}
launch_page(build_page({{name: tab.EXHIBIT for name, tab in tabs.items()}}))
"""


@dataclass(frozen=True)
class StandIn:
    """The gallery's server and address, its zoo, the file that makes Transfer slow while it exists, and its data sets.

    There are none until a test makes some, which it removes again.
    """

    server: Any
    zoo: Path
    slow: Path
    data: Path

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`"""
        return str(self.server.url)


@pytest.fixture(scope="session")
def stand_in(start_app: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory) -> StandIn:
    """Attention, Attribution, Transfer and the generators' tabs over small networks of every kind, and a study."""
    folder = tmp_path_factory.mktemp("stand-in")
    classifiers = (make_transformer, make_cnn, make_mlp, make_backbone, make_study, make_judge)
    for make in (*classifiers, make_autoencoders, make_gans, make_styles, make_diffusion):
        make(folder / "zoo")
    program = folder / "app.py"
    program.write_text(PROGRAM)
    return StandIn(start_app(program), folder / "zoo", folder / "slow", folder / "data")
