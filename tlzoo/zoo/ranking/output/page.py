"""HTML page of a ranking, without external resources."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from tlzoo.files.atomic import atomic_write
from tlzoo.printable import printable

if TYPE_CHECKING:
    from tlzoo.zoo.ranking.result import Ranking

__all__ = ["render_page", "write_page"]


def write_page(path: Path, found: Ranking) -> None:
    """Write the page atomically."""
    with atomic_write(path) as stream:
        stream.write(render_page(found).encode("utf-8", "backslashreplace"))


def render_page(found: Ranking) -> str:
    """Return the HTML: the table can be read without its script, which sorts, filters and draws."""
    from tlzoo.evaluation.page import environment, page_script

    script, script_hash = page_script("sorting.js", "ranking.js")
    plain = found.to_json()
    return (
        environment()
        .get_template("ranking.html.jinja")
        .render(
            found=found,
            entries=plain["entries"],
            baselines=plain["baselines"],
            names=found.score_names,
            curves=any(each["curve"] and each["curve"]["expected"] for each in plain["entries"]),
            warnings=[f"{each.id}: {warning}" for each in found.entries for warning in each.warnings],
            unranked=[(each.id, each.reason, each.fix or "") for each in found.unranked],
            created=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M"),
            data=_embedded(plain | _maps(found)),
            script=script,
            script_hash=script_hash,
        )
    )


def _maps(found: Ranking) -> dict[str, Any]:
    planes = {
        name: [[round(float(value), 4) for value in point] for point in each] for name, each in found.maps.items()
    }
    return {"maps": planes, "mapped": [list(each) for each in found.mapped]}


def _embedded(value: Any) -> Markup:
    """Return JSON for the page's script, escaped so that it cannot end its element, with printable texts."""
    text = json.dumps(_shown(value), ensure_ascii=False, allow_nan=False)
    escaped = text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    return Markup(escaped)  # noqa: S704 - escaped above


def _shown(value: Any) -> Any:
    """Return plain values with texts as in the template: the script also inserts them into the page."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {_shown(key): _shown(each) for key, each in value.items()}
    return [_shown(each) for each in value] if isinstance(value, list) else value
