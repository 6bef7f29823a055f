"""budgetbot watches what an organisation spends on LLM APIs and tells people before it hurts."""

import os

__version__ = "0.1.0"

# Matrices here are small: threads of BLAS wait for each other longer than they work. Read when numpy is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
