"""Custodian's Lambda package as `c7n.mu` builds it for upload: bytes zipped and unzipped."""

import json
import zipfile

from c7n.mu import custodian_archive

archive = custodian_archive()
archive.add_contents("config.json", "{}")
archive.close()
with zipfile.ZipFile(archive.path) as packed:
    unpacked = sum(entry.file_size for entry in packed.infolist())
print(json.dumps({"zipped": archive.size, "unzipped": unpacked}))
