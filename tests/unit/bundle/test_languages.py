"""A bundle says which languages it has read."""

import json
from pathlib import Path

from inkling.models.bundle.bundle import MANIFEST, load_bundle
from tests.materials.bundles import make_bundle


def test_a_manifest_may_tell_languages(tmp_path: Path) -> None:
    folder = make_bundle(tmp_path / "some", languages=["de", "en"])
    assert load_bundle(folder).manifest.languages == ("de", "en")
    values = json.loads((folder / MANIFEST).read_text("utf-8"))
    del values["languages"]
    (folder / MANIFEST).write_text(json.dumps(values), "utf-8")
    assert load_bundle(folder).manifest.languages == ()
