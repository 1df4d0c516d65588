#!/usr/bin/env python3
"""Packs a folder as a one-layer image archive that `ctr images import` takes, with no registry and no Docker.

image.py OUT.tar NAME:TAG FOLDER ENTRYPOINT
"""
import hashlib
import io
import json
import subprocess
import sys
import tarfile

out, name, folder, entrypoint = sys.argv[1:]
pack = ["tar", "--sort=name", "--numeric-owner", "--owner=0", "--group=0", "--mtime=@0", "-C", folder, "-cf", "-", "."]
layer = subprocess.run(pack, check=True, stdout=subprocess.PIPE).stdout
layer_digest = hashlib.sha256(layer).hexdigest()
config = json.dumps({
    "architecture": "amd64",
    "os": "linux",
    "config": {"Entrypoint": [entrypoint], "Env": ["PATH=/bin"], "WorkingDir": "/"},
    "rootfs": {"type": "layers", "diff_ids": ["sha256:" + layer_digest]},
}).encode()
config_digest = hashlib.sha256(config).hexdigest()
manifest = [{"Config": config_digest + ".json", "RepoTags": [name], "Layers": [layer_digest + ".tar"]}]
with tarfile.open(out, "w") as archive:
    for path, content in (
        (config_digest + ".json", config),
        ("manifest.json", json.dumps(manifest).encode()),
        (layer_digest + ".tar", layer),
    ):
        entry = tarfile.TarInfo(path)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
