"""The two parts of streamlit-authenticator that hold up: its bcrypt `Hasher`, and its `Validator` to build on.

They are read from their own files. Importing the package would start Streamlit components, which the domain has no use
for, and take most of a second.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any


def _part(name: str) -> ModuleType:
    package = importlib.util.find_spec("streamlit_authenticator")
    assert package is not None, "streamlit-authenticator is one of the requirements"
    assert package.origin is not None, "streamlit-authenticator is a package with a file"
    path = Path(package.origin).parent / "utilities" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"streamlit_authenticator_{name}", path)
    assert spec is not None, f"{path} is there"
    assert spec.loader is not None, f"{path} is a module"
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


Hasher: Any = _part("hasher").Hasher
Validator: Any = _part("validator").Validator
