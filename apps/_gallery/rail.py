"""The rail: links to all tabs, in groups; in a narrow window behind a button."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from itertools import groupby

from apps._gallery.exhibit import GROUPS, Exhibit


def draw_rail(exhibits: Mapping[str, Exhibit]) -> str:
    """Brand, button and list as HTML; page.js shows the tab whose link is followed and marks it."""
    groups = [
        _draw_group(name, list(members)) for name, members in groupby(exhibits.values(), lambda exhibit: exhibit.group)
    ]
    home = escape(next(iter(exhibits), ""))
    return (
        f'<div class="rail"><a class="brand" href="?tab={home}"><b>Tenweeks</b>'
        "<span>deep learning you can touch</span></a>"
        '<button type="button" class="rail-button" aria-expanded="false" aria-controls="rail">'
        '<span class="title"></span><span class="sign" aria-hidden="true"></span>'
        '<span class="name">All tabs</span></button>'
        f'<nav id="rail" aria-label="Tabs">{"".join(groups)}</nav></div>'
    )


def _draw_group(name: str, exhibits: list[Exhibit]) -> str:
    weeks = GROUPS[name]
    span = f" · weeks {weeks[0]}–{weeks[-1]}" if weeks else ""
    links = "".join(
        f'<li><a href="?tab={exhibit.slug}" data-tab="{exhibit.slug}">{escape(exhibit.title)}</a></li>'
        for exhibit in exhibits
    )
    key = f"rail-{name.lower()}"
    return f'<p id="{key}">{escape(name)}<span>{span}</span></p><ul aria-labelledby="{key}">{links}</ul>'
