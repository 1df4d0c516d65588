#!/usr/bin/env python3
"""Packs folders as an image archive that `ctr images import` takes, with no registry and no Docker.

image.py OUT.tar NAME:TAG=FOLDER[,FOLDER…]=[ENTRYPOINT] …

A folder is a layer; images that name the same folder share it. Everything in it belongs to root.
"""
import hashlib
import io
import json
import subprocess
import sys
import tarfile

out, *images = sys.argv[1:]
layers = {}
manifest = []
with tarfile.open(out, "w") as archive:

    def add(path, content):
        entry = tarfile.TarInfo(path)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))

    def layer(folder):
        if folder not in layers:
            pack = ["tar", "--sort=name", "--numeric-owner", "--owner=0", "--group=0", "--mtime=@0", "-C", folder, "-cf", "-", "."]
            content = subprocess.run(pack, check=True, stdout=subprocess.PIPE).stdout
            layers[folder] = hashlib.sha256(content).hexdigest()
            add(layers[folder] + ".tar", content)
        return layers[folder]

    for image in images:
        name, folders, entrypoint = image.split("=")
        digests = [layer(folder) for folder in folders.split(",")]
        config = json.dumps({
            "architecture": "amd64",
            "os": "linux",
            "config": {"Entrypoint": [entrypoint] if entrypoint else None, "Env": ["PATH=/usr/bin:/bin"], "WorkingDir": "/"},
            "rootfs": {"type": "layers", "diff_ids": ["sha256:" + digest for digest in digests]},
        }).encode()
        config_name = hashlib.sha256(config).hexdigest() + ".json"
        add(config_name, config)
        manifest.append({"Config": config_name, "RepoTags": [name], "Layers": [digest + ".tar" for digest in digests]})
    add("manifest.json", json.dumps(manifest).encode())
