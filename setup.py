"""The compiled kernels: two builds of every folder `_kernels`, from all of its C files."""

from pathlib import Path

from setuptools import Extension, setup

# Without contraction every processor gives the same bits.
FLAGS = ["-O3", "-std=c11", "-ffp-contract=off", "-fno-math-errno", "-Wno-psabi"]
# The wide build is for x86-64 processors with AVX2 and FMA; elsewhere the compiler refuses its flags.
BUILDS = {"_compiled": FLAGS, "_compiled_wide": [*FLAGS, "-mavx2", "-mfma"]}
FRAME = "anomaly_container/detection/numeric/kernel_module.h"

setup(
    ext_modules=[
        Extension(
            name=".".join((*folder.parts, build)),
            sources=sorted(map(str, folder.glob("*.c"))),
            depends=[FRAME, *sorted(map(str, folder.glob("*.h")))],
            extra_compile_args=flags,
            py_limited_api=True,
            # Optional: without a compiler the numpy twins serve, and the log says so at start.
            optional=True,
        )
        for folder in sorted(Path("anomaly_container/detection").glob("*/_kernels"))
        for build, flags in BUILDS.items()
    ]
)
