"""Sentences worth knowing of a network; every number in them is counted from its layers."""

from __future__ import annotations

from apps.classic_networks.reading import DrawnLayer


def state_facts(rows: list[DrawnLayer]) -> list[str]:
    """Three sentences worth knowing of this network, the last on memory; every number is counted from its rows."""
    return [*_state_structure(rows)[:2], _state_memory(rows)]


def _state_memory(rows: list[DrawnLayer]) -> str:
    """How many of the first layers hold half of the activations."""
    activations = [row.activations for row in rows if row.reads]
    whole, first, sum_so_far = sum(activations), 0, 0
    while 2 * sum_so_far < whole:
        sum_so_far += activations[first]
        first += 1
    return (
        f"One picture makes {whole / 1e6:.1f} MB of values, half of them in the first {first} of {len(activations)} "
        "layers."
    )


def _state_structure(rows: list[DrawnLayer]) -> list[str]:
    parameters, macs = sum(row.parameters for row in rows), sum(row.macs for row in rows)

    def share(chosen: list[DrawnLayer]) -> tuple[str, str]:
        return (
            _format_share(sum(row.parameters for row in chosen), parameters),
            _format_share(sum(row.macs for row in chosen), macs),
        )

    facts: list[str] = []
    attention = [row for row in rows if row.kind == "attention"]
    if attention:
        kept, done = share([row for row in rows if ".mlp." in row.name])
        maps = _format_share(sum(4 * row.maps for row in attention), sum(row.activations for row in rows))
        return [
            f"{len(attention)} times every patch looks at all others: that takes no parameters of its own and does "
            f"{share(attention)[1]} of the work, but its maps are {maps} of the values.",
            f"The linear layers after each, for every token alone, hold {kept} of the parameters and do {done} of the "
            "work.",
        ]
    linear = [row for row in rows if row.kind == "linear"]
    kept, done = share(linear)
    if sum(row.parameters for row in linear) > parameters / 2:
        facts.append(f"{kept} of the parameters sit in {len(linear)} linear layers, which do {done} of the work.")
    deep = [row for row in rows if row.kind == "depthwise"]
    if deep:
        flat = [row for row in rows if row.kind == "convolution" and row.what.startswith("1×1") and row.shape[1] > 1]
        facts.append(
            f"Its {len(deep)} depthwise convolutions hold {share(deep)[0]} of the parameters and do {share(deep)[1]} "
            f"of the work; the 1×1 convolutions between them do {share(flat)[1]}."
        )
    stacks = [row for row in rows if row.kind == "concatenation"]
    if stacks:
        longest = max(stacks, key=lambda row: len(row.reads))
        facts.append(
            f"Nothing is added: {len(stacks)} concatenations stack what came before, up to {len(longest.reads)} paths "
            f"and {longest.shape[0]:,} channels, so a layer can be narrow, often {_find_commonest_width(rows)} maps."
        )
    sums = [row for row in rows if row.kind == "sum"]
    if sums:
        facts.append(
            f"{len(sums)} shortcuts end in a sum, which has no parameters{_name_projections(rows, sums, parameters)}."
        )
    sides = sorted({row.shape[1] for row in rows if row.macs and row.kind != "linear"}, reverse=True)
    work = {side: [row for row in rows if row.shape[1] == side and row.kind != "linear"] for side in sides}
    busiest = max(sides, key=lambda side: sum(row.macs for row in work[side]))
    kept, done = share(work[busiest])
    facts.append(f"The busiest maps are those of {busiest} × {busiest}: {done} of the work, {kept} of the parameters.")
    return facts


def _name_projections(rows: list[DrawnLayer], sums: list[DrawnLayer], parameters: int) -> str:
    """The convolutions that stand on a shortcut read what another layer reads too, and a sum takes them as they are."""
    readers: dict[int, int] = {}
    for row in rows:
        for index in row.reads:
            readers[index] = readers.get(index, 0) + 1
    first = (rows[min(row.reads)] for row in sums)
    found = [row for row in first if row.kind == "convolution" and readers[row.reads[0]] > 1]
    if not found:
        return ""
    held = _format_share(sum(row.parameters for row in found), parameters)
    return f"; the {len(found)} convolutions that stand on one, where the shape changes, hold {held} of all"


def _find_commonest_width(rows: list[DrawnLayer]) -> int:
    """The number of maps that most of the convolutions wider than 1×1 make."""
    counts = [row.shape[0] for row in rows if row.kind == "convolution" and not row.what.startswith("1×1")]
    return max(set(counts), key=counts.count)


def _format_share(part: int, whole: int) -> str:
    share = 100 * part / whole
    return f"{share:.0f} %" if share >= 9.95 else f"{share:.1f} %"
