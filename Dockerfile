# Any image with glibc and a Python of 3.11 or later that has venv and ensurepip; both stages use the same one.
ARG BASE_IMAGE=python:3.12-slim

FROM ${BASE_IMAGE} AS build
WORKDIR /app
# pip lives in an environment of its own, which stays behind.
RUN python3 -m venv /opt/pip && python3 -m venv --without-pip /opt/venv
COPY requirements.lock /opt/pip/
# Wheels alone: nothing is compiled, and nothing runs that has no hash in the lock.
RUN /opt/pip/bin/pip --python /opt/venv/bin/python install --no-cache-dir --no-compile --disable-pip-version-check \
    --only-binary :all: --require-hashes --requirement /opt/pip/requirements.lock
COPY LICENSE entrypoint.py openapi.yaml ./
COPY config/ config/
COPY anomaly_container/ anomaly_container/
# The file system may be read-only later: what is imported is compiled now, and every user may read it.
RUN chmod -R a+rX,go-w . \
 && python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash -x '/tests/' /opt/venv/lib anomaly_container config

FROM ${BASE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=""
ARG SOURCE=""
LABEL org.opencontainers.image.title="anomaly_container" \
      org.opencontainers.image.description="An open, self-hosted stand-in for the Azure Anomaly Detector service and container." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}"
# A named volume takes its owner from this folder.
RUN install -d -o 10001 -g 10001 /output
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:${PATH} PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
USER 10001:10001
EXPOSE 5000
STOPSIGNAL SIGTERM
# Alive, not ready: a refused key is no reason to restart, and /status answers 200 whatever the endpoint says.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import http.client, os; port = {k.casefold(): v for k, v in sorted(os.environ.items())}.get('port') or 5000; c = http.client.HTTPConnection('127.0.0.1', int(port), timeout=4); c.request('GET', '/status'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["python", "entrypoint.py"]
