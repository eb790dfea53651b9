# Any image with glibc and a Python of 3.11 or later.
ARG BASE_IMAGE=python:3.12-slim
# The image for the build: the same Python, with venv and ensurepip.
ARG BUILD_IMAGE=${BASE_IMAGE}

FROM ${BUILD_IMAGE} AS build
WORKDIR /app
# Install a compiler for the kernels if the base image has none.
# hadolint ignore=DL3008
RUN if ! command -v gcc || ! [ -f "$(python3 -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" ]; then \
      apt-get update && apt-get install --yes --no-install-recommends gcc libc6-dev \
      && if [ "$(command -v python3)" = /usr/bin/python3 ]; then apt-get install --yes --no-install-recommends python3-dev; fi \
      && rm -rf /var/lib/apt/lists/*; \
    fi
# pip has its own environment, which is not copied into the final image.
RUN python3 -m venv /opt/pip && python3 -m venv --without-pip /opt/venv
COPY requirements.lock requirements-build.lock /opt/pip/
# Only wheels, and only with hashes from a lock file.
RUN /opt/pip/bin/pip --python /opt/venv/bin/python install --no-cache-dir --no-compile --disable-pip-version-check \
    --only-binary :all: --require-hashes --requirement /opt/pip/requirements.lock \
 && /opt/pip/bin/pip install --no-cache-dir --disable-pip-version-check \
    --only-binary :all: --require-hashes --requirement /opt/pip/requirements-build.lock
# No tests; of botocore the services that are spoken to, of zstandard one backend; no debugging symbols. numpy and scipy
# are left alone: their libraries do not load when they are stripped. The last two lines fail if too much is gone.
RUN packages=$(echo /opt/venv/lib/python3*/site-packages) \
 && find "${packages}" -type d -name tests -prune -exec rm -r {} + \
 && find "${packages}/botocore/data" -mindepth 1 -maxdepth 1 -type d \
      ! -name s3 ! -name sns ! -name sqs ! -name sso ! -name sso-oidc ! -name sts -exec rm -r {} + \
 && rm "${packages}"/zstandard/_cffi.*.so "${packages}/zstandard/backend_cffi.py" \
 && find "${packages}/cryptography" "${packages}/obstore" "${packages}/uvloop" "${packages}/zstandard" -name '*.so' -exec strip --strip-unneeded {} + \
 && AWS_DEFAULT_REGION=us-east-1 /opt/venv/bin/python -c "import cryptography.x509, obstore.store, uvloop, zstandard; from botocore.session import Session; [Session().create_client(name) for name in ('s3', 'sns', 'sqs', 'sso', 'sso-oidc', 'sts')]" \
 && /opt/venv/bin/python -c "import aiokafka, scipy.optimize, scipy.stats, statsmodels.tsa.statespace.sarimax"
COPY LICENSE README.md pyproject.toml setup.py entrypoint.py openapi.yaml ./
COPY config/ config/
COPY anomaly_container/ anomaly_container/
# Build the kernels in place. The build fails if those of one library are missing: the image would be many times slower.
RUN /opt/pip/bin/python setup.py --quiet build_ext --inplace \
 && /opt/venv/bin/python -c "from importlib import import_module; from pathlib import Path; [import_module('.'.join((*folder.parts, '_compiled'))) for folder in Path('anomaly_container/detection').glob('*/_kernels')]" \
 && rm -rf build pyproject.toml setup.py README.md anomaly_container/detection/*/_kernels/*.[ch]
# The file system may be read-only at run time: compile all modules now, and let every user read them.
RUN chmod -R a+rX,go-w . \
 && python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash -x '/tests/' /opt/venv/lib anomaly_container config

FROM ${BASE_IMAGE}
ARG VERSION=0.2.0
ARG REVISION=""
ARG SOURCE=""
LABEL org.opencontainers.image.title="anomaly_container" \
      org.opencontainers.image.description="An open, self-hosted stand-in for the Azure Anomaly Detector service and container." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}"
# A named volume inherits the owner of this folder.
RUN install -d -o 10001 -g 10001 /output
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:${PATH} PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
USER 10001:10001
# One port for each value of Service: anomalydetector, batches and streams.
EXPOSE 5000 8000 8080
STOPSIGNAL SIGTERM
# Liveness, not readiness: a restart does not help against a refused API key. The file has the address of the server.
ENV HEALTH_CHECK_FILE=/tmp/listening
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["python", "-m", "anomaly_container.process.health_check"]
ENTRYPOINT ["python", "entrypoint.py"]
