"""Array types every module of this package speaks of."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Arrays = tuple[Floats, ...]
