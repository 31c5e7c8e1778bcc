"""Where dumps and the lake lie: directories or buckets, as the settings say."""

from pathlib import Path
from urllib.parse import unquote

from behavior_pipeline.datafiles.buckets.s3 import SCHEME
from behavior_pipeline.datafiles.folders import private_folder
from behavior_pipeline.dumps.locations import DumpStore, Folder
from behavior_pipeline.errors import ConfigError
from behavior_pipeline.settings.model import Settings, Source

FILE = "file://"


def store_of(source: Source, data_root: Path) -> DumpStore:
    """Return where a source's dumps lie; a relative directory is below the data root."""
    if source.root.startswith(SCHEME):
        from behavior_pipeline.datafiles.buckets.objects import Bucket  # noqa: PLC0415 - a client that only buckets need

        return Bucket(source.root, source=source.name, data_root=data_root)
    return Folder(local_path(source.root, data_root, key="sources[].root"), source=source.name)


def data_path(settings: Settings) -> str:
    """Return where the lake's files lie, with a slash at the end; a directory of the lake is private."""
    chosen = settings.lake_path or "lake"
    if chosen.startswith(SCHEME):
        place = chosen.rstrip("/") + "/"
    else:
        place = f"{private_folder(local_path(chosen, settings.root, key='lake_path'))}/"
    for source in settings.sources:
        if _below(source.root, settings.root).startswith(_below(chosen, settings.root)):
            raise ConfigError(
                happened=f"source '{source.name}' lies below lake_path, {place}",
                kept="nothing was run",
                remedy="keep them apart: upkeep of the lake removes Parquet files there that are not its own",
            )
    return place


def _below(text: str, data_root: Path) -> str:
    """Return a place in a form in which whatever lies below it begins with it."""
    if text.startswith(SCHEME):
        return text.rstrip("/") + "/"
    return f"{local_path(text, data_root, key='a directory').resolve()}/"


def local_path(text: str, data_root: Path, *, key: str) -> Path:
    """Return the directory that a setting means, written as a path or as file://."""
    scheme, separator, _ = text.partition("://")
    if separator and f"{scheme}://" != FILE:
        raise ConfigError(
            happened=f"{key} begins with {scheme}://",
            kept="nothing was run",
            remedy="write s3://bucket/prefix, file:///path or a path",
        )
    plain = unquote(text.removeprefix(FILE)) if separator else text
    return data_root / Path(plain).expanduser()
