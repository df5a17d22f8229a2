"""A menu of pictures: the worked examples, and the visitor's own, which goes along from tab to tab.

    network = network_menu("Network", networks, upstream.CATALOG, opening.reference)
    picture = picture_menu("Picture", list_examples(), ("cat", "7"), network, suits)
    listen([network.input, picture.input], show, [network, picture], [lab], refusals=picture)
    listen([lab.select], answer, [picture], [lab], public=False)

    def show(network: str, picture: ChosenPicture) -> dict[str, Any]:
        return {"maps": compute_maps(picture, network), "picture": picture.name}  # the page gets no path

    def answer(picture: ChosenPicture, event: gr.EventData) -> dict[str, Any]:  # of what the part shows by now
        return compute_sums(picture.named(event.picture), event.network)

It opens on the first of "cat" and "7" that suits the network; `suits("cat", "lenet.mnist@v2")` says whether one does.
An upload has been read once before `input` comes, so its refusal stands below the menu; `refusals` puts others there.
When the network changes, a picture that does not suit it is replaced before either menu's value is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import gradio as gr
from gradio_client.utils import is_file_obj_with_meta

from apps._gallery.polite import polite
from apps._gallery.widget import Widget
from apps._inputs.errors import BadInput
from apps._inputs.network_menu import NetworkMenu
from apps._inputs.pictures import MAX_FILE, read_picture
from apps._inputs.upload import check_upload

UPLOAD = "upload"
"""The name of the visitor's own picture, beside the examples' names."""


class ChosenPicture(str):
    """What is chosen: an example's name, or the path of an upload; "" where there is neither.

    Attributes:
        name: what a page may know of it: the example's name, or `UPLOAD`.
        upload: the path of the visitor's own picture, chosen or not; "" while there is none.
        names: those of the examples.
    """

    name: str
    upload: str
    names: frozenset[str]

    def __new__(cls, name: str, upload: str, names: frozenset[str]) -> ChosenPicture:
        known = {UPLOAD: upload} if upload else {}
        self = super().__new__(cls, known.get(name, name if name in names else ""))
        self.name, self.upload, self.names = name if self else "", upload, names
        return self

    def named(self, name: object) -> ChosenPicture:
        """The picture that a part of the page shows, by the name that it was given.

        Raises:
            BadInput: there is none of that name, or the visitor's own was put away.
        """
        found = ChosenPicture(name if isinstance(name, str) else "", self.upload, self.names)
        if not found:
            raise BadInput("Choose a picture first.")
        return found


class PictureMenu(Widget):
    """Its value in Python is a `ChosenPicture`.

    To the browser, always all of it: `label`; `examples` (each `name` and `title`); `opening`, names in the order in
    which they are tried; `suits`, the names of the examples that suit a network, by its reference, or None;
    `megabytes`, how large a file may be; `link`, its name in links; `follows` and `network`, the network menu's name
    in links and its first choice; and besides, for an upload, the `turn` that it answers, and in every case perhaps a
    `problem`, one sentence. From it `chosen`, a name, and `file`, the visitor's own picture; and the events `input`,
    and `upload` with a `turn` when a file has to be read.
    """

    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "chosen": {"type": "string", "description": f"name of an example, or {UPLOAD!r}"},
            "file": {"type": ["object", "null"], "description": "an uploaded file"},
        },
    }

    def __init__(self, value: Any = None, *, offer: dict[str, Any], **kwargs: Any):
        super().__init__(offer if value is None else value, **kwargs)
        # Not `value`, which a visitor's copy of the component, that gradio makes of its arguments, does not have.
        self.offer = offer

    def preprocess(self, payload: Any) -> ChosenPicture:
        value = payload if isinstance(payload, dict) else {}
        names = frozenset(example["name"] for example in self.offer["examples"])
        chosen, file = value.get("chosen"), value.get("file")
        upload = polite(_check_file)(file) if file is not None else ""
        return ChosenPicture(chosen if isinstance(chosen, str) else "", upload, names)

    def refuse(self, sentence: str) -> dict[str, Any]:
        """The value that shows a refusal below the menu."""
        return self.offer | {"problem": sentence}


def picture_menu(
    label: str,
    examples: Sequence[tuple[str, str]],
    opening: Sequence[str],
    network: NetworkMenu | None = None,
    suits: Callable[[str, str], bool] | None = None,
    *,
    link: str = "picture",
) -> PictureMenu:
    """The menu, wired: an upload is read before it counts as chosen.

    Args:
        label: what stands above it.
        examples: (what the menu shows, name) of each.
        opening: names of examples; it opens on the first that suits the network.
        network: the menu whose choice the pictures should suit.
        suits: whether the example of a name suits the network of a reference; all do where it is left out.
        link: its name in links.
    """
    references = network.list_references() if network else []
    offer: dict[str, Any] = {
        "label": label,
        "examples": [{"name": name, "title": title} for title, name in examples],
        "opening": list(opening),
        "suits": {each: [name for _, name in examples if suits(name, each)] for each in references} if suits else None,
        "megabytes": MAX_FILE // 10**6,
        "link": link,
        "network": network.value["chosen"] if network else None,
        "follows": network.value["link"] if network else None,
    }
    start = (offer["suits"] or {}).get(offer["network"])
    first = next((name for name in opening if start is None or name in start), opening[0])
    menu = PictureMenu(offer=offer | {"chosen": first, "file": None})

    def read_upload(picture: ChosenPicture, event: gr.EventData) -> dict[str, Any]:
        answer = menu.offer | {"turn": getattr(event, "turn", None)}
        try:
            read_picture(picture.upload)
        except BadInput as refusal:
            return answer | {"problem": str(refusal)}
        return answer

    gr.on(
        [menu.upload],
        read_upload,
        [menu],
        [menu],
        api_visibility="private",
        concurrency_id="uploads",
        concurrency_limit=2,
        trigger_mode="multiple",
        show_progress="hidden",
    )
    return menu


def _check_file(file: Any) -> str:
    """The path of a file that gradio has proved to be an upload, as it does of objects of exactly this kind alone."""
    if not is_file_obj_with_meta(file):
        raise BadInput("The picture did not arrive: upload it again.")
    return check_upload(file["path"])
