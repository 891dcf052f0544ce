"""``tlzoo registry``: build the index, check registries, or add an entry of your own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tlzoo.cli.arguments.download import add_download_arguments, download_settings
from tlzoo.cli.output import counted, note, print_json, print_line, print_table
from tlzoo.cli.parsing import common_arguments
from tlzoo.cli.progress import progress_for
from tlzoo.errors import UsageError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

EXAMPLE = """
tlzoo registry build
tlzoo registry build --out house.toml plugins/tlzoo-acme
tlzoo registry check plugins/tlzoo-acme/tlzoo_acme/registry.toml
tlzoo registry add https://tfhub.dev/google/nnlm-en-dim50/2 --as local/nnlm --trust-on-first-use
tlzoo registry add ./exported --as local/mine
tlzoo registry add hf://facebook/dinov2-small
tlzoo registry add shared/photos
tlzoo registry add kaggle://keras/bert/keras/bert_tiny_en_uncased/3
"""
_BROKEN = 3


def add_arguments(parser: ArgumentParser) -> None:
    """Add ``build``, ``check`` and ``add``."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    build = actions.add_parser("build", help="merge the registries of plugins into an index")
    build.add_argument(
        "folders",
        nargs="*",
        type=Path,
        metavar="FOLDER",
        help="project folders of plugins; default: those of this checkout",
    )
    build.add_argument(
        "--out", type=Path, metavar="FILE", help="index to write; default: registry.toml of the checkout"
    )
    common_arguments(build)
    check = actions.add_parser("check", help="check registries, and that the index is up to date")
    check.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="registries or indexes; default: all known ones"
    )
    common_arguments(check)
    add = actions.add_parser(
        "add",
        help="add an entry of your own for a Hugging Face repository, a model on Kaggle, a TensorFlow Hub module or a "
        "SavedModel",
    )
    add.add_argument(
        "handle",
        metavar="HANDLE|FOLDER",
        help="hf://OWNER/NAME[@REVISION], kaggle://OWNER/MODEL/FRAMEWORK/VARIATION[/VERSION], URL of a module or an "
        "archive, or a folder with a SavedModel or a model of `tlzoo publish --to`",
    )
    add.add_argument(
        "--as", dest="name", metavar="local/NAME", help="id of the entry; default: from the name of the model"
    )
    add.add_argument("--preprocessor", metavar="HANDLE", help="text preprocessing module")
    add.add_argument(
        "--output", dest="output_key", metavar="KEY", help="output to use as features, if there are several"
    )
    add.add_argument(
        "--licence",
        metavar="SPDX",
        help="licence of the weights; default: that of the model card or of Kaggle, else NOASSERTION",
    )
    add.add_argument(
        "--registry", type=Path, metavar="FILE", help="registry to write; default: the one in the settings folder"
    )
    add_download_arguments(add)
    common_arguments(add)


def run(arguments: Namespace) -> int:
    """Build, check or add to a registry."""
    return {"build": _build, "check": _check, "add": _add}[arguments.action](arguments)


def _add(arguments: Namespace) -> int:
    from tlzoo.zoo.publishing.import_repository import is_repository

    return _add_repository(arguments) if is_repository(arguments.handle) else _add_module(arguments)


def _add_repository(arguments: Namespace) -> int:
    from tlzoo.api.own_entries import add_repository
    from tlzoo.cli.commands.show import print_card
    from tlzoo.zoo.listing.cards import card_of

    for option, value in (("--preprocessor", arguments.preprocessor), ("--output", arguments.output_key)):
        if value is not None:
            raise UsageError(f"{option} does not apply to {arguments.handle}", f"remove {option}")
    with download_settings(arguments, progress_for(quiet=arguments.quiet)):
        added = add_repository(arguments.handle, arguments.name, licence=arguments.licence, path=arguments.registry)
    if arguments.json:
        print_json(added.to_json())
        return 0
    print_card(card_of(added.entry))
    note(f"{added.checks.run} checks passed, {added.checks.skipped} skipped", quiet=arguments.quiet)
    _note_written(added.entry.id, added.path, arguments)
    return 0


def _note_written(entry_id: str, path: Path, arguments: Namespace) -> None:
    note(f"written to {path}: tlzoo train --data SOURCE --backbone {entry_id}", quiet=arguments.quiet)


def _add_module(arguments: Namespace) -> int:
    from tlzoo.zoo.publishing.add_module import add_module

    with download_settings(arguments, progress_for(quiet=arguments.quiet)):
        added = add_module(
            arguments.handle,
            arguments.name,
            preprocessor=arguments.preprocessor,
            output_key=arguments.output_key,
            licence=arguments.licence,
            path=arguments.registry,
        )
    if arguments.json:
        print_json(added.to_json())
        return 0
    module, files = added.module, added.entry.files.items()
    rows = [
        ("kind", module.kind if module.variables else f"{module.kind}, cannot be trained"),
        *((f"input {name}".strip(), f"{each.dtype} {_shape(each.shape)}") for name, each in module.inputs.items()),
        *((f"output {name}".strip(), f"{each.dtype} {_shape(each.shape)}") for name, each in module.outputs.items()),
        ("parameters", f"{module.parameters:,}({module.trainable:,} trainable)"),
        ("endpoints", ", ".join(module.endpoints) or "none"),
        ("signatures", ", ".join(module.signatures) or "none"),
        *((name, file.hash or "") for name, file in files),
    ]
    print_table((added.entry.id, ""), rows)
    _note_written(added.entry.id, added.path, arguments)
    return 0


def _shape(shape: tuple[int | None, ...] | None) -> str:
    return "of any shape" if shape is None else " x ".join("?" if each is None else str(each) for each in shape)


def _build(arguments: Namespace) -> int:
    from tlzoo.files.atomic import write_text
    from tlzoo.registry import build_index, index_path, read_registry
    from tlzoo.registry.checkout import distributions

    out = arguments.out or index_path()
    write_text(out.absolute(), build_index(arguments.folders or distributions(index_path().parent)))
    built = read_registry(out)
    plugins = [provider.plugin for provider in built.providers]
    if arguments.json:
        print_json({"path": str(out), "plugins": plugins, "entries": len(built.entries)})
    else:
        note(f"{out}: {counted(len(built.entries))} from {', '.join(plugins)}", quiet=arguments.quiet)
    return 0


def _check(arguments: Namespace) -> int:
    from tlzoo.zoo.publishing.registry_check import check_registry, known_registries

    checks = [check_registry(path) for path in arguments.files or known_registries()]
    if arguments.json:
        print_json(
            [{"path": str(each.path), "entries": each.entries, "problems": list(each.problems)} for each in checks]
        )
    else:
        for each in checks:
            if not each.problems:
                note(f"{each.path}: {counted(each.entries)}, no problems", quiet=arguments.quiet)
            for problem in each.problems:
                print_line(f"{each.path}: {problem}")
    return _BROKEN if any(each.problems for each in checks) else 0
